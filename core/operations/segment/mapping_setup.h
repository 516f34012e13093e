#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/inference/segment_setup.h"
#include "core/nn/model_package.h"
#include "core/operation/operation.h"
#include "core/operations/model/mapping_options.h"

namespace orthocover::operations {

/// A loaded model with everything that is decided alike for all scenes of a run. Several threads may set up
/// scenes at once: they share the network, whose forward pass changes nothing in it.
class MappingSetup {
 public:
  /// Loads the model. Options and context must outlive the object.
  /// @param probabilities whether a band for each class is to be written
  /// @param scenes_at_once that share a device
  /// @throws Error{Usage, Model, Resource}
  MappingSetup(const MappingOptions& options, OperationContext& context, bool probabilities,
               int scenes_at_once = 1);

  /// The scene with the bands that the model wants.
  /// @param scratch_folder with room for its pixels, where its file has to be decoded from its beginning
  /// @throws Error{Usage, Data}
  std::unique_ptr<RasterSource> open_scene(const std::string& path,
                                           const std::filesystem::path& scratch_folder,
                                           RunContext& progress) const;

  /// The part of the scene that is to be mapped.
  /// @param area set where polygons bound it
  /// @throws Error{Data}
  Window region_of(const RasterInfo& info, std::unique_ptr<AreaMask>& area) const;

  /// Looks at the scene's values for its scaling, and the first time makes the network ready beside that.
  /// @throws Error{Data, Resource}
  Predictor predictor_for(const RasterSource& source, RunContext& progress);

  /// @param grid_shift LevelRequest::grid_shift
  /// @throws Error{Usage, Data, Resource}
  SegmentSetup set_up(const RasterSource& source, const Window& region, Predictor& predictor,
                      RunContext& progress, double grid_shift = 0);

  const nn::ModelManifest& manifest() const { return m_package.manifest; }
  const torch::Device& device() const { return m_device; }
  std::uint64_t memory_bytes() const { return m_settings.memory_bytes; }

 private:
  void make_ready();

  const MappingOptions& m_options;
  OperationContext& m_context;
  torch::Device m_device;
  SegmentSettings m_settings;
  nn::ModelPackage m_package;
  std::shared_ptr<nn::SegmentationNetwork> m_network;
  std::optional<ReadyNetwork> m_ready;
  std::once_flag m_is_ready;
  std::future<void> m_start;  ///< of the device, beside the loading of the model
};

}  // namespace orthocover::operations
