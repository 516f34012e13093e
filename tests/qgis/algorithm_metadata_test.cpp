#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <qgsapplication.h>
#include <qgsprocessingmodelalgorithm.h>
#include <qgsprocessingprovider.h>
#include <qgsprocessingregistry.h>

#include <QRegularExpression>
#include <set>

#include "qgis_plugin/algorithm_variant.h"
#include "qgis_plugin/field_kind.h"
#include "qgis_plugin/help_text.h"
#include "qgis_plugin/parameter_mapping.h"
#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/text.h"
#include "tests/qgis/qgis_workshop.h"
#include "tests/qgis/variant_name.h"

namespace orthocover::qgis {

namespace {

QgsProcessingProvider* provider() {
  return QgsApplication::processingRegistry()->providerById(QStringLiteral("orthocover"));
}

/// Every algorithm, under its own name in the test's name.
class QgisAlgorithm : public testing::TestWithParam<AlgorithmVariant> {
 protected:
  const QgsProcessingAlgorithm& algorithm() const { return *provider()->algorithm(GetParam().id()); }
};

TEST_P(QgisAlgorithm, HasANameAGroupTagsAndHelp) {
  const QgsProcessingAlgorithm& shown = algorithm();
  static const QRegularExpression kId(QStringLiteral("^[a-z]+$"));
  EXPECT_TRUE(kId.match(shown.name()).hasMatch());
  EXPECT_FALSE(shown.displayName().isEmpty());
  EXPECT_FALSE(shown.displayName().endsWith('.'));
  EXPECT_FALSE(shown.group().isEmpty());
  EXPECT_FALSE(shown.groupId().isEmpty());
  EXPECT_GT(shown.tags().size(), 3);
  EXPECT_FALSE(shown.shortDescription().isEmpty());
  EXPECT_TRUE(shown.shortHelpString().startsWith(QStringLiteral("<p>")));
  EXPECT_FALSE(shown.icon().isNull());
}

TEST_P(QgisAlgorithm, HasAFieldForEveryParameterOfItsOperation) {
  // What is said of another operation is called as there.
  static const QRegularExpression kOther(QStringLiteral("(segment|train) --"));
  for (const Parameter& parameter : GetParam().spec->parameters) {
    const auto* field = algorithm().parameterDefinition(parameter_name(parameter));
    ASSERT_NE(field, nullptr) << parameter.name;
    EXPECT_FALSE(field->description().isEmpty());
    QString own = with_field_names(GetParam().text(parameter.marked_help), *GetParam().spec);
    if (GetParam().form == InputForm::Model && parameter.positional)
      own = QStringLiteral("Model that comes with orthocover, or lies in the folder of the settings");
    else if (field_kind(parameter, GetParam()) == FieldKind::Extent)
      own = QStringLiteral("Only this part of the scene, in any CRS");
    EXPECT_EQ(field->help(), own);
    EXPECT_FALSE(own.remove(kOther).contains(QRegularExpression("--|layername|[{}]")));
    EXPECT_TRUE(!(field->flags() & compat::kHidden) || field->flags() & compat::kOptional);
    EXPECT_EQ(field->name(), field->name().toUpper());
    if (!parameter.unit.empty() && field_kind(parameter, GetParam()) == FieldKind::Number) {
      const QString unit = parameter.unit == "m2" ? QStringLiteral("m²") : to_qt(parameter.unit);
      EXPECT_TRUE(field->description().contains(QStringLiteral("[%1]").arg(unit)));
    }
  }
}

TEST_P(QgisAlgorithm, KeepsInputsBeforeOptionsBeforeOutputs) {
  bool outputs_began = false;
  for (const auto* field : algorithm().parameterDefinitions()) {
    if (field->isDestination()) outputs_began = true;
    EXPECT_EQ(field->isDestination(), outputs_began) << field->name().toStdString();
  }
}

TEST_P(QgisAlgorithm, ShowsNoRequiredFieldAmongTheAdvanced) {
  for (const Parameter& parameter : GetParam().spec->parameters) {
    const auto* field = algorithm().parameterDefinition(parameter_name(parameter));
    EXPECT_FALSE(parameter.required && (field->flags() & compat::kAdvanced)) << parameter.name;
  }
}

TEST_P(QgisAlgorithm, ChoicesAreWordsAndNumbersKeepTheirRange) {
  for (const Parameter& parameter : GetParam().spec->parameters) {
    const auto* field = algorithm().parameterDefinition(parameter_name(parameter));
    if (const auto* choice = dynamic_cast<const QgsProcessingParameterEnum*>(field)) {
      EXPECT_TRUE(choice->usesStaticStrings()) << parameter.name;
    }
    const auto* number = dynamic_cast<const QgsProcessingParameterNumber*>(field);
    if (number == nullptr) continue;
    EXPECT_EQ(number->minimum(), parameter.min.value_or(number->minimum())) << parameter.name;
    EXPECT_EQ(number->maximum(), parameter.max.value_or(number->maximum())) << parameter.name;
    EXPECT_EQ(number->defaultValue().isValid(), !parameter.default_value.is_null()) << parameter.name;
  }
}

TEST_P(QgisAlgorithm, AsksScriptsOnlyForWhatTheOperationAsksFor) {
  QgsProcessingContext context;
  for (const Parameter& parameter : GetParam().spec->parameters) {
    const auto* field = algorithm().parameterDefinition(parameter_name(parameter));
    EXPECT_TRUE(parameter.required || field->checkValueIsAcceptable(QVariant(), &context)) << parameter.name;
  }
}

TEST_P(QgisAlgorithm, MakesACopyOfItselfForEachRun) {
  const std::unique_ptr<QgsProcessingAlgorithm> copy(algorithm().create());
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->name(), algorithm().name());
  EXPECT_EQ(copy->parameterDefinitions().size(), algorithm().parameterDefinitions().size());
}

INSTANTIATE_TEST_SUITE_P(All, QgisAlgorithm, testing::ValuesIn(all_variants()), variant_name);

TEST(QgisProvider, HasOneAlgorithmForEachVariantUnderAnIdOfItsOwn) {
  std::set<QString> ids;
  for (const AlgorithmVariant& variant : all_variants()) ids.insert(variant.id());
  EXPECT_EQ(ids.size(), all_variants().size());
  EXPECT_EQ(static_cast<std::size_t>(provider()->algorithms().size()), ids.size());
  for (const char* id : {"segment", "segmentbatch", "vectorize", "vectorizebatch", "train", "info",
                         "infomodel", "importweights", "samplepoints"})
    EXPECT_EQ(ids.count(QLatin1String(id)), 1U) << id;
}

TEST(QgisProvider, OffersTheFormatsOfVectorizeForVectorOutputs) {
  EXPECT_TRUE(provider()->supportedOutputVectorLayerExtensions().contains(QStringLiteral("gpkg")));
  EXPECT_TRUE(provider()->supportedOutputVectorLayerExtensions().contains(QStringLiteral("shp")));
  EXPECT_EQ(provider()->defaultVectorFileExtension(true), QStringLiteral("gpkg"));
  EXPECT_EQ(provider()->supportedOutputRasterLayerExtensions(), QStringList{QStringLiteral("tif")});
}

TEST(QgisProvider, OffersForPointsTheOneFormatThatTheyGoInto) {
  const std::unique_ptr<QgsProcessingParameterDefinition> copy(
      provider()->algorithm(QStringLiteral("samplepoints"))->parameterDefinition("OUTPUT")->clone());
  const auto& points = dynamic_cast<const QgsProcessingParameterVectorDestination&>(*copy);
  EXPECT_EQ(points.defaultFileExtension(), QStringLiteral("gpkg"));
  EXPECT_FALSE(points.createFileFilter().contains(QStringLiteral("*.shp")));
}

TEST(QgisProvider, NumbersWithoutAUnitShowWhatPeopleSetThemTo) {
  for (const char* name : {"WEIGHT_DECAY", "ENCODER_RATE", "AVERAGE_DECAY", "MAP_OVERLAP"}) {
    const auto* field = provider()->algorithm(QStringLiteral("train"))->parameterDefinition(name);
    ASSERT_NE(field, nullptr) << name;
    const QVariantMap widget = field->metadata().value(QStringLiteral("widget_wrapper")).toMap();
    EXPECT_GE(widget.value(QStringLiteral("decimals")).toInt(), 5) << name;
  }
}

TEST(QgisProvider, KeepsWhatOnlyABatchUsesAmongTheAdvancedOfOneScene) {
  for (const char* name : {"RESUME", "JOBS", "MERGE_ACROSS", "SUMMARY"}) {
    const auto* single = provider()->algorithm(QStringLiteral("segment"));
    const auto* batch = provider()->algorithm(QStringLiteral("segmentbatch"));
    EXPECT_TRUE(single->parameterDefinition(name)->flags() & compat::kAdvanced) << name;
    EXPECT_FALSE(batch->parameterDefinition(name)->flags() & compat::kAdvanced) << name;
  }
}

TEST(QgisProvider, HidesWhatMakesNoSenseForOneSceneFromItsDialog) {
  const auto* one = provider()->algorithm(QStringLiteral("segment"));
  const auto* batch = provider()->algorithm(QStringLiteral("segmentbatch"));
  for (const char* name : {"JOBS", "MERGE_ACROSS", "SUMMARY"}) {
    EXPECT_TRUE(one->parameterDefinition(name)->flags() & compat::kHidden) << name;
    EXPECT_FALSE(batch->parameterDefinition(name)->flags() & compat::kHidden) << name;
  }
  EXPECT_FALSE(one->parameterDefinition("RESUME")->flags() & compat::kHidden);
  EXPECT_FALSE(one->shortHelpString().contains(QStringLiteral("Scenes at once")));
}

TEST(QgisProvider, LabelsSayWhatPolygonOptionsAreAboutAndHowListsAreTyped) {
  const auto* segment = provider()->algorithm(QStringLiteral("segment"));
  const auto* vectorize = provider()->algorithm(QStringLiteral("vectorize"));
  EXPECT_EQ(segment->parameterDefinition("SMOOTH")->description(), QStringLiteral("Polygons: round corners"));
  EXPECT_EQ(vectorize->parameterDefinition("SMOOTH")->description(), QStringLiteral("Round corners"));
  EXPECT_EQ(segment->parameterDefinition("CRS")->description(), QStringLiteral("CRS of the polygons"));
  EXPECT_EQ(segment->parameterDefinition("LEVELS")->description(),
            QStringLiteral("Stitch levels (comma-separated)"));
}

TEST(QgisProvider, GivesABatchFoldersWhereOneSceneHasFiles) {
  const auto* single = provider()->algorithm(QStringLiteral("segment"));
  const auto* batch = provider()->algorithm(QStringLiteral("segmentbatch"));
  for (const char* name : {"OUTPUT", "CONFIDENCE", "PROBABILITIES"})
    EXPECT_EQ(single->parameterDefinition(name)->type(), "rasterDestination") << name;
  for (const char* name : {"OUTPUT", "CONFIDENCE", "PROBABILITIES", "VECTOR", "PICTURE"})
    EXPECT_EQ(batch->parameterDefinition(name)->type(), "folderDestination") << name;
  EXPECT_EQ(single->parameterDefinition("VECTOR")->type(), "vectorDestination");
  EXPECT_EQ(single->parameterDefinition("PICTURE")->type(), "fileDestination");
  EXPECT_EQ(batch->parameterDefinition("MERGE_ACROSS")->type(), QStringLiteral("vectorDestination"));
  EXPECT_EQ(batch->parameterDefinition("INPUT")->type(), "multilayer");
}

TEST(QgisProvider, HelpCallsOptionsByTheirFieldsAndKeepsBatchesOutOfOneScene) {
  const QString one = provider()->algorithm(QStringLiteral("segment"))->shortHelpString();
  const QString batch = provider()->algorithm(QStringLiteral("segmentbatch"))->shortHelpString();
  EXPECT_TRUE(batch.contains(QStringLiteral("<i>Skip what is done and unchanged</i> skips scenes")));
  for (const char* many : {"In a batch", "a folder", "layername="})
    EXPECT_FALSE(one.contains(QLatin1String(many)));
  EXPECT_FALSE(batch.contains(QStringLiteral("ends in a slash")));
  const QString model = provider()->algorithm(QStringLiteral("infomodel"))->shortHelpString();
  EXPECT_FALSE(model.contains(QStringLiteral("Of a scene"))) << model.toStdString();
  EXPECT_TRUE(one.contains(QStringLiteral("<b>Patch size [px]</b>")));
  EXPECT_TRUE(one.contains(QStringLiteral("<code>orthocover segment ortho.tif landcover.tif</code>")));
}

TEST(QgisProvider, MakesOptionalOutputsOnlyWhenAsked) {
  const auto* segment = provider()->algorithm(QStringLiteral("segment"));
  for (const char* name : {"CONFIDENCE", "PROBABILITIES", "VECTOR", "PICTURE"}) {
    const auto* output =
        dynamic_cast<const QgsProcessingDestinationParameter*>(segment->parameterDefinition(name));
    ASSERT_NE(output, nullptr) << name;
    EXPECT_FALSE(output->createByDefault()) << name;
  }
}

TEST(QgisProvider, SettingsAreTheDefaultsOfNewDialogs) {
  const SettingForNow device("orthocover/device", QStringLiteral("cpu"));
  const SettingForNow threads("orthocover/threads", QStringLiteral("3"));
  const SettingForNow memory("orthocover/memory", QStringLiteral("512MiB"));
  const std::unique_ptr<QgsProcessingAlgorithm> dialog(
      provider()->algorithm(QStringLiteral("segment"))->create());
  EXPECT_EQ(dialog->parameterDefinition("DEVICE")->defaultValue(), QVariant(QStringLiteral("cpu")));
  EXPECT_EQ(dialog->parameterDefinition("THREADS")->defaultValue().toInt(), 3);
  EXPECT_EQ(dialog->parameterDefinition("MEMORY")->defaultValue(), QVariant(QStringLiteral("512MiB")));
}

TEST(QgisModel, OfTheExamplesIsOneThatTheDesignerCallsValid) {
  QgsProcessingModelAlgorithm model;
  ASSERT_TRUE(model.fromFile(QStringLiteral(ORTHOCOVER_SOURCE_DIR "/examples/landcover_polygons.model3")));
  QStringList issues;
  EXPECT_TRUE(model.validate(issues)) << issues.join('\n').toStdString();
  for (const auto* output : model.outputDefinitions()) EXPECT_FALSE(output->description().isEmpty());
}

}  // namespace
}  // namespace orthocover::qgis
