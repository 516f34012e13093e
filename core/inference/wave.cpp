#include "core/inference/wave.h"

#include <algorithm>
#include <iterator>
#include <utility>

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
  for (std::size_t k = 0; k < batch.size(); ++k) {
    wave.scores[batch[k]] = std::move(each[k]);
    wave.patches[batch[k]].input.reset();
  }
  batch.clear();
  if (predictor.most_at_once() < most_before) wave.most_at_once = predictor.most_at_once();
}

}  // namespace

Wave Wave::take_finished() {
  const auto waits = std::ranges::find_if(patches, [](const auto& patch) { return patch.input.defined(); });
  const auto count = waits - patches.begin();
  Wave finished;
  finished.patches.assign(std::move_iterator(patches.begin()), std::move_iterator(waits));
  finished.scores.assign(std::move_iterator(scores.begin()), std::move_iterator(scores.begin() + count));
  patches.erase(patches.begin(), waits);
  scores.erase(scores.begin(), scores.begin() + count);
  finished.seconds = std::exchange(seconds, 0);
  finished.most_at_once = std::exchange(most_at_once, std::nullopt);
  return finished;
}

bool run_wave(Predictor& predictor, const SegmentPlan& plan, const ScoreBlender& blender, Wave& wave,
              const MostWaiting& most) {
  const Stopwatch watch;
  wave.scores.resize(wave.patches.size());
  bool any = false;
  const auto run = [&](int level, std::vector<std::size_t>& batch) {
    any = any || !batch.empty();
    run_batch(predictor, plan, blender, level, batch, wave);
  };
  std::vector<std::vector<std::size_t>> batches(plan.levels.size());  // that are not full
  std::size_t waiting = 0;
  for (int level = 0; level < static_cast<int>(plan.levels.size()); ++level) {
    std::vector<std::size_t>& batch = batches[static_cast<std::size_t>(level)];
    for (std::size_t i = 0; i < wave.patches.size(); ++i) {
      if (wave.patches[i].step.level != level || !wave.patches[i].input.defined()) continue;
      batch.push_back(i);
      if (static_cast<int>(batch.size()) >= plan.memory.batch_size) run(level, batch);
    }
    if (!batch.empty() && wave.patches.size() - batch.front() > most.later) run(level, batch);
    waiting += batch.size();
  }
  while (waiting > most.patches) {
    const auto first_of = [&](const std::vector<std::size_t>& batch) {
      return batch.empty() ? wave.patches.size() : batch.front();
    };
    const auto oldest = std::ranges::min_element(batches, {}, first_of);
    waiting -= oldest->size();
    run(static_cast<int>(oldest - batches.begin()), *oldest);
  }
  wave.seconds += watch.seconds();
  return any;
}

}  // namespace orthocover
