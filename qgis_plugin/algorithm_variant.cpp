#include "qgis_plugin/algorithm_variant.h"

#include <algorithm>

#include "core/operations/registry.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// Operations whose raster may as well be a model: a dialog has a field for layers or one for models.
constexpr const char* kTakesModelToo[] = {"info"};

/// Words of help texts on what only the command line takes, and those in their place.
constexpr const char* kInDialogs[][2] = {
    {"of this file ('FILE|layername=NAME': of one layer)", "of this layer"},
    {"; one layer of several: 'FILE|layername=NAME'", ""},
    {"; with --overwrite on the command line, in place of it", ""},
    {"Scene, map, model package folder, or name of a shipped model", "Scene or map"},
    {"Model package: a folder, or the name of a shipped one",
     "Model that comes with orthocover, or lies in the folder of the settings"}};
constexpr const char* kOfOne[][2] = {
    {", a folder, or ", ", or "},
    {", or a folder for any number of scenes", ""},
    {". Or a folder (a new one ends with a slash) for a file of each map", ""},
    {"; the files of a folder are told by extension, as shp; gpkg if not given", ""},
    {"; several on one grid are joined first, unless each gets a layer of its own", ""},
    {" Several on one grid count as one: polygons go on across their borders.", ""}};
constexpr const char* kOfMany[][2] = {
    {": a file, a folder", ": a folder"},
    {": a file, whose extension chooses the format, a folder", ": a folder"}};

const Parameter* first_input(const OperationSpec& spec) {
  const auto found = std::ranges::find_if(
      spec.parameters, [](const Parameter& p) { return p.positional && p.kind == ParameterKind::RasterIn; });
  return found == spec.parameters.end() ? nullptr : &*found;
}

}  // namespace

QString AlgorithmVariant::id() const {
  QString name = to_qt(spec->name).remove('-');
  if (form == InputForm::Many) name += QStringLiteral("batch");
  if (form == InputForm::Model) name += QStringLiteral("model");
  return name;
}

QString AlgorithmVariant::title() const {
  if (form == InputForm::Many) return translated(spec->many_title);
  if (form == InputForm::Model) return translated("Properties of a model");
  return translated(spec->title.empty() ? spec->summary : spec->title);
}

bool AlgorithmVariant::is_described_by(const QString& paragraph) const {
  if (std::ranges::count(kTakesModelToo, spec->name) > 0)
    return paragraph.startsWith(QLatin1String("Of a model")) == (form == InputForm::Model);
  return !splits || form == InputForm::Many || !paragraph.contains(QLatin1String("several inputs"));
}

QString AlgorithmVariant::as_in_dialog(QString help) const {
  const auto reword = [&](const auto& words) {
    for (const auto& [from, to] : words) help.replace(QLatin1String(from), QLatin1String(to));
  };
  reword(kInDialogs);
  if (splits && form == InputForm::One) reword(kOfOne);
  if (splits && form == InputForm::Many) reword(kOfMany);
  return help;
}

bool AlgorithmVariant::is_split_input(const Parameter& parameter) const {
  const Parameter* input = first_input(*spec);
  return splits && input != nullptr && input->name == parameter.name;
}

std::vector<AlgorithmVariant> all_variants() {
  std::vector<AlgorithmVariant> variants;
  for (OperationSpec& declared : all_operations()) {
    const auto spec = std::make_shared<const OperationSpec>(std::move(declared));
    const Parameter* input = first_input(*spec);
    const bool splits = !spec->many_title.empty() && input != nullptr && input->is_list;
    variants.push_back({spec, InputForm::One, splits});
    if (splits) variants.push_back({spec, InputForm::Many, true});
    if (std::ranges::count(kTakesModelToo, spec->name) > 0) variants.push_back({spec, InputForm::Model});
  }
  return variants;
}

QString parameter_name(const Parameter& parameter) {
  return to_qt(parameter.key()).toUpper();
}

}  // namespace orthocover::qgis
