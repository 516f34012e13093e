#include "core/inference/scene_segmenter.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "core/base/channel.h"
#include "core/base/error.h"
#include "core/base/ordered_channel.h"
#include "core/base/stopwatch.h"
#include "core/geometry/blend_weights.h"
#include "core/geometry/schedule.h"
#include "core/inference/block_writer.h"
#include "core/inference/device_scores.h"
#include "core/inference/parallel.h"
#include "core/inference/patch_feed.h"
#include "core/inference/score_store.h"
#include "core/inference/wave.h"
#include "core/nn/device_memory.h"
#include "core/resampling/tile_cache.h"

namespace orthocover {
namespace {

/// Share of a device's free memory that scores may take; the rest is the network's.
constexpr double kScoreShare = 0.4;

/// A block all of whose scores are there: those of the host, or the classes that the device is working out.
struct ReadyBlock {
  std::size_t number = 0;  ///< in the order of writing
  BlockScores scores;
  DeviceClasses classes;
  nn::DeviceEvent done;
};

std::vector<std::uint8_t> bytes_of(const torch::Tensor& tensor) {
  if (!tensor.defined()) return {};
  const torch::Tensor here = tensor.to(torch::kCPU).contiguous();
  const auto* first = here.data_ptr<std::uint8_t>();
  return {first, first + here.numel()};
}

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
        m_tiles(source, plan.memory.tile_bytes),
        m_area(area),
        m_predictor(predictor),
        m_plan(plan),
        m_context(context),
        m_schedule(schedule_of(plan, predictor.score_stride())),
        m_writer(masks(source), area, plan, sinks),
        m_blocks(static_cast<std::size_t>(plan.memory.waiting_blocks)),
        m_pixels(static_cast<std::size_t>(plan.memory.finishing_threads - 1)),
        m_waves(static_cast<std::size_t>(plan.memory.passes)) {
    m_report.patches.resize(plan.levels.size());
    m_total_px = static_cast<double>(cost_px(m_schedule, plan.levels));
    make_room_for_scores();
  }

  SegmentReport run() {
    {
      const StageClock clock(m_report.wall_seconds);
      PatchFeed feed({m_tiles, m_area, m_predictor, m_plan.levels, m_plan.region, m_schedule.steps,
                      m_plan.memory.reading_threads, m_plan.memory.waiting_patches, m_plan.memory.job_px});
      m_feed = &feed;
      std::vector<std::jthread> threads;
      try {
        for (int i = 0; i < m_plan.memory.finishing_threads; ++i)
          threads.emplace_back([this] { finish_blocks(); });
        threads.emplace_back([this] { write_blocks(); });
        run_network(feed, threads);
        m_blocks.close();
      } catch (const c10::Error& error) {
        const Error translated = translate(error);
        fail(std::make_exception_ptr(translated));
        throw translated;
      } catch (const std::system_error& error) {
        const Error translated = resource_error("no further thread can be started: {}", error.what());
        fail(std::make_exception_ptr(translated));
        throw translated;
      } catch (...) {
        fail(std::current_exception());
        throw;
      }
      threads.clear();
      if (m_error) std::rethrow_exception(m_error);
      m_report.read_seconds = feed.seconds();
    }
    m_report.counts = m_writer.counts();
    if (m_plan.unreadable) m_report.unreadable = m_plan.unreadable();
    if (m_store) m_report.spilled_bytes = m_store->spilled_bytes();
    return std::move(m_report);
  }

 private:
  /// Where the blocks' masks come from. What is unreadable in an overview is missing in the scene's mask,
  /// too, of which its tiles know nothing.
  const RasterSource& masks(const RasterSource& source) const {
    if (m_plan.unreadable) return source;
    return m_tiles;
  }

  void make_room_for_scores() {
    const int stride = m_predictor.score_stride();
    const DeviceScoresSetup setup{m_plan.levels, m_plan.weights, m_plan.fusion, m_plan.legend.size(),
                                  stride,        m_plan.region,  m_schedule,    m_writer.detail()};
    if (fits_on_device(setup) && make_device_scores(setup)) return;
    m_store.emplace(m_plan.levels, stride, m_plan.legend.size(), m_plan.memory.score_bytes,
                    m_plan.scratch_folder);
    for (const ScheduleBlock& block : m_schedule.blocks) {
      for_each_level_cells(block,
                           [&](int level, const ScoreCells& cells) { m_store->expect_read(level, cells); });
    }
    for (const LevelPlan& level : m_plan.levels) {
      m_weights_x.push_back(blend_weights(level.x.patch / stride));
      m_weights_y.push_back(blend_weights(level.y.patch / stride));
    }
  }

