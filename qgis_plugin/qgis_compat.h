#pragma once

#include <qgis.h>
#include <qgscolorrampshader.h>
#include <qgscoordinatereferencesystem.h>
#include <qgsfields.h>
#include <qgsprocessingalgorithm.h>
#include <qgsprocessingparameters.h>

/// The one place that knows how QGIS versions differ: names that QGIS 3.36 and 3.38 moved into the namespace
/// Qgis, and filters of inputs since 3.32.
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
inline constexpr auto kWkt2 = QgsCoordinateReferenceSystem::WKT2_2019;

#endif

#if _QGIS_VERSION_INT >= 33800
inline constexpr auto kFieldOfProvider = Qgis::FieldOrigin::Provider;
#else
inline constexpr auto kFieldOfProvider = QgsFields::OriginProvider;
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

}  // namespace orthocover::qgis::compat
