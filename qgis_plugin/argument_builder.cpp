#include "qgis_plugin/argument_builder.h"

#include <qgsexception.h>
#include <qgsmaplayer.h>
#include <qgsprocessingutils.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <QFileInfo>
#include <QRegularExpression>

#include "core/operation/values.h"
#include "qgis_plugin/file_types.h"
#include "qgis_plugin/model_choices.h"
#include "qgis_plugin/parameter_mapping.h"
#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

using Json = nlohmann::json;

/// Spin boxes round.
constexpr double kSameNumber = 1e-9;

/// Whether a script gave a list.
bool is_list(const QVariant& value) {
  return value.userType() == QMetaType::QVariantList || value.userType() == QMetaType::QStringList;
}

/// Whether something was given: an empty text or list is none.
bool is_set(const QVariant& value) {
  if (is_list(value)) return std::ranges::any_of(value.toList(), is_set);
  if (value.canConvert<QgsCoordinateReferenceSystem>())
    return value.value<QgsCoordinateReferenceSystem>().isValid();
  if (value.canConvert<QgsProcessingFeatureSourceDefinition>()) {
    const QgsProperty source = value.value<QgsProcessingFeatureSourceDefinition>().source;
    if (source.propertyType() == compat::kStaticProperty) return is_set(source.staticValue());
  }
  return !value.isNull() && (value.userType() != QMetaType::QString || !value.toString().isEmpty());
}

/// Refuses a value of which nothing came: left out without a word, it would change what a run does.
void refuse_lost(const Parameter& parameter, const QVariant& value) {
  if (value.userType() == QMetaType::QString || !is_set(value)) return;
  throw QgsProcessingException(translated("%1: a value of this kind can't be used; give a text or a layer.")
                                   .arg(translated(parameter.title())));
}

bool is_empty(const Json& value) {
  return value.is_null() || (value.is_array() && value.empty()) || value == "";
}

bool is_default(const Parameter& parameter, const Json& value) {
  const Json& declared = parameter.default_value;
  if (value == declared) return true;
  if (!value.is_number() || !declared.is_number()) return is_empty(value) && is_empty(declared);
  const double a = value.get<double>();
  const double b = declared.get<double>();
  return std::abs(a - b) <= kSameNumber * std::max(std::abs(a), std::abs(b));
}

/// The text of a value, which may be empty where none was given.
QString text_of(const Parameter& parameter, const QVariant& value) {
  const QString text = value.toString();
  if (text.isEmpty()) refuse_lost(parameter, value);
  return text;
}

/// The items of a list as scripts give it, or of a text as people type it.
QStringList item_texts(const Parameter& parameter, const QVariant& value,
                       const QRegularExpression& separator) {
  QStringList parts;
  if (is_list(value)) {
    for (const QVariant& item : value.toList()) parts << text_of(parameter, item);
  } else {
    parts = text_of(parameter, value).split(separator);
  }
  QStringList items;
  for (const QString& part : parts) {
    if (!part.trimmed().isEmpty()) items << part.trimmed();
  }
  return items;
}

LayerFiles::Hint hint_of(FieldKind kind) {
  if (kind == FieldKind::Raster || kind == FieldKind::RasterList) return LayerFiles::Hint::Raster;
  return kind == FieldKind::Polygons ? LayerFiles::Hint::Vector : LayerFiles::Hint::UnknownType;
}

std::string utf8(const QString& text) {
  return text.toStdString();
}

}  // namespace

QVariantList single_values(const QVariant& value) {
  if (value.canConvert<QgsProperty>()) return single_values(value.value<QgsProperty>().staticValue());
  QVariantList values;
  if (is_list(value)) {
    std::ranges::copy_if(value.toList(), std::back_inserter(values), is_set);
    return values;
  }
  const QString text = value.toString();
  // A layer, maybe with its selection, is no text.
  if (text.isEmpty() && is_set(value)) return {value};
  if (QFileInfo::exists(text)) return {value};
  for (const QString& part : text.split(';')) {
    if (!part.isEmpty()) values << part;
  }
  return values;
}

