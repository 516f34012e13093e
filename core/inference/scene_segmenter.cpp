#include "core/inference/scene_segmenter.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "core/base/channel.h"
#include "core/base/error.h"
#include "core/geometry/blend_weights.h"
#include "core/geometry/schedule.h"
#include "core/inference/block_writer.h"
#include "core/inference/score_store.h"
#include "core/resampling/patch_reader.h"

namespace orthocover {
namespace {

/// Adds the time that it lives to a sum of seconds.
class StageClock {
 public:
  explicit StageClock(double& seconds) : m_seconds(seconds), m_start(std::chrono::steady_clock::now()) {}
  ~StageClock() {
    m_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count();
  }
  StageClock(const StageClock&) = delete;
  StageClock& operator=(const StageClock&) = delete;

 private:
  double& m_seconds;
  std::chrono::steady_clock::time_point m_start;
};

/// A patch on its way to the network; `input` is undefined when the patch has no valid pixel.
struct PreparedPatch {
  ScheduleStep step;
  torch::Tensor input;
};

Schedule schedule_of(const SegmentPlan& plan, int score_stride) {
  Schedule whole = make_schedule(plan.levels, score_stride, plan.region, RasterSink::kBlockPx);
  if (!plan.wanted) return whole;
  return select_blocks(whole, plan.levels, score_stride, plan.region, plan.wanted);
}

class Segmentation {
 public:
  Segmentation(const RasterSource& source, const AreaMask* area, Predictor& predictor,
               const SegmentPlan& plan, const SegmentSinks& sinks, RunContext& context)
      : m_source(source),
        m_area(area),
        m_predictor(predictor),
        m_plan(plan),
        m_context(context),
        m_schedule(schedule_of(plan, predictor.score_stride())),
        m_store(plan.levels, predictor.score_stride(), plan.legend.size(), plan.memory.score_bytes,
                plan.scratch_folder),
        m_writer(source, area, plan, sinks),
        m_prepared(static_cast<std::size_t>(plan.memory.waiting_patches)),
        m_blocks(static_cast<std::size_t>(plan.memory.waiting_blocks)) {
    m_report.patches.resize(plan.levels.size());
    for (const ScheduleBlock& block : m_schedule.blocks) {
      for_each_level_cells(block,
                           [&](int level, const ScoreCells& cells) { m_store.expect_read(level, cells); });
    }
    for (const LevelPlan& level : plan.levels) {
      m_weights_x.push_back(blend_weights(level.x.patch / predictor.score_stride()));
      m_weights_y.push_back(blend_weights(level.y.patch / predictor.score_stride()));
    }
    m_total_px = static_cast<double>(cost_px(m_schedule, plan.levels));
  }

  SegmentReport run() {
    {
      const StageClock clock(m_report.wall_seconds);
      std::jthread reader([this] { read_patches(); });
      std::jthread writer([this] { write_blocks(); });
      try {
        run_network();
        m_blocks.close();
      } catch (...) {
        m_prepared.fail(std::current_exception());
        m_blocks.fail(std::current_exception());
        throw;
      }
      writer.join();
      if (m_write_error) std::rethrow_exception(m_write_error);
    }
    m_report.counts = m_writer.counts();
    m_report.spilled_bytes = m_store.spilled_bytes();
    return std::move(m_report);
  }

 private:
  template <class Visit>
  void for_each_level_cells(const ScheduleBlock& block, Visit visit) const {
    const Window in_scene{m_plan.region.col + block.window.col, m_plan.region.row + block.window.row,
                          block.window.cols, block.window.rows};
    for (std::size_t i = 0; i < m_plan.levels.size(); ++i) {
      visit(static_cast<int>(i), score_cells(m_plan.levels[i], m_predictor.score_stride(), in_scene));
    }
  }

  // Reading thread
  // -----------------------------------------------------------------------------------------------------

  void read_patches() noexcept {
    try {
      PixelBlock pixels;
      for (const ScheduleStep& step : m_schedule.steps) {
        PreparedPatch patch{step, {}};
        {
          const StageClock clock(m_report.read_seconds);
          const LevelPlan& level = m_plan.levels[static_cast<std::size_t>(step.level)];
          const Window window = level.patch(step.patch);
          if (is_wanted(level, window) && read_patch(m_source, level.scale, window, pixels)) {
            patch.input = m_predictor.prepare(pixels);
          }
        }
        m_prepared.push(std::move(patch));
      }
      m_prepared.close();
    } catch (...) {
      m_prepared.fail(std::current_exception());
    }
  }

  /// Whether any pixel of the area lies under the patch.
  bool is_wanted(const LevelPlan& level, const Window& patch) const {
    if (m_area == nullptr) return true;
    const auto scaled = [&](std::int64_t px) {
      return static_cast<std::int64_t>(static_cast<double>(px) * level.scale);
    };
    const Window under{scaled(patch.col), scaled(patch.row), scaled(patch.cols) + 1, scaled(patch.rows) + 1};
    const Window window = intersect(under, m_plan.region);
    if (window.empty()) return false;
    std::vector<std::uint8_t> inside;
    m_area->read(window, inside);
    return std::ranges::find(inside, 1) != inside.end();
  }

