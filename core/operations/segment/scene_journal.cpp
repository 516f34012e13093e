#include "core/operations/segment/scene_journal.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/geometry/schedule.h"
#include "core/inference/part_recorder.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOnReadError = "on_read_error";

bool is_before(const Window& a, const Window& b) {
  return std::pair(a.row, a.col) < std::pair(b.row, b.col);
}

/// As the user would type it.
std::string text_of(const nlohmann::json& value) {
  if (value.is_null()) return "not given";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> items;
  for (const nlohmann::json& item : value) items.push_back(text_of(item));
  return items.empty() ? "not given" : join(items, ",");
}

nlohmann::json value_in(const nlohmann::json& options, const std::string& key, const OperationSpec& spec) {
  if (options.contains(key)) return options.at(key);
  const Parameter* parameter = spec.find(key);
  return parameter != nullptr ? parameter->default_value : nlohmann::json();
}

std::string changed_options(const nlohmann::json& earlier, const nlohmann::json& now,
                            const OperationSpec& spec) {
  std::set<std::string> keys;
  for (const nlohmann::json* options : {&earlier, &now}) {
    for (const auto& [key, value] : options->items()) keys.insert(key);
  }
  std::vector<std::string> changes;
  for (const std::string& key : keys) {
    const nlohmann::json before = value_in(earlier, key, spec);
    const nlohmann::json after = value_in(now, key, spec);
    if (before == after) continue;
    const Parameter* parameter = spec.find(key);
    const std::string name = parameter != nullptr ? parameter->display_name() : key;
    changes.push_back(key == "area"
                          ? name + " changed"
                          : fmt::format("{} was {} and is {}", name, text_of(before), text_of(after)));
  }
  return join(changes, ", ");
}

std::string changed_output(const char* option, bool before, bool now) {
  if (before == now) return "";
  return fmt::format("{} was {}given and is {}", option, before ? "" : "not ", now ? "now" : "not now");
}

}  // namespace

fs::path journal_path(const std::string& map) {
  return map + ".part";
}

std::string difference(const PartReader& part, const PartHeader& now, const OperationSpec& spec) {
  const PartHeader& earlier = *part.header();
  if (earlier.key.program != now.key.program)
    return fmt::format("orthocover was {} and is {}", one_line(earlier.key.program), now.key.program);
  if (earlier.key.scene != now.key.scene) return "the scene changed";
  if (earlier.key.model != now.key.model) return "the model changed";
  nlohmann::json made_with = earlier.key.options;
  made_with[kOnReadError] =
      part.unreadable().empty() ? value_in(now.key.options, kOnReadError, spec) : nlohmann::json("nodata");
  const std::string options = changed_options(made_with, now.key.options, spec);
  if (!options.empty()) return options;
  if (!(earlier.region == now.region) || earlier.block_px != now.block_px) return "the mapped part changed";
  if (!(earlier.shard == now.shard)) return "it is of another shard";
  const std::string confidence = changed_output("--confidence", earlier.confidence, now.confidence);
  if (!confidence.empty()) return confidence;
  if (earlier.probabilities > 0 && now.probabilities > 0 && earlier.probabilities != now.probabilities)
    return fmt::format("it has probabilities of {} classes, the model of {}", earlier.probabilities,
                       now.probabilities);
  return changed_output("--probabilities", earlier.probabilities > 0, now.probabilities > 0);
}

SceneJournal::SceneJournal(fs::path path, PartHeader header, const OperationSpec& spec,
                           const JournalPolicy& policy, RunContext& log)
    : m_header(std::move(header)), m_writer(std::move(path)), m_records(policy.pace_s > 0) {
  try {
    take_over(spec, policy, log);
  } catch (...) {
    m_closed = true;  // what is there stays as it is
    throw;
  }
}

void SceneJournal::take_over(const OperationSpec& spec, const JournalPolicy& policy, RunContext& log) {
  const std::string path = m_writer.path().string();
  const std::chrono::duration<double> pace(policy.pace_s);
  std::error_code ignored;
  const bool only_overwrite = policy.overwrite && !policy.resume;
  if (!only_overwrite && fs::file_size(path, ignored) > 0) m_earlier.emplace(PartReader::open(path));
  if (!m_earlier || !m_earlier->header() || m_earlier->blocks().empty()) {
    m_earlier.reset();
    return m_writer.begin(m_header, pace);
  }
  if (!policy.resume && m_earlier->header()->key.scene != m_header.key.scene)
    throw usage_error(
        "{}: a run of another scene, or of this one before it changed, stopped here; choose another output, "
        "or add --overwrite to begin anew",
        path);
  double done = 0;
  for (const Window& block : m_earlier->blocks()) done += static_cast<double>(block.pixels());
  done /= static_cast<double>(m_header.region.pixels());
  if (!policy.resume)
    throw usage_error(
        "{}: an earlier run stopped here with {:.0f} % of the map; add --resume to go on, or "
        "--overwrite to begin anew",
        path, 100 * done);
  const std::string reason = difference(*m_earlier, m_header, spec);
  const PartKey& made_of = m_earlier->header()->key;
  // Nothing will ever go on from such blocks; with other options or another model it may.
  const bool is_outdated = made_of.program != m_header.key.program || made_of.scene != m_header.key.scene;
  if (!reason.empty() && !policy.overwrite && !is_outdated)
    throw usage_error("{}: can't go on from here: {}; add --overwrite to begin anew, or delete the file",
                      path, reason);
  if (!reason.empty()) {
    log.log(is_outdated ? LogLevel::Warning : LogLevel::Info,
            fmt::format("{}: is not used: {}", path, reason));
    m_earlier.reset();
    return m_writer.begin(m_header, pace);
  }
  m_done = m_earlier->blocks();
  std::ranges::sort(m_done, is_before);
  m_writer.go_on(*m_earlier, pace);
}

