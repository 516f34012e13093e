#include "qgis_plugin/algorithm_variant.h"

#include <algorithm>

#include "core/operations/registry.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// Operations whose raster may as well be a model: a dialog has a field for layers or one for models.
constexpr const char* kTakesModelToo[] = {"info"};

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

QString AlgorithmVariant::text(const std::string& marked) const {
  if (form == InputForm::Model) return translated(text_for({"dialog", "model"}, marked));
  if (!splits) return translated(text_for({"dialog", "one", "many"}, marked));
  return translated(text_for({"dialog", form == InputForm::One ? "one" : "many"}, marked));
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
