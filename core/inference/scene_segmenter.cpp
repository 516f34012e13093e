#include "core/inference/scene_segmenter.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "core/base/channel.h"
#include "core/base/error.h"
#include "core/base/ordered_channel.h"
#include "core/base/stopwatch.h"
#include "core/geometry/schedule.h"
#include "core/inference/block_writer.h"
#include "core/inference/onednn/parallel.h"
#include "core/inference/patch_feed.h"
#include "core/inference/scores/score_blender.h"
#include "core/inference/scores/scored_ground.h"
#include "core/inference/wave.h"
#include "core/resampling/tile_cache.h"

namespace orthocover {
namespace {

/// Blocks that wait on a device: a coarse patch completes all of its cell; waiting for room holds passes up.
constexpr std::size_t kMostOnDevice = 256;
/// Rounds that a device has still to do while the next one is given to it. More would fill its queue, in
/// which the threads that fetch blocks then wait for their turn, and hold the memory of all their inputs.
constexpr std::size_t kRoundsAhead = 2;
/// A patch waits for so many batches of others to fill its own. To wait longer would hold up blocks.
constexpr std::size_t kBatchesLater = 4;

struct NumberedBlock {
  std::size_t number = 0;  ///< in the order of writing
  ReadyBlock block;
  std::optional<std::vector<std::uint8_t>> scored;  ///< ScoredGround::mask()
};

/// As long as it lives, the calling thread computes by itself: others that wait for its next work would take
/// turns from passes.
class LoneCaller {
 public:
  /// @param threads that it has afterwards
  explicit LoneCaller(int threads) : m_threads(threads) { set_threads_of_caller(1); }
  ~LoneCaller() { set_threads_of_caller(m_threads); }
  LoneCaller(const LoneCaller&) = delete;
  LoneCaller& operator=(const LoneCaller&) = delete;

 private:
  int m_threads;
};

Schedule schedule_of(const SegmentPlan& plan, int score_stride) {
  Schedule whole = make_schedule(plan.levels, score_stride, plan.region, RasterSink::kBlockPx, plan.order);
  if (!plan.wanted) return whole;
  return select_blocks(whole, plan.levels, score_stride, plan.region, plan.wanted);
}

class Segmentation {
 public:
  Segmentation(const RasterSource& source, const AreaMask* area, Predictor& predictor,
               const SegmentPlan& plan, const SegmentSinks& sinks, RunContext& context)
      : m_source(source),
        m_tiles(source, plan.memory.tile_bytes, &context),
        m_area(area),
        m_predictor(predictor),
        m_plan(plan),
        m_context(context),
        m_schedule(schedule_of(plan, predictor.score_stride())),
        m_writer(masks(source), area, plan, sinks),
        m_ground(plan.levels),
        m_blender(make_blender(
            {plan, m_schedule, predictor.score_stride(), m_writer.detail(), plan.memory.score_bytes},
            predictor.device(), context)),
        m_blocks(m_blender->is_on_device() ? kMostOnDevice
                                           : static_cast<std::size_t>(plan.memory.waiting_blocks)),
        m_pixels(static_cast<std::size_t>(plan.memory.finishing_threads - 1)),
        m_waves(static_cast<std::size_t>(plan.memory.passes)) {
    m_report.patches.resize(plan.levels.size());
    m_total_px = static_cast<double>(cost_px(m_schedule, plan.levels));
  }

  SegmentReport run() {
    {
      const StageClock clock(m_report.wall_seconds);
      std::vector<std::jthread> threads;
      try {
        m_feed.emplace(FeedSetup{m_tiles, m_area, m_predictor, m_plan.levels, m_plan.region, m_schedule.steps,
                                 m_plan.memory.reading_threads, m_plan.memory.waiting_patches,
                                 m_plan.memory.job_px, !m_predictor.device().is_cpu()});
        for (int i = 0; i < m_plan.memory.finishing_threads; ++i)
          threads.emplace_back([this] { finish_blocks(); });
        threads.emplace_back([this] { write_blocks(); });
        run_network(threads);
        m_blocks.close();
      } catch (const std::system_error& error) {
        end(std::make_exception_ptr(resource_error("no further thread can be started: {}", error.what())));
      } catch (...) {
        fail();
      }
      threads.clear();
      if (m_error) std::rethrow_exception(m_error);
      m_report.read_seconds = m_feed->seconds();
    }
    m_report.counts = m_writer.counts();
    if (m_plan.unreadable) m_report.unreadable = m_plan.unreadable();
    m_report.spilled_bytes = m_blender->spilled_bytes();
    return std::move(m_report);
  }