ArgumentBuilder::ArgumentBuilder(const QgsProcessingAlgorithm& algorithm, const AlgorithmVariant& variant,
                                 const PluginSettings& settings, QgsProcessingContext& context,
                                 LayerFiles& layers)
    : m_algorithm(algorithm),
      m_variant(variant),
      m_settings(settings),
      m_context(context),
      m_layers(layers) {}

Json ArgumentBuilder::values(const QVariantMap& parameters) const {
  Json values = Json::object();
  for (const Parameter& parameter : m_variant.spec->parameters) {
    const Json value = value_of(parameter, parameters);
    if (is_empty(value) || is_default(parameter, value)) continue;
    check_value(parameter, value);
    values[parameter.key()] = value;
  }
  // Overwriting is on in dialogs because the file was confirmed; who appends did not mean it.
  if (values.contains("append")) values.erase("overwrite");
  // The working directory of QGIS is no place for what a run makes.
  const Parameter* trained = values.contains("train") ? m_variant.spec->find("train_folder") : nullptr;
  if (trained != nullptr && given(parameter_name(*trained), parameters).toString().isEmpty())
    throw QgsProcessingException(
        translated("%1: choose a folder for the models that are trained.").arg(translated(trained->title())));
  Json complete = default_values(*m_variant.spec);
  complete.update(values);
  check_complete(*m_variant.spec, complete);
  return values;
}

void ArgumentBuilder::check_plain_values(const QVariantMap& parameters) const {
  for (const Parameter& parameter : m_variant.spec->parameters) {
    if (!is_plain(field_kind(parameter, m_variant))) continue;
    const Json value = value_of(parameter, parameters);
    if (!is_empty(value)) check_value(parameter, value);
  }
}

QString ArgumentBuilder::input_name(const QVariantMap& parameters) const {
  for (const Parameter& parameter : m_variant.spec->parameters) {
    if (!parameter.positional || is_destination(field_kind(parameter, m_variant))) continue;
    const QVariant value = given(parameter_name(parameter), parameters);
    const QVariantList singles = single_values(value);
    // The name of a temporary file says nothing.
    if (singles.size() != 1 || singles.first().toString().startsWith(QgsProcessingUtils::tempFolder()))
      return {};
    const QgsMapLayer* layer = m_layers.layer_of(singles.first(), hint_of(field_kind(parameter, m_variant)));
    return layer != nullptr ? layer->name() : QFileInfo(singles.first().toString()).completeBaseName();
  }
  return {};
}

QVariant ArgumentBuilder::given(const QString& name, const QVariantMap& parameters) const {
  const auto* definition = m_algorithm.parameterDefinition(name);
  const QVariant value = parameters.value(name);
  const QVariant used = value.isValid() || definition == nullptr ? value : definition->defaultValue();
  if (!used.canConvert<QgsProperty>()) return used;
  return used.value<QgsProperty>().value(m_context.expressionContext());
}

Json ArgumentBuilder::value_of(const Parameter& parameter, const QVariantMap& parameters) const {
  const FieldKind kind = field_kind(parameter, m_variant);
  if (is_destination(kind)) return destination_value(parameter, kind, parameters);
  const QVariant value = given(parameter_name(parameter), parameters);
  Json understood = input_of(parameter, kind, value, parameters);
  // An empty rectangle says as much as none.
  if (is_empty(understood) && kind != FieldKind::Extent) refuse_lost(parameter, value);
  return understood;
}

Json ArgumentBuilder::input_of(const Parameter& parameter, FieldKind kind, const QVariant& value,
                               const QVariantMap& parameters) const {
  switch (kind) {
    case FieldKind::Flag:
      if (value.userType() == QMetaType::QString) return item_from_text(parameter, utf8(value.toString()));
      return value.canConvert<bool>() ? Json(value.toBool()) : Json();
    case FieldKind::Number:
    case FieldKind::Band:
      return number_value(parameter, value);
    case FieldKind::NumberList:
    case FieldKind::TextList:
    case FieldKind::Lines:
    case FieldKind::BandList:
      return list_value(parameter, value);
    case FieldKind::Extent:
      return extent_value(parameter, parameters);
    case FieldKind::Model:
    case FieldKind::ModelList:
      return model_value(parameter, parameters);
    case FieldKind::Raster:
    case FieldKind::RasterList:
    case FieldKind::Polygons:
    case FieldKind::MapData:
    case FieldKind::MapDataList:
      return input_value(parameter, kind, parameters);
    case FieldKind::FileList: {
      Json files = Json::array();
      for (const QVariant& file : single_values(value)) files.push_back(utf8(text_of(parameter, file)));
      return files;
    }
    default:
      return text_value(parameter, parameters);
  }
}

