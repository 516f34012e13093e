#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/geometry/schedule.h"
#include "core/inference/scene_segmenter.h"
#include "core/nn/device_stream.h"

namespace orthocover {

/// A block of the map all of whose scores are there.
struct ReadyBlock {
  Window window;  ///< pixels of the map
  /// Fuses the levels; called at most once, by any thread, while the blender lives.
  /// @param copies what a device has worked out comes by this stream
  std::function<BlockClasses(const nn::DeviceStream& copies)> classify;
};

/// What a scene's scores are blended for; what it refers to must outlive the blender.
struct BlenderSetup {
  const SegmentPlan& plan;
  const Schedule& schedule;
  int score_stride = 1;
  BlockDetail detail;
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
