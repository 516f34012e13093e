#include "core/operations/training/training_log.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/report/html_page.h"

namespace orthocover::operations {
namespace {

constexpr const char* kMetrics = "metrics.jsonl";

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string level_name(int level) {
  return fmt::format("{}x", level);
}

/// A curve of each level.
std::vector<HtmlSeries> level_series(const std::vector<nlohmann::json>& records) {
  std::map<std::string, HtmlSeries> series;
  for (const nlohmann::json& record : records) {
    if (!record.contains("mean_iou") || !record.at("mean_iou").is_object()) continue;
    for (const auto& [level, score] : record.at("mean_iou").items()) {
      if (score.is_number())
        series[level].points.emplace_back(record.at("step").get<double>(), score.get<double>());
    }
  }
  std::vector<HtmlSeries> out;
  for (auto& [level, line] : series) {
    line.name = "level " + level;
    out.push_back(std::move(line));
  }
  return out;
}

/// Of each class on the finest level.
std::vector<HtmlSeries> class_series(const std::vector<nlohmann::json>& records, const Legend& legend) {
  std::vector<HtmlSeries> out;
  for (const LegendClass& entry : legend.classes()) {
    HtmlSeries line{entry.name, {}};
    for (const nlohmann::json& record : records) {
      if (!record.contains("iou") || !record.at("iou").is_object()) continue;
      const nlohmann::json& scores = record.at("iou");
      if (scores.contains(entry.name) && scores.at(entry.name).is_number())
        line.points.emplace_back(record.at("step").get<double>(), scores.at(entry.name).get<double>());
    }
    if (!line.points.empty()) out.push_back(std::move(line));
  }
  return out;
}

HtmlSeries series_of(const std::vector<nlohmann::json>& records, const char* key, const char* name) {
  HtmlSeries line{name, {}};
  for (const nlohmann::json& record : records) {
    if (record.contains(key) && record.at(key).is_number())
      line.points.emplace_back(record.at("step").get<double>(), record.at(key).get<double>());
  }
  return line;
}

void add_curves(HtmlPage& page, const std::vector<nlohmann::json>& records, const Legend& legend) {
  page.heading("Loss");
  page.chart({"step", "loss", {series_of(records, "loss", "training")}, std::nullopt, false, false});
  const std::vector<HtmlSeries> levels = level_series(records);
  if (!levels.empty()) {
    page.heading("Mean IoU on what is held out");
    page.chart({"step", "mean IoU", levels, std::pair(0.0, 1.0), false, true});
    page.heading("IoU of the classes, finest level");
    page.chart({"step", "IoU", class_series(records, legend), std::pair(0.0, 1.0), false, true});
  }
  page.heading("Learning rate");
  page.chart(
      {"step", "rate", {series_of(records, "learning_rate", "learning rate")}, std::nullopt, false, false});
}

void add_scores(HtmlPage& page, const TrainingSummary& summary) {
  HtmlTable table{{"class", "labelled ground to train on, m2"}, {}, {}, false};
  for (const LevelScore& score : summary.scores) table.header.push_back("IoU " + level_name(score.level));
  for (int c = 0; c < summary.legend.size(); ++c) {
    const LegendClass& entry = summary.legend.classes()[static_cast<std::size_t>(c)];
    std::vector<std::string> row{entry.name,
                                 fmt::format("{:.0f}", summary.area_m2[static_cast<std::size_t>(c)])};
    for (const LevelScore& score : summary.scores) {
      const bool occurs = score.matrix.truth_total(c) > 0;
      row.push_back(occurs ? fmt::format("{:.3f}", *score.matrix.iou(c)) : "-");
    }
    table.rows.push_back(std::move(row));
    table.swatches.push_back(to_hex(entry.color));
  }
  page.heading("Classes");
  page.table(table);
}

void add_pairs(HtmlPage& page, const char* heading,
               const std::vector<std::pair<std::string, std::string>>& pairs) {
  HtmlTable table;
  table.is_text = true;
  for (const auto& [name, value] : pairs) table.rows.push_back({name, value});
  page.heading(heading);
  page.table(table);
}

}  // namespace

StepNotes::StepNotes(std::int64_t done, const TrainingOptions& options, RunContext& run)
    : m_done(done), m_steps(options.steps), m_time_limit_s(options.time_limit_s), m_run(run) {}

void StepNotes::add(const StepRecord& record) {
  const Clock::time_point now = Clock::now();
  if (now < m_next || record.step >= m_steps) return;
  m_next = now + std::chrono::minutes(5);
  const double step_s =
      std::chrono::duration<double>(now - m_start).count() / static_cast<double>(record.step - m_done);
  double left_s = step_s * static_cast<double>(m_steps - record.step);
  if (m_time_limit_s) left_s = std::min(left_s, std::max(0.0, *m_time_limit_s - record.seconds));
  const bool is_long = m_is_first && !m_time_limit_s && left_s > 3600;
  m_is_first = false;
  m_run.log(LogLevel::Info,
            fmt::format("step {} of {}: loss {:.3f}, about {} to go{}", record.step, m_steps, record.loss,
                        format_duration(left_s), is_long ? "; --steps or --time-limit ends it sooner" : ""));
}

TrainingLog::TrainingLog(std::filesystem::path folder, std::int64_t done, const Legend& legend,
                         RunContext& run)
    : m_folder(std::move(folder)),
      m_legend(legend),
      m_run(run),
      m_metrics(m_folder / kMetrics, done),
      m_events(m_folder, now_s()) {}

void TrainingLog::write(const nlohmann::ordered_json& record, const Curves& curves) try {
  m_metrics.write(record);
  for (const auto& [tag, value] : curves) m_events.scalar(tag, record.at("step"), value, now_s());
} catch (const Error& error) {
  if (error.kind() != ErrorKind::Resource) throw;
  if (!std::exchange(m_is_told, true))
    m_run.log(LogLevel::Warning, fmt::format("{}; the run goes on without", error.what()));
}

void TrainingLog::add(const StepRecord& record) {
  m_loss_sum += record.loss;
  ++m_losses;
  if (!is_recorded_step(record.step)) return;
  const double loss = m_loss_sum / m_losses;
  m_loss_sum = m_losses = 0;
  write({{"step", record.step},
         {"seconds", record.seconds},
         {"patches", record.patches},
         {"loss", loss},
         {"learning_rate", record.learning_rate},
         {"gradient_norm", record.gradient_norm}},
        {{"loss/train", loss},
         {"learning_rate", record.learning_rate},
         {"gradient_norm", record.gradient_norm}});
}

void TrainingLog::add(const std::vector<LevelScore>& scores, std::int64_t step) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::object();
  nlohmann::ordered_json classes = nlohmann::ordered_json::object();
  Curves curves;
  for (const LevelScore& score : scores) {
    const std::optional<double> mean = score.matrix.mean_iou();
    if (!mean) continue;
    levels[level_name(score.level)] = *mean;
    curves.emplace_back("mean_iou/" + level_name(score.level), *mean);
    if (&score != &scores.front()) continue;
    for (int c = 0; c < m_legend.size(); ++c) {
      if (score.matrix.truth_total(c) == 0) continue;
      const std::string& name = m_legend.classes()[static_cast<std::size_t>(c)].name;
      classes[name] = *score.matrix.iou(c);
      curves.emplace_back("iou/" + name, *score.matrix.iou(c));
    }
  }
  write({{"step", step}, {"mean_iou", std::move(levels)}, {"iou", std::move(classes)}}, curves);
}

void TrainingLog::write_report(const TrainingSummary& summary) const {
  HtmlPage page("Training of " + summary.model);
  page.paragraph(fmt::format("orthocover {}", version()));
  add_pairs(page, "Run", summary.facts);
  add_scores(page, summary);
  add_curves(page, read_metrics(m_folder / kMetrics), m_legend);
  if (!summary.pictures.empty()) {
    page.heading("What is held out: scene, labels, prediction");
    for (const SamplePicture& picture : summary.pictures) page.picture(picture.png, picture.name);
  }
  add_pairs(page, "Options", summary.settings);
  write_file_atomically(m_folder / "report.html", page.text());
}

}  // namespace orthocover::operations