Json ArgumentBuilder::text_value(const Parameter& parameter, const QVariantMap& parameters) const {
  const QString name = parameter_name(parameter);
  const auto* definition = m_algorithm.parameterDefinition(name);
  switch (field_kind(parameter, m_variant)) {
    case FieldKind::Choice:
      // QGIS would take the default in place of a word that it doesn't know.
      return utf8(given(name, parameters).toString());
    case FieldKind::File:
    case FieldKind::Folder:
      return utf8(QgsProcessingParameters::parameterAsFile(definition, parameters, m_context));
    case FieldKind::Crs: {
      const auto crs = QgsProcessingParameters::parameterAsCrs(definition, parameters, m_context);
      if (!crs.isValid()) return utf8(given(name, parameters).toString());
      // Numbers of a user's own CRSs are known to QGIS alone.
      const bool is_own = crs.authid().isEmpty() || crs.authid().startsWith(QLatin1String("USER:"));
      return utf8(is_own ? crs.toWkt(compat::kWkt2) : crs.authid());
    }
    default: {
      const auto text = QgsProcessingParameters::parameterAsString(definition, parameters, m_context);
      if (!parameter.name.ends_with("-field")) return utf8(text);
      const Parameter* of = parent_of(parameter, m_variant);
      return utf8(m_layers.field_of(of ? given(parameter_name(*of), parameters) : QVariant(), text));
    }
  }
}

Json ArgumentBuilder::number_value(const Parameter& parameter, const QVariant& value) const {
  if (!value.isValid() || value.toString().isEmpty()) return {};
  bool whole = false;
  const qlonglong integer = value.toString().toLongLong(&whole);
  if (whole) return static_cast<std::int64_t>(integer);
  bool is_number = false;
  const double number = value.toDouble(&is_number);
  if (!is_number) return item_from_text(parameter, utf8(value.toString()));
  // 3.0 of a script is a whole number.
  if (parameter.type == ValueType::Integer && number == std::floor(number) && std::abs(number) < 1e15)
    return static_cast<std::int64_t>(number);
  return number;
}

Json ArgumentBuilder::list_value(const Parameter& parameter, const QVariant& value) const {
  static const QRegularExpression kCommas(QStringLiteral("[,;\\n]"));
  static const QRegularExpression kLineEnds(QStringLiteral("\\n"));
  Json list = Json::array();
  for (const QString& item : item_texts(parameter, value, parameter.repeat ? kLineEnds : kCommas))
    list.push_back(item_from_text(parameter, utf8(item)));
  return list;
}

Json ArgumentBuilder::model_value(const Parameter& parameter, const QVariantMap& parameters) const {
  const ModelChoices choices(m_settings, m_settings.default_of(parameter).toString());
  const QString folder = text_of(parameter, given(model_folder_name(parameter), parameters));
  const QVariant chosen = given(parameter_name(parameter), parameters);
  if (!parameter.is_list)
    return utf8(folder.isEmpty() ? choices.word_of(text_of(parameter, chosen)) : folder);
  Json models = Json::array();
  static const QRegularExpression kCommas(QStringLiteral("[,;]"));
  for (const QString& name : item_texts(parameter, chosen, kCommas))
    models.push_back(utf8(choices.word_of(name)));
  if (!folder.isEmpty()) models.push_back(utf8(folder));
  return models;
}

