#include "core/geometry/blend_weights.h"
#include "core/inference/scores/score_blender.h"
#include "core/inference/scores/score_store.h"

namespace orthocover {
namespace {

/// Blends patches in a ScoreStore, whose memory is bounded by the plan, and fuses levels by classify().
class HostScores final : public ScoreBlender {
 public:
  explicit HostScores(const BlenderSetup& setup);

  torch::Tensor prepared(int level, const torch::Tensor& scores) const override;
  void add(const ScheduleStep& step, const torch::Tensor& scores) override;
  std::vector<ReadyBlock> take(std::span<const ScheduleBlock> ready) override;
  std::uint64_t spilled_bytes() const override { return m_store.spilled_bytes(); }

 private:
  ScoreCells cells(std::size_t level, const Window& block) const;
  std::vector<LevelScores> gather(const Window& block);

  const FusionPlan& m_plan;
  int m_score_stride;
  BlockDetail m_detail;
  ScoreStore m_store;
  std::vector<std::vector<float>> m_weights_x;  ///< of a patch, per level
  std::vector<std::vector<float>> m_weights_y;
};

HostScores::HostScores(const BlenderSetup& setup)
    : m_plan(setup.plan),
      m_score_stride(setup.score_stride),
      m_detail(setup.detail),
      m_store(m_plan.levels, m_score_stride, m_plan.legend.size(), setup.score_bytes, m_plan.scratch_folder) {
  for (std::size_t level = 0; level < m_plan.levels.size(); ++level) {
    m_weights_x.push_back(blend_weights(m_plan.levels[level].x.patch / m_score_stride));
    m_weights_y.push_back(blend_weights(m_plan.levels[level].y.patch / m_score_stride));
    for (const ScheduleBlock& block : setup.schedule.blocks)
      m_store.expect_read(static_cast<int>(level), cells(level, block.window));
  }
}

ScoreCells HostScores::cells(std::size_t level, const Window& block) const {
  return score_cells(m_plan.levels, level, m_score_stride, in_scene(m_plan.region, block));
}

torch::Tensor HostScores::prepared(int /*level*/, const torch::Tensor& scores) const {
  return scores.to(torch::kCPU, torch::kFloat32).contiguous();
}

void HostScores::add(const ScheduleStep& step, const torch::Tensor& scores) {
  const auto level = static_cast<std::size_t>(step.level);
  const Window patch = m_plan.levels[level].patch(step.patch);
  m_store.add(step.level,
              {patch.col / m_score_stride, patch.row / m_score_stride, patch.cols / m_score_stride,
               patch.rows / m_score_stride},
              scores.data_ptr<float>(), m_weights_x[level], m_weights_y[level]);
}

std::vector<LevelScores> HostScores::gather(const Window& block) {
  std::vector<LevelScores> levels;
  for (std::size_t i = 0; i < m_plan.levels.size(); ++i) {
    const int level = static_cast<int>(i);
    LevelScores scores{cells(i, block), m_plan.levels[i].scale * m_score_stride, {}};
    m_store.read(level, scores.cells, scores.logits);
    m_store.release(level, scores.cells);
    levels.push_back(std::move(scores));
  }
  return levels;
}

std::vector<ReadyBlock> HostScores::take(std::span<const ScheduleBlock> ready) {
  const Window block = ready.front().window;
  const auto levels = std::make_shared<std::vector<LevelScores>>(gather(block));
  return {{block, [this, levels, window = in_scene(m_plan.region, block)](const nn::DeviceStream&) {
             return classify(window, std::move(*levels), m_plan.weights, m_plan.fusion, m_plan.legend.size(),
                             m_detail);
           }}};
}

}  // namespace

std::unique_ptr<ScoreBlender> make_host_scores(const BlenderSetup& setup) {
  return std::make_unique<HostScores>(setup);
}

}  // namespace orthocover
