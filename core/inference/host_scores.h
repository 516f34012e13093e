#pragma once

#include "core/inference/score_blender.h"
#include "core/inference/score_store.h"

namespace orthocover {

/// Blends patches in a ScoreStore, whose memory is bounded by the plan, and fuses levels by classify().
class HostScores final : public ScoreBlender {
 public:
  explicit HostScores(const BlenderSetup& setup);

  torch::Tensor prepared(int level, const torch::Tensor& scores) const override;
  void add(const ScheduleStep& step, const torch::Tensor& scores) override;
  std::vector<ReadyBlock> take(std::span<const ScheduleBlock> ready) override;
  std::uint64_t spilled_bytes() const override { return m_store.spilled_bytes(); }

 private:
  Window in_scene(const Window& block) const;
  ScoreCells cells(std::size_t level, const Window& block) const;
  std::vector<LevelScores> gather(const Window& block);

  const SegmentPlan& m_plan;
  int m_score_stride;
  BlockDetail m_detail;
  ScoreStore m_store;
  std::vector<std::vector<float>> m_weights_x;  ///< of a patch, per level
  std::vector<std::vector<float>> m_weights_y;
};

}  // namespace orthocover