SceneJournal::~SceneJournal() {
  if (m_closed) return;
  try {
    if (!m_writer.is_worth_keeping() || (m_failed && m_writer.secured_blocks() == 0))
      m_writer.remove();
    else if (!m_failed)
      m_writer.secure();
  } catch (const std::exception&) {
    // What was secured before is there; the run ends with an error of its own.
  }
}

bool SceneJournal::has(const Window& block) const {
  return std::ranges::binary_search(m_done, block, is_before);
}

void SceneJournal::replay_all(const SegmentSinks& sinks, ValueCounts& counts, RunContext& context) {
  const std::size_t blocks = m_earlier ? m_earlier->blocks().size() : 0;
  for (std::size_t i = 0; i < blocks; ++i) {
    context.check_cancelled();
    context.progress(static_cast<double>(i) / static_cast<double>(blocks), m_earlier->path());
    const PartBlock block = m_earlier->read(i);
    if (sinks.map != nullptr)
      replay(block, *m_earlier->header(), sinks, counts);
    else
      for (const std::uint8_t value : block.bands.front()) ++counts[value];
  }
}

SegmentReport SceneJournal::segment(const RasterSource& source, const AreaMask* area, Predictor& predictor,
                                    SegmentPlan plan, const SegmentSinks& sinks, RunContext& context) {
  const auto wanted = plan.wanted;
  double whole_px = 0;
  double done_px = 0;
  const Schedule schedule =
      make_schedule(plan.levels, predictor.score_stride(), plan.region, RasterSink::kBlockPx, plan.order);
  for (const ScheduleBlock& block : schedule.blocks) {
    if (wanted && !wanted(block.window)) continue;
    ++m_wanted_blocks;
    whole_px += static_cast<double>(block.window.pixels());
    if (has(block.window)) done_px += static_cast<double>(block.window.pixels());
  }
  const double done_before = whole_px > 0 ? done_px / whole_px : 1;
  if (!m_done.empty())
    context.log(LogLevel::Info,
                fmt::format("{}: goes on from {:.0f} %", source.info().path, 100 * done_before));
  ValueCounts counts{};
  // Blocks that are there take a moment, where those that are missing take the time of the run.
  SubContext replayed(context, 0, done_before);
  replay_all(sinks, counts, replayed);
  plan.wanted = [&](const Window& block) { return (!wanted || wanted(block)) && !has(block); };
  PartRecorder::OnFailure on_failure;
  if (sinks.map != nullptr) {
    on_failure = [&](const Error& error) {
      m_failed = true;
      context.log(LogLevel::Warning,
                  fmt::format("{}; the run goes on, but could not be resumed from here", error.what()));
    };
  }
  PartRecorder recorder(m_writer, sinks, m_header, on_failure, plan.unreadable);
  SubContext rest(context, done_before, 1);
  SegmentReport report =
      segment_scene(source, area, predictor, plan, m_records ? recorder.sinks() : sinks, rest);
  for (std::size_t value = 0; value < counts.size(); ++value) report.counts[value] += counts[value];
  add_unreadable(report);
  return report;
}

/// What the blocks of the earlier run are without.
void SceneJournal::add_unreadable(SegmentReport& report) const {
  if (!m_earlier) return;
  const std::vector<Window>& earlier = m_earlier->unreadable();
  report.unreadable.insert(report.unreadable.begin(), earlier.begin(), earlier.end());
}

std::string SceneJournal::with_way_to_go_on(const std::string& message) {
  if (m_wanted_blocks == 0 || !m_writer.is_worth_keeping()) return message;
  try {
    if (!m_failed) m_writer.secure();
  } catch (const Error&) {
    m_failed = true;  // the disk is full
  }
  const std::uint64_t blocks = m_writer.secured_blocks();
  if (blocks == 0) return message;
  const double share = 100.0 * static_cast<double>(blocks) / static_cast<double>(m_wanted_blocks);
  return fmt::format("{}; the same command with --resume goes on from {:.0f} %", message, share);
}

void SceneJournal::finish() {
  m_writer.remove();
  m_closed = true;
}

void SceneJournal::complete(const fs::path& target) {
  m_writer.complete_as(target);
  m_closed = true;
}

}  // namespace orthocover::operations
