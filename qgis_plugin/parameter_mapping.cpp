#include "qgis_plugin/parameter_mapping.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/base/text.h"
#include "qgis_plugin/field_kind.h"
#include "qgis_plugin/file_types.h"
#include "qgis_plugin/help_text.h"
#include "qgis_plugin/model_choices.h"
#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

using Definition = std::unique_ptr<QgsProcessingParameterDefinition>;

constexpr const char* kBatchGroup = "Batch";
/// For scripts on clusters; there is no such choice in a dialog.
constexpr const char* kClusterGroup = "Cluster";
constexpr const char* kPolygonsGroup = "Polygons";
constexpr const char* kPolygonsOutput = "vector";

/// Command lines write m2 what dialogs write m².
QString unit_text(const Parameter& parameter) {
  return parameter.unit == "m2" ? QStringLiteral("m²") : translated(parameter.unit);
}

/// Points, which the program writes into GeoPackages only.
class PointsDestination final : public QgsProcessingParameterVectorDestination {
 public:
  using QgsProcessingParameterVectorDestination::QgsProcessingParameterVectorDestination;
  QgsProcessingParameterDefinition* clone() const override { return new PointsDestination(*this); }
  QString defaultFileExtension() const override { return QStringLiteral("gpkg"); }
  QStringList supportedOutputVectorLayerExtensions() const override { return {defaultFileExtension()}; }
};

/// Makes the fields of one algorithm.
class FieldMaker {
 public:
  FieldMaker(const AlgorithmVariant& variant, const PluginSettings& settings)
      : m_variant(variant), m_settings(settings) {}

  std::vector<Definition> make(const Parameter& parameter) const {
    const FieldKind kind = field_kind(parameter, m_variant);
    std::vector<Definition> fields;
    fields.push_back(make_field(parameter, kind));
    const bool is_model = parameter.kind == ParameterKind::Model || m_variant.form == InputForm::Model;
    if (is_model && (kind == FieldKind::Model || kind == FieldKind::ModelList))
      fields.push_back(make_model_folder(parameter));
    for (const Definition& field : fields) finish(parameter, *field);
    if (fields.size() > 1)
      fields.back()->setHelp(
          parameter.is_list
              ? translated("Folder of a model package of your own, besides the choice above")
              : translated("Folder of a model package of your own, in place of the choice above"));
    return fields;
  }

  bool is_advanced(const Parameter& parameter) const {
    return parameter.advanced || is_of_batch_for_one(parameter);
  }

 private:
  void finish(const Parameter& parameter, QgsProcessingParameterDefinition& field) const {
    const bool is_extent = field_kind(parameter, m_variant) == FieldKind::Extent;
    field.setHelp(is_extent ? translated("Only this part of the scene, in any CRS")
                            : with_field_names(m_variant.text(parameter.marked_help), *m_variant.spec));
    if (m_variant.form == InputForm::Model && parameter.positional)
      field.setHelp(translated("Model that comes with orthocover, or lies in the folder of the settings"));
    if (is_advanced(parameter)) field.setFlags(field.flags() | compat::kAdvanced);
    // A step of a model has only what its dialog shows, and would else lack it.
    if (is_hidden(parameter)) field.setFlags(field.flags() | compat::kHidden | compat::kOptional);
  }

  /// What only batches have, in the dialog for one scene.
  bool is_of_batch_for_one(const Parameter& parameter) const {
    return m_variant.splits && m_variant.form == InputForm::One && parameter.group == kBatchGroup;
  }

  /// What only the files of a folder have, where dialogs make one file.
  bool is_of_folder(const Parameter& parameter) const {
    const auto makes_one = [&](const Parameter& output) {
      return output.positional && field_kind(output, m_variant) == FieldKind::VectorOut;
    };
    return parameter.group == kBatchGroup && std::ranges::any_of(m_variant.spec->parameters, makes_one);
  }

  /// Scripts may still give it. A run that skips what is done makes sense for one scene too: QGIS has batches
  /// of its own.
  bool is_hidden(const Parameter& parameter) const {
    return parameter.group == kClusterGroup || is_of_folder(parameter) ||
           (is_of_batch_for_one(parameter) && parameter.kind != ParameterKind::Flag);
  }

  /// `Polygons: round corners`, where polygons are but one of the outputs.
  QString title_of(const Parameter& parameter) const {
    QString title = translated(parameter.title());
    const bool aside = parameter.group == kPolygonsGroup && m_variant.spec->find(kPolygonsOutput) != nullptr;
    if (!aside || title.contains(QLatin1String(kPolygonsGroup), Qt::CaseInsensitive)) return title;
    title[0] = title[0].toLower();
    return translated("Polygons: %1").arg(title);
  }

