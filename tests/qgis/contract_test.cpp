#include <gtest/gtest.h>

#include <algorithm>
#include <QDir>

#include "core/operation/arguments.h"
#include "core/operation/values.h"
#include "qgis_plugin/argument_builder.h"
#include "qgis_plugin/command_words.h"
#include "tests/qgis/qgis_workshop.h"
#include "tests/qgis/variant_name.h"

namespace orthocover::qgis {

namespace {

using Json = nlohmann::json;

/// A value as a config has it, and as a dialog gives it.
struct Sample {
  Json json;
  QVariant dialog;
};

/// Every algorithm: what a dialog gives, what a config gives and what the command line gives are the same.
class QgisContract : public QgisWorkshop, public testing::WithParamInterface<AlgorithmVariant> {
 protected:
  QgisContract() : m_models_variable("ORTHOCOVER_MODELS", m_folder.filePath(QStringLiteral("models"))) {
    for (const char* name : {"first", "second"}) {
      QDir(m_folder.path()).mkpath(QStringLiteral("models/%1").arg(name));
      write(QStringLiteral("models/%1/model.json").arg(name), "{}");
    }
    m_polygons = polygon_file(QStringLiteral("polygons.geojson"));
  }

  const OperationSpec& spec() const { return *GetParam().spec; }

  Sample number(const Parameter& parameter) const {
    const double low = parameter.min.value_or(-3);
    const double high = parameter.max.value_or(low + 7);
    for (const double value : {high, low, (low + high) / 2}) {
      const Json json =
          parameter.type == ValueType::Integer ? Json(static_cast<std::int64_t>(value)) : Json(value);
      if (json != parameter.default_value) return {json, QVariant(value)};
    }
    return {};
  }

  Sample numbers(const Parameter& parameter) const {
    const auto first = static_cast<std::int64_t>(std::ceil(parameter.min.value_or(1)));
    const std::int64_t second = first + (parameter.max && *parameter.max < 2 ? 0 : 1);
    return {Json::array({second, first}), QStringLiteral("%1,%2").arg(second).arg(first)};
  }

  Sample texts(const Parameter& parameter) const {
    if (parameter.repeat) return {Json::array({"A=1", "B=x y"}), QStringLiteral("A=1\nB=x y\n")};
    return {Json::array({"one", "two words"}), QStringLiteral("one, two words")};
  }

  Sample choice(const Parameter& parameter) const {
    const auto other = std::ranges::find_if(
        parameter.choices, [&](const std::string& word) { return Json(word) != parameter.default_value; });
    const std::string word = other == parameter.choices.end() ? parameter.choices.front() : *other;
    return {word, QString::fromStdString(word)};
  }

  Sample one_file(const QString& file, const Parameter& parameter) const {
    const std::string text = file.toStdString();
    return {parameter.is_list ? Json::array({text}) : Json(text), file};
  }

  Sample two_files(const QString& one, const QString& two) const {
    return {Json::array({one.toStdString(), two.toStdString()}), QStringList{one, two}};
  }

  Sample model(const Parameter& parameter) const {
    if (!parameter.is_list) return {"second", QStringLiteral("second")};
    return {Json::array({"second", "first"}), QStringList{QStringLiteral("second"), QStringLiteral("first")}};
  }

  Sample folder(const Parameter& parameter) const {
    const QString folder = path(QStringLiteral("out"));
    return {folder.toStdString() + (parameter.per_scene ? "/" : ""), folder};
  }

