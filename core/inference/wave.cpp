#include "core/inference/wave.h"

#include "core/base/error.h"
#include "core/base/stopwatch.h"

namespace orthocover {
namespace {

void check_shape(const LevelPlan& level, int score_stride, int classes, const torch::Tensor& scores) {
  const std::int64_t rows = level.y.patch / score_stride;
  const std::int64_t cols = level.x.patch / score_stride;
  if (scores.size(1) == classes && scores.size(2) == rows && scores.size(3) == cols) return;
  throw internal_error("the network gave {} x {} x {} scores, {} x {} x {} were expected", scores.size(1),
                       scores.size(2), scores.size(3), classes, rows, cols);
}

void run_batch(Predictor& predictor, const SegmentPlan& plan, const ScoreBlender& blender, int level,
               std::vector<std::size_t>& batch, Wave& wave) {
  if (batch.empty()) return;
  std::vector<torch::Tensor> inputs;
  for (const std::size_t i : batch) inputs.push_back(wave.patches[i].input);
  const std::size_t most_before = predictor.most_at_once();
  std::vector<torch::Tensor> each = predictor.scores_of_each(inputs, [&](const torch::Tensor& all) {
    check_shape(plan.levels[static_cast<std::size_t>(level)], predictor.score_stride(), plan.legend.size(),
                all);
    return blender.prepared(level, all);
  });
  for (std::size_t k = 0; k < batch.size(); ++k) wave.scores[batch[k]] = std::move(each[k]);
  batch.clear();
  if (predictor.most_at_once() < most_before) wave.most_at_once = predictor.most_at_once();
}

}  // namespace

void run_wave(Predictor& predictor, const SegmentPlan& plan, const ScoreBlender& blender, Wave& wave) {
  const Stopwatch watch;
  for (int level = 0; level < static_cast<int>(plan.levels.size()); ++level) {
    std::vector<std::size_t> batch;
    for (std::size_t i = 0; i < wave.patches.size(); ++i) {
      if (wave.patches[i].step.level != level || !wave.patches[i].input.defined()) continue;
      batch.push_back(i);
      if (static_cast<int>(batch.size()) >= plan.memory.batch_size)
        run_batch(predictor, plan, blender, level, batch, wave);
    }
    run_batch(predictor, plan, blender, level, batch, wave);
  }
  for (PreparedPatch& patch : wave.patches) patch.input.reset();
  wave.seconds = watch.seconds();
}

}  // namespace orthocover