  /// `Patch size [px]`.
  QString label_of(const Parameter& parameter) const {
    const FieldKind kind = field_kind(parameter, m_variant);
    const QString title = title_of(parameter);
    if (m_variant.form == InputForm::Many && m_variant.is_split_input(parameter))
      return translated("Input layers");
    if (m_variant.form == InputForm::Model && kind == FieldKind::Model) return translated("Model");
    if (kind == FieldKind::Lines) return translated("%1 (one per line)").arg(title);
    if (kind == FieldKind::NumberList || kind == FieldKind::TextList)
      return translated("%1 (comma-separated)").arg(title);
    if (kind == FieldKind::FolderOut && parameter.per_scene) return translated("%1 (folder)").arg(title);
    return parameter.unit.empty() ? title : title + QStringLiteral(" [%1]").arg(unit_text(parameter));
  }

  Definition make_field(const Parameter& parameter, FieldKind kind) const {
    const QString name = parameter_name(parameter);
    const QString label = label_of(parameter);
    const QVariant value = default_of(parameter, kind);
    const bool optional = is_optional(parameter, value);
    if (is_destination(kind)) return make_destination(parameter, kind);
    using enum FieldKind;
    switch (kind) {
      case Flag:
        return std::make_unique<QgsProcessingParameterBoolean>(name, label, value);
      case Number:
        return make_number(parameter, value, optional);
      case Lines:
        return std::make_unique<QgsProcessingParameterString>(name, label, value, true, optional);
      case Choice:
        return make_choice(parameter, value, optional);
      case Extent:
        return std::make_unique<QgsProcessingParameterExtent>(name, label, value, optional);
      case Crs:
        return std::make_unique<QgsProcessingParameterCrs>(name, label, value, optional);
      case AttributeField:
        return std::make_unique<QgsProcessingParameterField>(name, label, value, parent_name(parameter),
                                                             compat::kAnyField, false, optional);
      case Band:
      case BandList:
        // A band is asked for even where it has a default, unless it is optional.
        return std::make_unique<QgsProcessingParameterBand>(name, label, value, parent_name(parameter),
                                                            !parameter.required, kind == BandList);
      case Raster:
        return std::make_unique<QgsProcessingParameterRasterLayer>(name, label, value, optional);
      case RasterList:
        return make_list(parameter, compat::kRasterLayers, optional);
      case Polygons:
        return std::make_unique<QgsProcessingParameterFeatureSource>(
            name, label, QList<int>{static_cast<int>(compat::kPolygons)}, value, optional);
      case MapData:
        return std::make_unique<QgsProcessingParameterMapLayer>(
            name, label, value, optional,
            QList<int>{static_cast<int>(compat::kRasterLayers), static_cast<int>(compat::kAnyVectors)});
      case MapDataList:
        return make_list(parameter, compat::kMapLayers, optional);
      case File:
        return std::make_unique<QgsProcessingParameterFile>(name, label, compat::kFile, QString(), value,
                                                            optional, input_filter(parameter.help));
      case FileList:
        return make_list(parameter, compat::kFiles, optional);
      case Folder:
        return std::make_unique<QgsProcessingParameterFile>(name, label, compat::kFolder, QString(), value,
                                                            optional);
      case Model:
      case ModelList:
        return make_model(parameter, kind, optional);
      default:
        return std::make_unique<QgsProcessingParameterString>(name, label, value, false, optional);
    }
  }

  /// An existing file was confirmed in the dialog that chose it, as everywhere in QGIS; a folder was not.
  QVariant default_of(const Parameter& parameter, FieldKind kind) const {
    if (kind != FieldKind::Flag || parameter.name != "overwrite") return m_settings.default_of(parameter);
    const auto& all = m_variant.spec->parameters;
    return std::ranges::none_of(all, [&](const Parameter& p) {
      return p.positional && field_kind(p, m_variant) == FieldKind::FolderOut;
    });
  }

  static bool is_optional(const Parameter& parameter, const QVariant& value) {
    return !parameter.required && !value.isValid();
  }

  QString parent_name(const Parameter& parameter) const {
    return parameter_name(*parent_of(parameter, m_variant));
  }

  Definition make_number(const Parameter& parameter, const QVariant& value, bool optional) const {
    const bool integer = parameter.type == ValueType::Integer;
    const double lowest =
        integer ? std::numeric_limits<int>::min() : std::numeric_limits<double>::lowest() + 1;
    const double highest = integer ? std::numeric_limits<int>::max() : std::numeric_limits<double>::max();
    auto field = std::make_unique<QgsProcessingParameterNumber>(
        parameter_name(parameter), label_of(parameter), integer ? compat::kInteger : compat::kReal, value,
        optional, parameter.min.value_or(lowest), parameter.max.value_or(highest));
    if (!integer) {
      field->setMetadata({{QStringLiteral("widget_wrapper"),
                           QVariantMap{{QStringLiteral("decimals"), decimals_of(parameter)}}}});
    }
    return field;
  }

  Definition make_choice(const Parameter& parameter, const QVariant& value, bool optional) const {
    QStringList words;
    for (const std::string& choice : parameter.choices) words << to_qt(choice);
    return std::make_unique<QgsProcessingParameterEnum>(parameter_name(parameter), label_of(parameter), words,
                                                        false, value, optional, true);
  }

  template <class Source>
  Definition make_list(const Parameter& parameter, Source source, bool optional) const {
    return std::make_unique<QgsProcessingParameterMultipleLayers>(
        parameter_name(parameter), label_of(parameter), source, QVariant(), optional);
  }

