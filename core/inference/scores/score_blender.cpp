#include "core/inference/scores/score_blender.h"

#include "core/inference/scores/device_scores.h"
#include "core/nn/device.h"

namespace orthocover {
namespace {

/// Share of a scene's part of a device's memory that scores may take; the rest is the network's.
constexpr double kScoreShare = 0.4;

bool fits_on_device(const BlenderSetup& setup) {
  if (setup.plan.scores != ScorePlace::Auto) return setup.plan.scores == ScorePlace::Device;
  const std::optional<std::uint64_t>& room = setup.plan.device_bytes;
  return room && static_cast<double>(DeviceScores::bytes(setup)) < kScoreShare * static_cast<double>(*room);
}

}  // namespace

std::unique_ptr<ScoreBlender> make_blender(const BlenderSetup& setup, const torch::Device& device,
                                           RunContext& context) {
  if (!fits_on_device(setup)) return make_host_scores(setup);
  try {
    return std::make_unique<DeviceScores>(setup, device);
  } catch (const c10::Error& error) {
    if (setup.plan.scores == ScorePlace::Device || !nn::is_out_of_memory(error))
      throw blending_error(error, device);
  }
  // A device that has less memory than it said.
  context.log(LogLevel::Info,
              fmt::format("{} has no room for the scores; they are kept on the host", device.str()));
  return make_host_scores(setup);
}

Error blending_error(const c10::Error& error, const torch::Device& device) {
  return nn::error_of(error, device, "the scores", "use a smaller --patch-size or --batch-size");
}

}  // namespace orthocover
