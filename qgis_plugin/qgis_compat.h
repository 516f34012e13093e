#pragma once

#include <qgis.h>
#include <qgscolorrampshader.h>
#include <qgscoordinatereferencesystem.h>
#include <qgsfeaturerequest.h>
#include <qgsfields.h>
#include <qgsprocessingalgorithm.h>
#include <qgsprocessingcontext.h>
#include <qgsprocessingparameters.h>
#include <qgswkbtypes.h>

/// The one place that knows how QGIS versions differ: names that QGIS 3.36 and 3.38 moved into the namespace
/// Qgis, and filters of inputs and the order of outputs since 3.32.
namespace orthocover::qgis::compat {

#if _QGIS_VERSION_INT >= 33600

using AlgorithmFlags = Qgis::ProcessingAlgorithmFlags;
constexpr auto kSupportsBatch = Qgis::ProcessingAlgorithmFlag::SupportsBatch;
constexpr auto kHideFromToolbox = Qgis::ProcessingAlgorithmFlag::HideFromToolbox;
constexpr auto kAdvanced = Qgis::ProcessingParameterFlag::Advanced;
constexpr auto kOptional = Qgis::ProcessingParameterFlag::Optional;
constexpr auto kHidden = Qgis::ProcessingParameterFlag::Hidden;
constexpr auto kInteger = Qgis::ProcessingNumberParameterType::Integer;
constexpr auto kReal = Qgis::ProcessingNumberParameterType::Double;
constexpr auto kFile = Qgis::ProcessingFileParameterBehavior::File;
constexpr auto kFolder = Qgis::ProcessingFileParameterBehavior::Folder;
constexpr auto kAnyField = Qgis::ProcessingFieldParameterDataType::Any;
constexpr auto kRasterLayers = Qgis::ProcessingSourceType::Raster;
constexpr auto kMapLayers = Qgis::ProcessingSourceType::MapLayer;
constexpr auto kFiles = Qgis::ProcessingSourceType::File;
constexpr auto kAnyVectors = Qgis::ProcessingSourceType::VectorAnyGeometry;
constexpr auto kPolygons = Qgis::ProcessingSourceType::VectorPolygon;
constexpr auto kPoints = Qgis::ProcessingSourceType::VectorPoint;
constexpr auto kLinearRamp = Qgis::ShaderInterpolationMethod::Linear;
constexpr auto kOwnGeometryCheck = Qgis::ProcessingFeatureSourceDefinitionFlag::OverrideDefaultGeometryCheck;
constexpr auto kSkipInvalid = Qgis::InvalidGeometryCheck::SkipInvalid;
constexpr auto kNoGeometry = Qgis::FeatureRequestFlag::NoGeometry;
constexpr auto kStaticProperty = Qgis::PropertyType::Static;
constexpr auto kWkt2 = Qgis::CrsWktVariant::Wkt2_2019;

#else

using AlgorithmFlags = QgsProcessingAlgorithm::Flags;
constexpr auto kSupportsBatch = QgsProcessingAlgorithm::FlagSupportsBatch;
constexpr auto kHideFromToolbox = QgsProcessingAlgorithm::FlagHideFromToolbox;
constexpr auto kAdvanced = QgsProcessingParameterDefinition::FlagAdvanced;
constexpr auto kOptional = QgsProcessingParameterDefinition::FlagOptional;
constexpr auto kHidden = QgsProcessingParameterDefinition::FlagHidden;
constexpr auto kInteger = QgsProcessingParameterNumber::Integer;
constexpr auto kReal = QgsProcessingParameterNumber::Double;
constexpr auto kFile = QgsProcessingParameterFile::File;
constexpr auto kFolder = QgsProcessingParameterFile::Folder;
constexpr auto kAnyField = QgsProcessingParameterField::Any;
constexpr auto kRasterLayers = QgsProcessing::TypeRaster;
constexpr auto kMapLayers = QgsProcessing::TypeMapLayer;
constexpr auto kFiles = QgsProcessing::TypeFile;
constexpr auto kAnyVectors = QgsProcessing::TypeVectorAnyGeometry;
constexpr auto kPolygons = QgsProcessing::TypeVectorPolygon;
constexpr auto kPoints = QgsProcessing::TypeVectorPoint;
constexpr auto kLinearRamp = QgsColorRampShader::Interpolated;
constexpr auto kOwnGeometryCheck = QgsProcessingFeatureSourceDefinition::FlagOverrideDefaultGeometryCheck;
constexpr auto kSkipInvalid = QgsFeatureRequest::GeometrySkipInvalid;
constexpr auto kNoGeometry = QgsFeatureRequest::NoGeometry;
constexpr auto kStaticProperty = QgsProperty::StaticProperty;
constexpr auto kWkt2 = QgsCoordinateReferenceSystem::WKT2_2019;

#endif

#if _QGIS_VERSION_INT >= 33000
using WkbType = Qgis::WkbType;
#else
using WkbType = QgsWkbTypes::Type;
#endif

#if _QGIS_VERSION_INT >= 33800
constexpr auto kFieldOfProvider = Qgis::FieldOrigin::Provider;
constexpr auto kText = QMetaType::QString;
constexpr auto kWideInteger = QMetaType::LongLong;
#else
constexpr auto kFieldOfProvider = QgsFields::OriginProvider;
constexpr auto kText = QVariant::String;
constexpr auto kWideInteger = QVariant::LongLong;
#endif

/// The filter that a dialog gives beside an input.
inline QString filter_of(const QgsProcessingFeatureSourceDefinition& input) {
#if _QGIS_VERSION_INT >= 33200
  return input.filterExpression;
#else
  Q_UNUSED(input)
  return {};
#endif
}

/// Says where a layer comes to lie among the others of its run: that of the greatest key on top.
inline void set_sort_key(QgsProcessingContext::LayerDetails& layer, int key) {
#if _QGIS_VERSION_INT >= 33200
  layer.layerSortKey = key;
#else
  Q_UNUSED(layer)
  Q_UNUSED(key)
#endif
}

}  // namespace orthocover::qgis::compat