 private:
  /// Where the blocks' masks come from. What is unreadable in an overview is missing in the scene's mask,
  /// too, of which its tiles know nothing.
  const RasterSource& masks(const RasterSource& source) const {
    if (m_plan.unreadable) return source;
    return m_tiles;
  }

  /// Ends all threads by what was caught.
  void fail() noexcept {
    try {
      throw;
    } catch (const c10::Error& error) {
      end(std::make_exception_ptr(blending_error(error, m_predictor.device())));
    } catch (...) {
      end(std::current_exception());
    }
  }

  /// Ends all threads; the first error stays.
  void end(std::exception_ptr error) {
    {
      const std::scoped_lock lock(m_mutex);
      if (!m_error) m_error = error;
    }
    if (m_feed) m_feed->fail(error);
    m_blocks.fail(error);
    m_pixels.fail(error);
    m_waves.fail(error);
  }

  // Calling thread
  // -----------------------------------------------------------------------------------------------------

  /// Passes by the calling thread, or by others beside each other; their scores are blended in the order of
  /// the schedule.
  /// @param threads gets those that are started
  void run_network(std::vector<std::jthread>& threads) {
    if (m_plan.memory.passes == 1) return run_rounds();
    const int all = at::get_num_threads();
    for (int i = 0; i < m_plan.memory.passes; ++i)
      threads.emplace_back([this, all] { run_waves(m_predictor.sibling(), all); });
    const LoneCaller alone(all);
    while (std::optional<Wave> wave = m_waves.pop(waves())) blend(*wave);
  }

  /// By the calling thread. Batches are full where that holds nothing up for long: one that is not costs a
  /// device nearly as much, and for each size it prepares anew. What is complete is blended after a round.
  void run_rounds() {
    const auto batch = static_cast<std::size_t>(std::max(1, m_plan.memory.batch_size));
    const MostWaiting most{most_in_wave() - batch, kBatchesLater * batch};
    std::deque<nn::DeviceEvent> ahead;
    Wave wave;
    std::size_t wanted = first_patches(batch);
    for (bool more = true; more || !wave.patches.empty(); wanted = batch) {
      more = more && add_patches(wanted, wave);
      const bool may_wait = more && m_steps_done > 0;
      const bool any = run_wave(m_predictor, m_plan, *m_blender, wave, may_wait ? most : MostWaiting());
      blend(wave.take_finished());
      if (!any) continue;
      ahead.push_back(nn::DeviceEvent::now(m_predictor.device()));
      if (ahead.size() <= kRoundsAhead) continue;
      ahead.front().wait();
      ahead.pop_front();
    }
  }

  /// A device that has nothing to do yet begins with what would be left over at the end of the first patches
  /// of one level.
  std::size_t first_patches(std::size_t batch) const {
    const auto& steps = m_schedule.steps;
    const auto other = std::ranges::find_if(
        steps, [&](const ScheduleStep& step) { return step.level != steps.front().level; });
    const std::size_t over = static_cast<std::size_t>(other - steps.begin()) % batch;
    return over > 0 ? over : batch;
  }

  /// @return false when there are no more
  bool add_patches(std::size_t wanted, Wave& wave) {
    for (std::size_t i = 0; i < wanted; ++i) {
      std::optional<PreparedPatch> patch = m_feed->next();
      if (!patch) return false;
      wave.patches.push_back(std::move(*patch));
    }
    return true;
  }

  std::size_t waves() const { return (m_schedule.steps.size() + most_in_wave() - 1) / most_in_wave(); }

  std::size_t most_in_wave() const {
    return static_cast<std::size_t>(std::max(m_plan.memory.batch_size, m_plan.memory.wave_patches));
  }

  std::optional<Wave> next_wave() {
    Wave wave;
    add_patches(most_in_wave(), wave);
    if (wave.patches.empty()) return std::nullopt;
    return wave;
  }