  /// Of a device that has less memory than it said, the host takes the scores.
  bool make_device_scores(const DeviceScoresSetup& setup) {
    try {
      m_device_scores.emplace(setup, m_predictor.device());
      return true;
    } catch (const c10::Error& error) {
      if (m_plan.scores == ScorePlace::Device || !nn::is_out_of_memory(error)) throw translate(error);
      m_context.log(LogLevel::Info, fmt::format("{} has no room for the scores; they are kept on the host",
                                                m_predictor.device().str()));
      return false;
    }
  }

  Error translate(const c10::Error& error) const {
    if (!nn::is_out_of_memory(error))
      return internal_error("blending failed: {}", error.what_without_backtrace());
    return resource_error(
        "the scores do not fit into the memory of {}; use a smaller --patch-size or --batch-size",
        m_predictor.device().str());
  }

  bool fits_on_device(const DeviceScoresSetup& setup) const {
    if (m_plan.scores != ScorePlace::Auto) return m_plan.scores == ScorePlace::Device;
    const std::optional<std::uint64_t> room = nn::free_memory(m_predictor.device());
    return room && static_cast<double>(DeviceScores::bytes(setup)) < kScoreShare * static_cast<double>(*room);
  }

  template <class Visit>
  void for_each_level_cells(const ScheduleBlock& block, Visit visit) const {
    const Window in_scene{m_plan.region.col + block.window.col, m_plan.region.row + block.window.row,
                          block.window.cols, block.window.rows};
    for (std::size_t i = 0; i < m_plan.levels.size(); ++i) {
      visit(static_cast<int>(i), score_cells(m_plan.levels[i], m_predictor.score_stride(), in_scene));
    }
  }

  /// Ends all threads; the first error stays.
  void fail(std::exception_ptr error) {
    {
      const std::scoped_lock lock(m_mutex);
      if (!m_error) m_error = error;
    }
    m_feed->fail(error);
    m_blocks.fail(error);
    m_pixels.fail(error);
    m_waves.fail(error);
  }

  // Calling thread
  // -----------------------------------------------------------------------------------------------------

  /// Passes by the calling thread, or by others beside each other; their scores are blended in the order of
  /// the schedule.
  /// @param threads gets those that are started
  void run_network(PatchFeed& feed, std::vector<std::jthread>& threads) {
    if (m_plan.memory.passes == 1) {
      while (std::optional<Wave> wave = next_wave(feed)) {
        run_wave(m_predictor, m_plan, device_scores(), *wave);
        blend(*wave);
      }
      return;
    }
    const int all = at::get_num_threads();
    for (int i = 0; i < m_plan.memory.passes; ++i)
      threads.emplace_back([this, &feed, all] { run_waves(feed, m_predictor.sibling(), all); });
    while (std::optional<Wave> wave = m_waves.pop(waves())) blend(*wave);
  }

  const DeviceScores* device_scores() const { return m_device_scores ? &*m_device_scores : nullptr; }

  std::size_t waves() const { return (m_schedule.steps.size() + most_in_wave() - 1) / most_in_wave(); }

  std::size_t most_in_wave() const {
    return static_cast<std::size_t>(std::max(m_plan.memory.batch_size, m_plan.memory.wave_patches));
  }

  std::optional<Wave> next_wave(PatchFeed& feed) const {
    Wave wave;
    while (wave.patches.size() < most_in_wave()) {
      std::optional<PreparedPatch> patch = feed.next();
      if (!patch) break;
      wave.patches.push_back(std::move(*patch));
    }
    if (wave.patches.empty()) return std::nullopt;
    wave.scores.resize(wave.patches.size());
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
    const auto level = static_cast<std::size_t>(step.level);
    ++m_report.patches[level];
    if (m_device_scores) {
      m_device_scores->add(step, scores);
      return;
    }
    const int stride = m_predictor.score_stride();
    const Window patch = m_plan.levels[level].patch(step.patch);
    const ScoreCells cells{patch.col / stride, patch.row / stride, patch.cols / stride, patch.rows / stride};
    m_store->add(step.level, cells, scores.data_ptr<float>(), m_weights_x[level], m_weights_y[level]);
  }