  Definition make_model(const Parameter& parameter, FieldKind kind, bool optional) const {
    const QString declared = m_settings.default_of(parameter).toString();
    const QStringList names = ModelChoices(m_settings, declared).names();
    const bool list = kind == FieldKind::ModelList;
    QVariant value = declared.isEmpty() ? QVariant() : QVariant(declared);
    if (parameter.required && !names.isEmpty()) value = names.first();
    // A folder of one's own may stand in for what is required.
    return std::make_unique<QgsProcessingParameterEnum>(parameter_name(parameter), label_of(parameter), names,
                                                        list, value, optional || !value.isValid(), true);
  }

  Definition make_model_folder(const Parameter& parameter) const {
    auto field = std::make_unique<QgsProcessingParameterFile>(
        model_folder_name(parameter), translated("%1: folder of another package").arg(label_of(parameter)),
        compat::kFolder, QString(), QVariant(), true);
    if (m_variant.form != InputForm::Model) field->setFlags(field->flags() | compat::kAdvanced);
    return field;
  }

  Definition make_destination(const Parameter& parameter, FieldKind kind) const {
    const QString name = parameter_name(parameter);
    const QString label = label_of(parameter);
    const bool optional = !parameter.required;
    // Only what an operation is for is made unasked.
    const bool create = parameter.positional;
    switch (kind) {
      case FieldKind::RasterOut:
        return std::make_unique<QgsProcessingParameterRasterDestination>(name, label, QVariant(), optional,
                                                                         create);
      case FieldKind::VectorOut:
        if (m_variant.spec->name == "sample-points")
          return std::make_unique<PointsDestination>(name, label, compat::kPoints, QVariant(), optional,
                                                     create);
        return std::make_unique<QgsProcessingParameterVectorDestination>(name, label, compat::kPolygons,
                                                                         QVariant(), optional, create);
      case FieldKind::FileOut:
        return std::make_unique<QgsProcessingParameterFileDestination>(
            name, label, file_filter(parameter.help), QVariant(), optional, create);
      default:
        return std::make_unique<QgsProcessingParameterFolderDestination>(name, label, QVariant(), optional,
                                                                         create);
    }
  }

  const AlgorithmVariant& m_variant;
  const PluginSettings& m_settings;
};

/// Place of a field in the dialog: inputs, options, outputs.
int rank(const Parameter& parameter, const AlgorithmVariant& variant) {
  const FieldKind kind = field_kind(parameter, variant);
  if (is_destination(kind)) return parameter.positional ? 3 : 4;
  if (parameter.positional) return 0;
  return parameter.required ? 1 : 2;
}

bool makes_many_maps(const AlgorithmVariant& variant) {
  return std::ranges::any_of(variant.spec->parameters, [&](const Parameter& p) {
    return p.positional && p.per_scene && field_kind(p, variant) == FieldKind::FolderOut;
  });
}

/// A folder has no tick for opening what comes into it.
Definition make_load_maps() {
  auto field = std::make_unique<QgsProcessingParameterBoolean>(
      QLatin1String(kLoadMapsName), translated("Open the maps after running"), false);
  field->setHelp(translated("Adds the map of every scene to the project"));
  return field;
}

}  // namespace

QString model_folder_name(const Parameter& parameter) {
  return parameter_name(parameter) + QStringLiteral("_FOLDER");
}

std::vector<Definition> make_parameters(const AlgorithmVariant& variant, const PluginSettings& settings) {
  std::vector<const Parameter*> order;
  for (const Parameter& parameter : variant.spec->parameters) order.push_back(&parameter);
  std::ranges::stable_sort(order, {}, [&](const Parameter* p) { return rank(*p, variant); });
  const FieldMaker maker(variant, settings);
  std::vector<Definition> fields;
  for (const Parameter* parameter : order) {
    for (Definition& field : maker.make(*parameter)) fields.push_back(std::move(field));
  }
  const auto first_output =
      std::ranges::find_if(fields, [](const Definition& f) { return f->isDestination(); });
  if (makes_many_maps(variant)) fields.insert(first_output, make_load_maps());
  return fields;
}

void refuse_unknown(const QgsProcessingAlgorithm& algorithm, const QVariantMap& values) {
  const auto known = algorithm.parameterDefinitions();
  for (const QString& given : values.keys()) {
    if (std::ranges::any_of(known, [&](const auto* each) { return each->name() == given; })) continue;
    const auto meant = std::ranges::find_if(
        known, [&](const auto* each) { return each->description().startsWith(given, Qt::CaseInsensitive); });
    const QString name = meant == known.end() ? given.toUpper() : (*meant)->name();
    std::vector<std::string> names;
    for (const auto* each : known) names.push_back(each->name().toStdString());
    const std::string hint = did_you_mean(name.toStdString(), names);
    throw usage_error("{}: '{}' is not a parameter{}", algorithm.id().toStdString(), given.toStdString(),
                      hint.empty() ? "; it has " + join(names) : hint);
  }
}

}  // namespace orthocover::qgis
