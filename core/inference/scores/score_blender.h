#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/run_context.h"
#include "core/geometry/schedule.h"
#include "core/inference/scores/fusion.h"
#include "core/legend/legend.h"
#include "core/nn/device_stream.h"

namespace orthocover {

/// Where patches are blended and levels fused.
enum class ScorePlace {
  Auto,   ///< on a CUDA device whose memory has room for it, else on the host
  Host,   ///< ScoreStore and classify(): bounded by BlenderSetup::score_bytes, the rest on disk
  Device  ///< DeviceScores, whatever the device
};

/// How the scores of a scene's patches become classes.
struct FusionPlan {
  Window region;                     ///< scene pixels of the map
  std::vector<LevelPlan> levels;     ///< finest first
  std::vector<LevelWeight> weights;  ///< one per level
  FusionMethod fusion = FusionMethod::LogLinear;
  Legend legend;
  ScorePlace scores = ScorePlace::Auto;
  std::optional<std::uint64_t> device_bytes;  ///< memory of a CUDA device for the scene, if that is known
  std::filesystem::path scratch_folder = ".";
};

/// A block of the map all of whose scores are there.
struct ReadyBlock {
  Window window;  ///< pixels of the map
  /// Fuses the levels; called at most once, by any thread, while the blender lives.
  /// @param copies what a device has worked out comes by this stream
  std::function<BlockClasses(const nn::DeviceStream& copies)> classify;
};

/// What a scene's scores are blended for; what it refers to must outlive the blender.
struct BlenderSetup {
  const FusionPlan& plan;
  const Schedule& schedule;
  int score_stride = 1;
  BlockDetail detail;
  std::uint64_t score_bytes = 0;  ///< of scores on the host
};

/// Blends the scores of patches and gives the blocks of the map that are complete. Not thread-safe, except
/// for prepared().
class ScoreBlender {
 public:
  virtual ~ScoreBlender() = default;

  /// A batch's scores as add() wants them.
  /// @param scores @shape [n, classes, rows, cols] where the network runs
  /// @return a row for each patch
  virtual torch::Tensor prepared(int level, const torch::Tensor& scores) const = 0;
  /// Adds a patch; patches come in the order of the schedule.
  /// @param scores a row of prepared()
  virtual void add(const ScheduleStep& step, const torch::Tensor& scores) = 0;
  /// Blocks all of whose patches were added; the last use of their scores.
  /// @param ready in the order of the schedule, not empty
  /// @return the first one, and those that are worked out together with it
  virtual std::vector<ReadyBlock> take(std::span<const ScheduleBlock> ready) = 0;
  /// Whether blocks that are not classified yet hold memory of a device only.
  virtual bool is_on_device() const { return false; }
  /// Of scores that went through a scratch file.
  virtual std::uint64_t spilled_bytes() const { return 0; }
};

/// A blender where the plan says (ScorePlace).
/// @param device of the network
/// @throws Error{Resource} when the memory of a device that the plan names is out
std::unique_ptr<ScoreBlender> make_blender(const BlenderSetup& setup, const torch::Device& device,
                                           RunContext& context);

/// A blender on the host.
std::unique_ptr<ScoreBlender> make_host_scores(const BlenderSetup& setup);

/// What a failure of LibTorch means while scores are blended.
Error blending_error(const c10::Error& error, const torch::Device& device);

}  // namespace orthocover