  // Calling thread
  // -----------------------------------------------------------------------------------------------------

  void run_network() {
    std::vector<PreparedPatch> batch;
    while (std::optional<PreparedPatch> patch = m_prepared.pop()) {
      m_context.check_cancelled();
      if (!fits(*patch, batch)) run_batch(batch);
      batch.push_back(std::move(*patch));
      if (static_cast<int>(batch.size()) >= m_plan.memory.batch_size) run_batch(batch);
    }
    run_batch(batch);
  }

  /// Whether a patch can go through the network together with others: all of one size, those without pixels
  /// aside.
  static bool fits(const PreparedPatch& patch, const std::vector<PreparedPatch>& batch) {
    return !patch.input.defined() || std::ranges::all_of(batch, [&](const PreparedPatch& other) {
      return !other.input.defined() || other.input.sizes() == patch.input.sizes();
    });
  }

  void run_batch(std::vector<PreparedPatch>& batch) {
    if (batch.empty()) return;
    std::vector<torch::Tensor> inputs;
    for (const PreparedPatch& patch : batch) {
      if (patch.input.defined()) inputs.push_back(patch.input);
    }
    torch::Tensor scores;
    if (!inputs.empty()) {
      const StageClock clock(m_report.forward_seconds);
      scores = m_predictor.scores(inputs);
    }
    std::int64_t next = 0;
    for (const PreparedPatch& patch : batch) {
      if (patch.input.defined())
        blend(patch.step, scores[next++]);
      else
        ++m_report.skipped_patches;
      const LevelPlan& level = m_plan.levels[static_cast<std::size_t>(patch.step.level)];
      m_done_px += static_cast<double>(level.x.patch * level.y.patch);
      ++m_steps_done;
    }
    batch.clear();
    hand_over_blocks();
    m_context.progress(m_done_px / m_total_px, m_source.info().path);
  }

  void blend(const ScheduleStep& step, const torch::Tensor& scores) {
    const StageClock clock(m_report.blend_seconds);
    const auto level = static_cast<std::size_t>(step.level);
    const int stride = m_predictor.score_stride();
    const Window patch = m_plan.levels[level].patch(step.patch);
    const ScoreCells cells{patch.col / stride, patch.row / stride, patch.cols / stride, patch.rows / stride};
    if (scores.size(0) != m_plan.legend.size() || scores.size(1) != cells.rows ||
        scores.size(2) != cells.cols) {
      throw internal_error("the network gave {} x {} x {} scores, {} x {} x {} were expected", scores.size(0),
                           scores.size(1), scores.size(2), m_plan.legend.size(), cells.rows, cells.cols);
    }
    m_store.add(step.level, cells, scores.data_ptr<float>(), m_weights_x[level], m_weights_y[level]);
    ++m_report.patches[level];
  }

  void hand_over_blocks() {
    while (m_next_block < m_schedule.blocks.size() &&
           m_schedule.blocks[m_next_block].ready_after < m_steps_done) {
      const ScheduleBlock& block = m_schedule.blocks[m_next_block++];
      BlockScores scores{block.window, {}};
      {
        const StageClock clock(m_report.blend_seconds);
        for_each_level_cells(block, [&](int level, const ScoreCells& cells) {
          LevelScores part{
              cells, m_plan.levels[static_cast<std::size_t>(level)].scale * m_predictor.score_stride(), {}};
          m_store.read(level, cells, part.logits);
          m_store.release(level, cells);
          scores.levels.push_back(std::move(part));
        });
      }
      m_blocks.push(std::move(scores));
    }
  }

  // Writing thread
  // -----------------------------------------------------------------------------------------------------

  void write_blocks() noexcept {
    try {
      while (std::optional<BlockScores> block = m_blocks.pop()) {
        const StageClock clock(m_report.write_seconds);
        m_writer.write(std::move(*block));
      }
    } catch (...) {
      m_write_error = std::current_exception();
      m_blocks.fail(m_write_error);
    }
  }

  const RasterSource& m_source;
  const AreaMask* m_area;
  Predictor& m_predictor;
  const SegmentPlan& m_plan;
  RunContext& m_context;
  Schedule m_schedule;
  ScoreStore m_store;
  BlockWriter m_writer;
  Channel<PreparedPatch> m_prepared;
  Channel<BlockScores> m_blocks;
  std::vector<std::vector<float>> m_weights_x;  ///< per level
  std::vector<std::vector<float>> m_weights_y;
  SegmentReport m_report;
  std::exception_ptr m_write_error;
  std::size_t m_next_block = 0;
  std::int64_t m_steps_done = 0;
  double m_done_px = 0;
  double m_total_px = 0;
};

}  // namespace

SegmentReport segment_scene(const RasterSource& source, const AreaMask* area, Predictor& predictor,
                            const SegmentPlan& plan, const SegmentSinks& sinks, RunContext& context) {
  return Segmentation(source, area, predictor, plan, sinks, context).run();
}

}  // namespace orthocover