  Sample sample(const Parameter& parameter) const {
    const QString file = path(QStringLiteral("a file.json"));
    switch (field_kind(parameter, GetParam())) {
      case FieldKind::Flag:
        return {!parameter.default_value.get<bool>(), !parameter.default_value.get<bool>()};
      case FieldKind::Number:
        return number(parameter);
      case FieldKind::Band:
        return {2, 2};
      case FieldKind::BandList:
        return {Json::array({3, 1}), QVariantList{3, 1}};
      case FieldKind::NumberList:
        return numbers(parameter);
      case FieldKind::TextList:
      case FieldKind::Lines:
        return texts(parameter);
      case FieldKind::Choice:
        return choice(parameter);
      case FieldKind::Extent:
        return {Json::array({9499510.5, 3204480, 9499540, 3204450}),
                QStringLiteral("9499510.5,9499540,3204450,3204480 [EPSG:3857]")};
      case FieldKind::Crs:
        return {"EPSG:4326", QStringLiteral("EPSG:4326")};
      case FieldKind::Raster:
        return one_file(ortho(), parameter);
      case FieldKind::RasterList:
        return two_files(ortho(), ortho());
      case FieldKind::Polygons:
      case FieldKind::MapData:
        return one_file(m_polygons, parameter);
      case FieldKind::MapDataList:
        return two_files(m_polygons, ortho());
      case FieldKind::FileList:
        return two_files(file, m_polygons);
      case FieldKind::Model:
      case FieldKind::ModelList:
        return model(parameter);
      case FieldKind::FolderOut:
        return folder(parameter);
      case FieldKind::RasterOut:
        return {path(QStringLiteral("r.tif")).toStdString(), path(QStringLiteral("r.tif"))};
      case FieldKind::VectorOut:
        return {path(QStringLiteral("v.gpkg")).toStdString(), path(QStringLiteral("v.gpkg"))};
      case FieldKind::FileOut:
      case FieldKind::File:
        return {file.toStdString(), file};
      case FieldKind::Folder:
        return {m_folder.path().toStdString(), m_folder.path()};
      case FieldKind::Text:
      case FieldKind::AttributeField:
        return {"-a text, with 'quotes'", QStringLiteral("-a text, with 'quotes'")};
    }
    return {};
  }

  /// The values of a run in which `parameter` and all that a run can't do without are given.
  void give(const Parameter& parameter, Json& config, QVariantMap& dialog) const {
    dialog[QStringLiteral("OVERWRITE")] = false;  // on in dialogs, where a file was confirmed
    for (const Parameter& other : spec().parameters) {
      // A dialog wants a folder for what is trained.
      const bool belongs = parameter.name == "train" && other.name == "train-folder";
      if (!other.required && !other.positional && other.name != parameter.name && !belongs) continue;
      const Sample given = sample(other);
      config[other.key()] = given.json;
      dialog[parameter_name(other)] = given.dialog;
    }
  }

  Json from_dialog(const QVariantMap& dialog) {
    const auto created = algorithm(GetParam().id());
    LayerFiles layers(m_context, &m_feedback);
    const PluginSettings settings = PluginSettings::load();
    return ArgumentBuilder(*created, GetParam(), settings, m_context, layers).values(dialog);
  }

  QString m_polygons;
  VariableForNow m_models_variable;
};

TEST_P(QgisContract, DialogConfigAndCommandLineGiveTheSameOptions) {
  for (const Parameter& parameter : spec().parameters) {
    SCOPED_TRACE(parameter.name);
    Json config = Json::object();
    QVariantMap dialog;
    give(parameter, config, dialog);
    Json by_config = default_values(spec());
    apply_config(spec(), config, "config", by_config);
    ASSERT_NE(by_config.at(parameter.key()), parameter.default_value);

    const Json given = from_dialog(dialog);
    Json by_dialog = default_values(spec());
    by_dialog.update(given);
    EXPECT_EQ(by_dialog, by_config);

    std::vector<std::string> words = command_words(spec(), given);
    ASSERT_EQ(words.front(), spec().name);
    words.erase(words.begin());
    Json by_words = default_values(spec());
    by_words.update(parse_arguments(spec(), words));
    EXPECT_EQ(by_words, by_config);
  }
}

TEST_P(QgisContract, DefaultsOfTheDialogAreNotRepeatedOnTheCommandLine) {
  Json config = Json::object();
  QVariantMap dialog;
  give(spec().parameters.front(), config, dialog);
  const auto created = algorithm(GetParam().id());
  for (const auto* field : created->parameterDefinitions()) {
    if (!dialog.contains(field->name())) dialog[field->name()] = field->defaultValue();
  }
  EXPECT_EQ(from_dialog(dialog), config);
}

INSTANTIATE_TEST_SUITE_P(All, QgisContract, testing::ValuesIn(all_variants()), variant_name);

}  // namespace
}  // namespace orthocover::qgis