  /// Blends the patches of a wave in their order, and hands over what is complete then.
  void blend(const Wave& wave) {
    m_context.check_cancelled();
    if (wave.most_at_once)
      m_context.log(LogLevel::Info, fmt::format("{} is short of memory: {} patches at once from now on",
                                                m_predictor.device().str(), *wave.most_at_once));
    m_report.forward_seconds += wave.seconds / m_plan.memory.passes;
    for (std::size_t i = 0; i < wave.patches.size(); ++i) {
      const ScheduleStep& step = wave.patches[i].step;
      m_ground.add(step, wave.scores[i].defined());
      if (wave.scores[i].defined())
        blend(step, wave.scores[i]);
      else
        ++m_report.skipped_patches;
      const LevelPlan& level = m_plan.levels[static_cast<std::size_t>(step.level)];
      m_done_px += static_cast<double>(level.x.patch * level.y.patch);
      ++m_steps_done;
      hand_over_blocks();
    }
    m_context.progress(m_done_px / m_total_px, m_source.info().path);
  }

  void blend(const ScheduleStep& step, const torch::Tensor& scores) {
    const StageClock clock(m_report.blend_seconds);
    ++m_report.patches[static_cast<std::size_t>(step.level)];
    m_blender->add(step, scores);
  }

  void hand_over_blocks() {
    const auto left = std::span(m_schedule.blocks).subspan(m_next_block);
    const auto is_ready = [&](const ScheduleBlock& block) { return block.ready_after < m_steps_done; };
    auto ready =
        left.first(static_cast<std::size_t>(std::ranges::find_if_not(left, is_ready) - left.begin()));
    while (!ready.empty()) {
      std::vector<ReadyBlock> blocks;
      {
        const StageClock clock(m_report.blend_seconds);
        blocks = m_blender->take(ready);
      }
      for (ReadyBlock& block : blocks) {
        auto scored = m_ground.mask(in_scene(m_plan.region, block.window));
        m_blocks.push({m_next_block++, std::move(block), std::move(scored)});
      }
      ready = ready.subspan(blocks.size());
    }
  }

  // Threads of passes beside each other, and the calling thread where there are none
  // -----------------------------------------------------------------------------------------------------

  /// @param threads that the passes share
  void run_waves(Predictor predictor, int threads) noexcept {
    try {
      at::get_num_threads();  // sets LibTorch's own number in this thread, which it does once
      while (true) {
        std::unique_lock turn(m_turn);
        std::optional<Wave> wave = next_wave();
        if (!wave) return;
        const std::size_t number = m_waves.claim();
        turn.unlock();
        // The last ones have the cores of those that find nothing more to do.
        const auto beside = std::min(static_cast<std::size_t>(m_plan.memory.passes), waves() - number);
        set_threads_of_caller(std::max(1, threads / static_cast<int>(beside)));
        run_wave(predictor, m_plan, *m_blender, *wave);
        m_waves.put(number, std::move(*wave));
      }
    } catch (...) {
      fail();
    }
  }

  // Finishing threads
  // -----------------------------------------------------------------------------------------------------

  void finish_blocks() noexcept {
    try {
      const nn::DeviceStream copies(m_predictor.device());
      double seconds = 0;
      while (const std::optional<NumberedBlock> next = m_blocks.pop()) {
        BlockPixels pixels;
        {
          const StageClock clock(seconds);
          pixels =
              m_writer.make(next->block.window, next->scored, [&] { return next->block.classify(copies); });
        }
        m_pixels.put(next->number, std::move(pixels));
      }
      add_write_seconds(seconds);
    } catch (...) {
      fail();
    }
  }

  void add_write_seconds(double seconds) {
    const std::scoped_lock lock(m_mutex);
    m_report.write_seconds += seconds;
  }

  // Writing thread
  // -----------------------------------------------------------------------------------------------------

  void write_blocks() noexcept {
    try {
      double seconds = 0;
      while (const std::optional<BlockPixels> block = m_pixels.pop(m_schedule.blocks.size())) {
        const StageClock clock(seconds);
        m_writer.write(*block);
      }
      add_write_seconds(seconds);
    } catch (...) {
      fail();
    }
  }

  const RasterSource& m_source;
  TileCache m_tiles;  ///< of the scene, for patches
  const AreaMask* m_area;
  Predictor& m_predictor;
  const SegmentPlan& m_plan;
  RunContext& m_context;
  Schedule m_schedule;
  BlockWriter m_writer;
  ScoredGround m_ground;
  std::unique_ptr<ScoreBlender> m_blender;
  Channel<NumberedBlock> m_blocks;
  OrderedChannel<BlockPixels> m_pixels;
  OrderedChannel<Wave> m_waves;
  std::mutex m_turn;                ///< to take the next wave
  std::optional<PatchFeed> m_feed;  ///< once it runs
  SegmentReport m_report;
  std::mutex m_mutex;
  std::exception_ptr m_error;
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
