#pragma once

#include <qgis.h>
#include <qgscolorrampshader.h>
#include <qgscoordinatereferencesystem.h>
#include <qgsfields.h>
#include <qgsprocessingalgorithm.h>
#include <qgsprocessingcontext.h>
#include <qgsprocessingparameters.h>

/// The one place that knows how QGIS versions differ: names that QGIS 3.36 and 3.38 moved into the namespace
/// Qgis, and filters of inputs and the order of outputs since 3.32.
namespace orthocover::qgis::compat {

#if _QGIS_VERSION_INT >= 33600

using AlgorithmFlags = Qgis::ProcessingAlgorithmFlags;
inline constexpr auto kSupportsBatch = Qgis::ProcessingAlgorithmFlag::SupportsBatch;
inline constexpr auto kHideFromToolbox = Qgis::ProcessingAlgorithmFlag::HideFromToolbox;
inline constexpr auto kAdvanced = Qgis::ProcessingParameterFlag::Advanced;
inline constexpr auto kHidden = Qgis::ProcessingParameterFlag::Hidden;
inline constexpr auto kInteger = Qgis::ProcessingNumberParameterType::Integer;
inline constexpr auto kReal = Qgis::ProcessingNumberParameterType::Double;
inline constexpr auto kFile = Qgis::ProcessingFileParameterBehavior::File;
inline constexpr auto kFolder = Qgis::ProcessingFileParameterBehavior::Folder;
inline constexpr auto kAnyField = Qgis::ProcessingFieldParameterDataType::Any;
inline constexpr auto kRasterLayers = Qgis::ProcessingSourceType::Raster;
inline constexpr auto kMapLayers = Qgis::ProcessingSourceType::MapLayer;
inline constexpr auto kFiles = Qgis::ProcessingSourceType::File;
inline constexpr auto kAnyVectors = Qgis::ProcessingSourceType::VectorAnyGeometry;
inline constexpr auto kPolygons = Qgis::ProcessingSourceType::VectorPolygon;
inline constexpr auto kPoints = Qgis::ProcessingSourceType::VectorPoint;
inline constexpr auto kLinearRamp = Qgis::ShaderInterpolationMethod::Linear;
inline constexpr auto kStaticProperty = Qgis::PropertyType::Static;
inline constexpr auto kWkt2 = Qgis::CrsWktVariant::Wkt2_2019;

#else

using AlgorithmFlags = QgsProcessingAlgorithm::Flags;
inline constexpr auto kSupportsBatch = QgsProcessingAlgorithm::FlagSupportsBatch;
inline constexpr auto kHideFromToolbox = QgsProcessingAlgorithm::FlagHideFromToolbox;
inline constexpr auto kAdvanced = QgsProcessingParameterDefinition::FlagAdvanced;
inline constexpr auto kHidden = QgsProcessingParameterDefinition::FlagHidden;
inline constexpr auto kInteger = QgsProcessingParameterNumber::Integer;
inline constexpr auto kReal = QgsProcessingParameterNumber::Double;
inline constexpr auto kFile = QgsProcessingParameterFile::File;
inline constexpr auto kFolder = QgsProcessingParameterFile::Folder;
inline constexpr auto kAnyField = QgsProcessingParameterField::Any;
inline constexpr auto kRasterLayers = QgsProcessing::TypeRaster;
inline constexpr auto kMapLayers = QgsProcessing::TypeMapLayer;
inline constexpr auto kFiles = QgsProcessing::TypeFile;
inline constexpr auto kAnyVectors = QgsProcessing::TypeVectorAnyGeometry;
inline constexpr auto kPolygons = QgsProcessing::TypeVectorPolygon;
inline constexpr auto kPoints = QgsProcessing::TypeVectorPoint;
inline constexpr auto kLinearRamp = QgsColorRampShader::Interpolated;
inline constexpr auto kStaticProperty = QgsProperty::StaticProperty;
inline constexpr auto kWkt2 = QgsCoordinateReferenceSystem::WKT2_2019;

#endif

#if _QGIS_VERSION_INT >= 33800
inline constexpr auto kFieldOfProvider = Qgis::FieldOrigin::Provider;
inline constexpr auto kText = QMetaType::QString;
inline constexpr auto kWideInteger = QMetaType::LongLong;
#else
inline constexpr auto kFieldOfProvider = QgsFields::OriginProvider;
inline constexpr auto kText = QVariant::String;
inline constexpr auto kWideInteger = QVariant::LongLong;
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