  void hand_over_blocks() {
    const auto left = std::span(m_schedule.blocks).subspan(m_next_block);
    const auto is_ready = [&](const ScheduleBlock& block) { return block.ready_after < m_steps_done; };
    auto ready =
        left.first(static_cast<std::size_t>(std::ranges::find_if_not(left, is_ready) - left.begin()));
    while (!ready.empty())
      ready = ready.subspan(m_device_scores ? hand_over_classes(ready) : hand_over_scores(ready.front()));
  }

  /// Of the first block, and of those that are worked out with it.
  /// @return their number
  std::size_t hand_over_classes(std::span<const ScheduleBlock> ready) {
    std::vector<DeviceClasses> classes;
    nn::DeviceEvent done;
    {
      const StageClock clock(m_report.blend_seconds);
      classes = m_device_scores->take(ready);
      done = nn::DeviceEvent::now(m_predictor.device());
    }
    for (std::size_t i = 0; i < classes.size(); ++i)
      m_blocks.push({m_next_block++, {ready[i].window, {}}, std::move(classes[i]), done});
    return classes.size();
  }

  std::size_t hand_over_scores(const ScheduleBlock& block) {
    BlockScores scores{block.window, {}};
    {
      const StageClock clock(m_report.blend_seconds);
      gather(block, scores);
    }
    m_blocks.push({m_next_block++, std::move(scores), {}, {}});
    return 1;
  }

  void gather(const ScheduleBlock& block, BlockScores& scores) {
    for_each_level_cells(block, [&](int level, const ScoreCells& cells) {
      LevelScores part{
          cells, m_plan.levels[static_cast<std::size_t>(level)].scale * m_predictor.score_stride(), {}};
      m_store->read(level, cells, part.logits);
      m_store->release(level, cells);
      scores.levels.push_back(std::move(part));
    });
  }

  // Threads of passes beside each other, and the calling thread where there are none
  // -----------------------------------------------------------------------------------------------------

  /// @param threads that the passes share
  void run_waves(PatchFeed& feed, Predictor predictor, int threads) noexcept {
    try {
      at::get_num_threads();  // sets LibTorch's own number in this thread, which it does once
      while (true) {
        std::unique_lock turn(m_turn);
        std::optional<Wave> wave = next_wave(feed);
        if (!wave) return;
        const std::size_t number = m_waves.claim();
        turn.unlock();
        // The last ones have the cores of those that find nothing more to do.
        const auto beside = std::min(static_cast<std::size_t>(m_plan.memory.passes), waves() - number);
        set_threads_of_caller(std::max(1, threads / static_cast<int>(beside)));
        run_wave(predictor, m_plan, device_scores(), *wave);
        m_waves.put(number, std::move(*wave));
      }
    } catch (const c10::Error& error) {
      fail(std::make_exception_ptr(translate(error)));
    } catch (...) {
      fail(std::current_exception());
    }
  }

  // Finishing threads
  // -----------------------------------------------------------------------------------------------------

  void finish_blocks() noexcept {
    try {
      const nn::DeviceStream copies(m_predictor.device());
      double seconds = 0;
      while (std::optional<ReadyBlock> block = m_blocks.pop()) {
        BlockPixels pixels;
        {
          const StageClock clock(seconds);
          pixels = finish(*block, copies);
        }
        m_pixels.put(block->number, std::move(pixels));
      }
      add_write_seconds(seconds);
    } catch (const c10::Error& error) {
      fail(std::make_exception_ptr(translate(error)));
    } catch (...) {
      fail(std::current_exception());
    }
  }

  BlockPixels finish(ReadyBlock& block, const nn::DeviceStream& copies) const {
    if (!m_device_scores) return m_writer.make(std::move(block.scores));
    return m_writer.make(block.scores.window, [&] {
      const nn::InferenceScope scope;
      const nn::DeviceStream::Scope beside(copies);
      block.done.hold_back(m_predictor.device());
      return BlockClasses{bytes_of(block.classes.class_index), bytes_of(block.classes.confidence),
                          bytes_of(block.classes.probabilities)};
    });
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
      fail(std::current_exception());
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
  std::optional<ScoreStore> m_store;            ///< scores on the host
  std::optional<DeviceScores> m_device_scores;  ///< or on the device
  std::vector<std::vector<float>> m_weights_x;  ///< per level, on the host
  std::vector<std::vector<float>> m_weights_y;
  Channel<ReadyBlock> m_blocks;
  OrderedChannel<BlockPixels> m_pixels;
  OrderedChannel<Wave> m_waves;
  std::mutex m_turn;  ///< to take the next wave
  PatchFeed* m_feed = nullptr;
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
