#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/operation/operation.h"
#include "core/operations/results/judging_options.h"
#include "core/operations/segment/mapping_setup.h"

namespace orthocover::operations {

/// Share of a run's time that mapping takes; judging takes the rest.
inline constexpr double kMappingShare = 0.9;

/// A map that is needed for the run only.
struct ModelMap {
  std::string map;
  std::optional<std::string> confidence;
  std::vector<int> levels;   ///< without those that are too coarse for the scene
  std::int64_t patches = 0;  ///< through the network
  double seconds = 0;
  std::uint64_t planned_memory_bytes = 0;
};

/// Opens such a map; messages about it name its scene.
/// @param pixel_size as it was mapped with
/// @throws Error{Data}
std::unique_ptr<MapSource> open_made_map(const std::string& map, const std::string& scene,
                                         std::optional<double> pixel_size, GeoIo& geo);

/// What is wrong with references shows before their scene is mapped, for hours.
/// @return the points, where they are some
/// @throws Error as where maps are judged by them; Error{Cancelled}
ReferencePoints checked_references(const std::string& file, const RasterInfo& scene, const Legend& legend,
                                   const std::optional<std::string>& class_field, const std::string& where,
                                   OperationContext& context);

/// A folder for such maps, which goes with the object.
class MapFolder {
 public:
  /// @throws Error{Resource}
  MapFolder();
  ~MapFolder();
  MapFolder(const MapFolder&) = delete;
  MapFolder& operator=(const MapFolder&) = delete;

  const std::filesystem::path& path() const { return m_path; }
  /// A map that is not there yet.
  std::filesystem::path next_map() { return m_path / fmt::format("{}.tif", m_maps++); }

 private:
  std::filesystem::path m_path;
  int m_maps = 0;
};

/// Maps scenes with one model for judging, as the operation segment does.
class ModelMapper {
 public:
  /// Loads the model. Folder and context must outlive the object.
  /// @param levels empty: the model's own
  /// @throws Error{Usage, Model, Resource}
  ModelMapper(const std::string& model, const std::vector<int>& levels, const JudgingOptions& options,
              MapFolder& folder, OperationContext& context);
  ModelMapper(const ModelMapper&) = delete;
  ModelMapper& operator=(const ModelMapper&) = delete;

  const nn::ModelManifest& manifest() const { return m_mapping.manifest(); }

  /// @param area polygons, if given: what lies beyond them need not be mapped
  /// @param with_confidence whether a raster of it is wanted, too
  /// @throws Error; EmptyScene where no pixel has a class
  ModelMap make(const std::string& scene, const std::optional<std::string>& area, bool with_confidence,
                RunContext& run);

 private:
  MapFolder& m_folder;
  OperationContext& m_context;
  MappingOptions m_options;
  MappingSetup m_mapping;
};

}  // namespace orthocover::operations