/// A file is closed again: there may be thousands.
std::optional<QgsCoordinateReferenceSystem> ArgumentBuilder::crs_of(const QVariant& scene) const {
  QgsCoordinateReferenceSystem crs;
  if (is_file(scene))
    crs = crs_of_file(scene.toString());
  else if (const QgsMapLayer* layer = m_layers.layer_of(scene, LayerFiles::Hint::Raster))
    crs = layer->crs();
  // One that can't be opened, or has none, fails by itself.
  return crs.isValid() ? std::optional(crs) : std::nullopt;
}

QgsCoordinateReferenceSystem ArgumentBuilder::scene_crs(const QVariantMap& parameters) const {
  QgsCoordinateReferenceSystem crs;
  for (const Parameter& parameter : m_variant.spec->parameters) {
    if (!parameter.positional || parameter.kind != ParameterKind::RasterIn) continue;
    for (const QVariant& value : single_values(given(parameter_name(parameter), parameters))) {
      const std::optional<QgsCoordinateReferenceSystem> own = crs_of(value);
      if (!own) continue;
      if (crs.isValid() && *own != crs) {
        throw QgsProcessingException(
            translated("An extent can't be used for scenes of several CRSs (%1 and %2): run them apart.")
                .arg(crs.userFriendlyIdentifier(), own->userFriendlyIdentifier()));
      }
      crs = *own;
    }
  }
  return crs;
}

Json ArgumentBuilder::extent_value(const Parameter& parameter, const QVariantMap& parameters) const {
  const QString name = parameter_name(parameter);
  const QVariant value = given(name, parameters);
  const bool is_text = value.userType() == QMetaType::QString;
  if (!value.isValid() || (is_text && value.toString().isEmpty())) return {};
  const QgsRectangle box = QgsProcessingParameters::parameterAsExtent(
      m_algorithm.parameterDefinition(name), parameters, m_context, scene_crs(parameters));
  if (box.isNull()) {
    // An empty rectangle says as much as none.
    if (value.canConvert<QgsRectangle>()) return {};
    throw QgsProcessingException(
        translated("%1: '%2' is no extent; give xmin,xmax,ymin,ymax [EPSG:4326], or a layer.")
            .arg(translated(parameter.title()), value.toString()));
  }
  return Json::array({box.xMinimum(), box.yMaximum(), box.xMaximum(), box.yMinimum()});
}

Json ArgumentBuilder::destination_value(const Parameter& parameter, FieldKind kind,
                                        const QVariantMap& parameters) const {
  const auto* definition = m_algorithm.parameterDefinition(parameter_name(parameter));
  if (!given(parameter_name(parameter), parameters).isValid()) return {};
  const bool is_layer = kind == FieldKind::RasterOut || kind == FieldKind::VectorOut;
  const QString path =
      is_layer ? QgsProcessingParameters::parameterAsOutputLayer(definition, parameters, m_context)
               : QgsProcessingParameters::parameterAsFileOutput(definition, parameters, m_context);
  if (is_layer) refuse_no_file(path);
  if (!parameter.positional && is_format(path)) return utf8(QFileInfo(path).fileName());
  if (is_layer) return utf8(path);
  const bool is_scene_folder = kind == FieldKind::FolderOut && parameter.per_scene;
  // A bare word is a format: beside the map. A folder is known by its slash before it exists.
  const bool add_slash = is_scene_folder && !path.isEmpty() && !path.endsWith('/') &&
                         (parameter.positional || path.contains('/'));
  return utf8(add_slash ? path + '/' : path);
}

Json ArgumentBuilder::input_value(const Parameter& parameter, FieldKind kind,
                                  const QVariantMap& parameters) const {
  const QVariant value = given(parameter_name(parameter), parameters);
  const bool many = kind == FieldKind::RasterList || kind == FieldKind::MapDataList;
  Json files = Json::array();
  for (const QVariant& item : many ? single_values(value) : QVariantList{value}) {
    const QString file = m_layers.file_of(item, hint_of(kind), parameter.name == "labels");
    if (file.isEmpty())
      refuse_lost(parameter, item);
    else
      files.push_back(utf8(file));
  }
  if (!parameter.is_list) return files.empty() ? Json() : files.front();
  return files;
}

}  // namespace orthocover::qgis
