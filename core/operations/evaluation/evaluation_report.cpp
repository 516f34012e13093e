#include "core/operations/evaluation/evaluation_report.h"

#include <algorithm>

#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/report/html_page.h"
#include "core/report/text_table.h"

namespace orthocover::operations {
namespace {

using Json = nlohmann::ordered_json;
using Score = std::optional<double>;

constexpr int kBootstrapRounds = 1000;

/// A column of the table of classes.
struct Column {
  const char* key;
  const char* title;
  Score (*score)(const MapEvaluation& evaluation, int index);
};

constexpr std::array<Column, 5> kColumns = {
    {{"iou", "IoU", [](const MapEvaluation& e, int c) { return e.matrix.iou(c); }},
     {"f1", "F1", [](const MapEvaluation& e, int c) { return e.matrix.f1(c); }},
     {"precision", "precision", [](const MapEvaluation& e, int c) { return e.matrix.precision(c); }},
     {"recall", "recall", [](const MapEvaluation& e, int c) { return e.matrix.recall(c); }},
     {"boundary_f1", "boundary F1", [](const MapEvaluation& e, int c) { return e.boundary.f_score(c); }}}};

/// A score over all classes.
struct Total {
  const char* key;
  const char* title;
  Score value;
};

std::vector<Total> totals_of(const MapEvaluation& evaluation) {
  const ConfusionMatrix& matrix = evaluation.matrix;
  return {{"overall_accuracy", "overall accuracy", matrix.accuracy()},
          {"kappa", "kappa", matrix.kappa()},
          {"mean_iou", "mean IoU", matrix.mean_iou()},
          {"frequency_weighted_iou", "IoU weighted by frequency", matrix.frequency_weighted_iou()},
          {"mean_f1", "mean F1", matrix.mean_f1()},
          {"mean_boundary_f1", "mean boundary F1", evaluation.boundary.mean_f_score()},
          {"expected_calibration_error", "expected calibration error",
           evaluation.has_confidence ? evaluation.calibration.expected_error() : std::nullopt},
          {"confidence_coverage", "share with a confidence",
           evaluation.has_confidence ? evaluation.calibration.coverage() : std::nullopt}};
}

std::string short_number(Score score) {
  return score ? fmt::format("{:.3f}", *score) : "-";
}

Json estimate_json(const std::optional<Estimate>& estimate) {
  if (!estimate) return {};
  return {{"value", estimate->value},
          {"half_width_95", estimate->half_width()},
          {"interval_95", {estimate->low, estimate->high}}};
}

std::string with_limits(const std::optional<Estimate>& estimate, int digits) {
  if (!estimate) return "-";
  return fmt::format("{0:.{3}f} ({1:.{3}f} to {2:.{3}f})", estimate->value, estimate->low, estimate->high,
                     digits);
}

std::string estimate_cells(const std::optional<Estimate>& estimate) {
  if (!estimate) return ",,,,";
  return fmt::format(",{},{},{},{}", estimate->value, estimate->half_width(), estimate->low, estimate->high);
}

Json confusion_json(const ConfusionMatrix& matrix) {
  Json rows = Json::array();
  for (int truth = 0; truth < matrix.classes(); ++truth) {
    Json row = Json::array();
    for (int called = 0; called < matrix.classes(); ++called) row.push_back(matrix.count(truth, called));
    rows.push_back(std::move(row));
  }
  return rows;
}

Json points_json(const PointEvaluation& points, const Legend& legend) {
  Json json = {{"points", points.matrix.total()}, {"unanswered", points.unanswered},
               {"unmapped", points.unmapped},     {"off_map", points.off_map},
               {"left_out", points.left_out},     {"confusion", confusion_json(points.matrix)}};
  if (!points.areas) return json;
  json["overall_accuracy"] = estimate_json(points.areas->overall_accuracy);
  json["classes"] = Json::array();
  for (std::size_t c = 0; c < legend.classes().size(); ++c) {
    const ClassEstimates known(*points.areas, c);
    json["classes"].push_back({{"name", legend.classes()[c].name},
                               {"points", points.areas->sampled[c]},
                               {fmt::format("mapped_area_{}", points.unit()), points.mapped[c]},
                               {fmt::format("area_{}", points.unit()), estimate_json(known.area)},
                               {"users_accuracy", estimate_json(known.users_accuracy)},
                               {"producers_accuracy", estimate_json(known.producers_accuracy)}});
  }
  return json;
}

std::vector<std::vector<std::string>> class_rows(const MapEvaluation& evaluation, const Legend& legend) {
  std::vector<std::vector<std::string>> rows;
  for (int c = 0; c < legend.size(); ++c) {
    std::vector<std::string> row{legend.classes()[static_cast<std::size_t>(c)].name};
    for (const Column& column : kColumns) row.push_back(short_number(column.score(evaluation, c)));
    row.push_back(fmt::format("{}", evaluation.matrix.truth_total(c)));
    row.push_back(fmt::format("{}", evaluation.matrix.predicted_total(c)));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::vector<std::string>> total_rows(const MapEvaluation& evaluation) {
  std::vector<std::vector<std::string>> rows;
  for (const Total& total : totals_of(evaluation))
    if (total.value) rows.push_back({total.title, short_number(total.value)});
  return rows;
}

std::vector<std::string> class_header() {
  std::vector<std::string> header{"class"};
  for (const Column& column : kColumns) header.emplace_back(column.title);
  header.insert(header.end(), {"reference px", "mapped px"});
  return header;
}

std::vector<std::vector<std::string>> point_rows(const PointEvaluation& points, const Legend& legend) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t c = 0; c < legend.classes().size(); ++c) {
    const ClassEstimates known(*points.areas, c);
    rows.push_back({legend.classes()[c].name, fmt::format("{}", points.areas->sampled[c]),
                    fmt::format("{:.0f}", points.mapped[c]), with_limits(known.area, 0),
                    with_limits(known.users_accuracy, 3), with_limits(known.producers_accuracy, 3)});
  }
  return rows;
}

std::vector<std::string> point_header(const PointEvaluation& points) {
  return {"class",
          "points",
          fmt::format("mapped {}", points.unit()),
          fmt::format("area {}", points.unit()),
          "user's accuracy",
          "producer's accuracy"};
}

std::string off_map_text(const PointEvaluation& points) {
  return points.off_map == 0 ? "" : fmt::format(", {} not on the map", points.off_map);
}

/// What to know of the scores by labels, in words.
std::vector<std::string> remarks_on(const EvaluationReport& report) {
  std::vector<std::string> remarks;
  if (report.held_out_only) remarks.emplace_back("only ground that the model held out in training is judged");
  if (report.maps.size() > 1)
    remarks.emplace_back("pixels are counted by their ground, in those of the finest map");
  if (report.labels->unmapped > 0)
    remarks.push_back(
        fmt::format("{} more pixels have a label, but no class in the map", report.labels->unmapped));
  std::vector<std::string> missing;
  for (int c = 0; c < report.legend.size(); ++c)
    if (report.labels->matrix.truth_total(c) == 0)
      missing.push_back(report.legend.classes()[static_cast<std::size_t>(c)].name);
  if (!missing.empty())
    remarks.push_back("the references have none of " + join(missing) + ", so means are without");
  const auto& interval = report.mean_iou_interval;
  const std::string& note = report.interval_note;
  if (interval)
    remarks.push_back(fmt::format(
        "mean IoU {:.3f}, 95 % between {:.3f} and {:.3f} over {} regions drawn again and again{}{}",
        interval->value, interval->low, interval->high, report.labels->regions.size(),
        note.empty() ? "" : "; too narrow: ", note));
  else if (!note.empty())
    remarks.push_back("no interval of the mean IoU: " + note);
  return remarks;
}

HtmlMatrix html_matrix(const ConfusionMatrix& matrix, const Legend& legend) {
  HtmlMatrix html{"reference", "map", {}, {}};
  for (int truth = 0; truth < legend.size(); ++truth) {
    html.names.push_back(legend.classes()[static_cast<std::size_t>(truth)].name);
    std::vector<double> row;
    for (int called = 0; called < legend.size(); ++called)
      row.push_back(static_cast<double>(matrix.count(truth, called)));
    html.values.push_back(std::move(row));
  }
  return html;
}

/// References in rows, the map's classes in columns, these by their values to stay narrow.
std::string matrix_text(const ConfusionMatrix& matrix, const Legend& legend, const char* what) {
  std::vector<std::vector<std::string>> rows{{fmt::format("{}: reference, map as", what)}};
  for (int truth = 0; truth < legend.size(); ++truth) {
    const LegendClass& entry = legend.classes()[static_cast<std::size_t>(truth)];
    rows.front().push_back(std::to_string(entry.value));
    rows.push_back({fmt::format("{} {}", entry.value, entry.name)});
    for (int called = 0; called < legend.size(); ++called)
      rows.back().push_back(std::to_string(matrix.count(truth, called)));
  }
  return '\n' + aligned(rows);
}

std::vector<std::string> swatches_of(const Legend& legend) {
  std::vector<std::string> colors;
  for (const LegendClass& entry : legend.classes()) colors.push_back(to_hex(entry.color));
  return colors;
}

void add_labels(HtmlPage& page, const EvaluationReport& report) {
  const MapEvaluation& evaluation = *report.labels;
  page.heading("Scores");
  page.paragraph(fmt::format("{} labelled pixels.", evaluation.matrix.total()));
  page.table({{"score", "value"}, total_rows(evaluation), {}, false});
  for (const std::string& remark : remarks_on(report)) page.paragraph(remark + ".");
  page.heading("Classes");
  page.table({class_header(), class_rows(evaluation, report.legend), swatches_of(report.legend), false});
  page.paragraph(fmt::format("Boundary F1: borders within {:g} m count as right.", report.tolerance_m));
  page.heading("Confusion matrix, pixels");
  page.matrix(html_matrix(evaluation.matrix, report.legend));
  if (evaluation.has_confidence) {
    HtmlChart chart{"confidence", "share that is right", {{"pixels", {}}}, std::pair(0.0, 1.0), true, true};
    for (const Calibration::Bin& bin : evaluation.calibration.bins()) {
      if (bin.pixels > 0) chart.series[0].points.emplace_back(bin.mean_confidence, bin.accuracy);
    }
    page.heading("Reliability of the confidence");
    page.chart(chart);
  }
}

void add_points(HtmlPage& page, const EvaluationReport& report) {
  const PointEvaluation& points = *report.points;
  page.heading("Areas and accuracies estimated from points");
  page.paragraph(
      fmt::format("{} points with a reference class, {} without, {} where the map has no class{}. Estimates "
                  "for stratified random points (Olofsson et al. 2014) with 95 % score intervals.",
                  points.matrix.total(), points.unanswered, points.unmapped, off_map_text(points)));
  if (points.areas) {
    page.paragraph("Overall accuracy " + with_limits(points.areas->overall_accuracy, 3) + ".");
    for (const std::string& left_out : points.left_out) page.paragraph("Not in it: " + left_out + ".");
    page.table({point_header(points), point_rows(points, report.legend), swatches_of(report.legend), false});
  }
  page.heading("Confusion matrix, points");
  page.matrix(html_matrix(points.matrix, report.legend));
}

}  // namespace

void add_mean_iou_interval(EvaluationReport& report) {
  const MapEvaluation& evaluation = *report.labels;
  if (evaluation.regions.empty()) return;
  std::vector<ConfusionMatrix> units;
  for (const auto& [name, matrix] : evaluation.regions) units.push_back(matrix);
  if (units.size() < kLeastUnits)
    report.interval_note = fmt::format("it takes {} labelled regions, there {} {}", kLeastUnits,
                                       units.size() == 1 ? "is" : "are", units.size());
  else if (!evaluation.regions_hold_all)
    report.interval_note = "labels lie outside of the regions, or in several";
  else
    report.mean_iou_interval = bootstrap_mean_iou(units, kBootstrapRounds, 1);
  if (!report.mean_iou_interval) return;
  if (const auto rare = class_of_one_unit(units))
    report.interval_note = fmt::format("'{}' is in one region only",
                                       report.legend.classes()[static_cast<std::size_t>(*rare)].name);
}

Json evaluation_json(const EvaluationReport& report) {
  Json json = {{"orthocover", {{"version", version()}}},
               {"maps", report.maps},
               {"references", report.references},
               {"legend", Json(report.legend.to_json())}};
  if (report.labels) {
    const MapEvaluation& evaluation = *report.labels;
    Json scores = Json::object();
    for (const Total& total : totals_of(evaluation)) scores[total.key] = or_null(total.value);
    if (report.mean_iou_interval)
      scores["mean_iou_95"] = {report.mean_iou_interval->low, report.mean_iou_interval->high};
    Json classes = Json::array();
    for (int c = 0; c < report.legend.size(); ++c) {
      const LegendClass& entry = report.legend.classes()[static_cast<std::size_t>(c)];
      Json row = {{"value", entry.value}, {"name", entry.name}};
      for (const Column& column : kColumns) row[column.key] = or_null(column.score(evaluation, c));
      row["reference_pixels"] = evaluation.matrix.truth_total(c);
      row["mapped_pixels"] = evaluation.matrix.predicted_total(c);
      classes.push_back(std::move(row));
    }
    Json regions = Json::array();
    for (const auto& [name, matrix] : evaluation.regions)
      regions.push_back(
          {{"name", name}, {"pixels", matrix.total()}, {"mean_iou", or_null(matrix.mean_iou())}});
    json["tolerance_m"] = report.tolerance_m;
    json["held_out"] = report.held_out_only;
    json["pixels"] = evaluation.matrix.total();
    json["unmapped_pixels"] = evaluation.unmapped;
    json["scores"] = std::move(scores);
    json["classes"] = std::move(classes);
    json["confusion"] = confusion_json(evaluation.matrix);
    json["regions"] = std::move(regions);
    if (evaluation.has_confidence) {
      Json bins = Json::array();
      for (const Calibration::Bin& bin : evaluation.calibration.bins())
        bins.push_back(
            {{"pixels", bin.pixels}, {"confidence", bin.mean_confidence}, {"accuracy", bin.accuracy}});
      json["reliability"] = std::move(bins);
    }
  }
  if (report.points) json["points"] = points_json(*report.points, report.legend);
  return json;
}

std::string evaluation_csv(const EvaluationReport& report) {
  std::string text = "value,name";
  if (report.labels) {
    for (const Column& column : kColumns) text += fmt::format(",{}", column.key);
    text += ",reference_pixels,mapped_pixels";
  }
  const bool areas = report.points && report.points->areas;
  if (areas) {
    const char* const unit = report.points->unit();
    text += fmt::format(",points,mapped_area_{}", unit);
    for (const std::string& key :
         {fmt::format("area_{}", unit), std::string("users_accuracy"), std::string("producers_accuracy")})
      text += fmt::format(",{0},{0}_half_width_95,{0}_low_95,{0}_high_95", key);
  }
  text += '\n';
  for (int c = 0; c < report.legend.size(); ++c) {
    const LegendClass& entry = report.legend.classes()[static_cast<std::size_t>(c)];
    text += fmt::format("{},{}", entry.value, csv_cell(entry.name));
    if (report.labels) {
      for (const Column& column : kColumns) {
        const Score score = column.score(*report.labels, c);
        text += score ? fmt::format(",{}", *score) : ",";
      }
      text += fmt::format(",{},{}", report.labels->matrix.truth_total(c),
                          report.labels->matrix.predicted_total(c));
    }
    if (areas) {
      const auto index = static_cast<std::size_t>(c);
      const ClassEstimates known(*report.points->areas, index);
      text += fmt::format(",{},{}", report.points->areas->sampled[index], report.points->mapped[index]) +
              estimate_cells(known.area) + estimate_cells(known.users_accuracy) +
              estimate_cells(known.producers_accuracy);
    }
    text += '\n';
  }
  return text;
}

std::string evaluation_html(const EvaluationReport& report) {
  HtmlPage page("Evaluation of " + join(report.maps));
  page.paragraph("Against " + join(report.references) + ". orthocover " + std::string(version()) + ".");
  if (report.labels) add_labels(page, report);
  if (report.points) add_points(page, report);
  if (!report.pictures.empty()) page.heading("Maps");
  for (const ReportPicture& picture : report.pictures) page.picture(picture.png, picture.caption);
  return page.text();
}

std::string evaluation_text(const EvaluationReport& report) {
  std::string text;
  if (report.labels) {
    std::vector<std::vector<std::string>> rows = class_rows(*report.labels, report.legend);
    rows.insert(rows.begin(), class_header());
    text += aligned(rows) + '\n';
    text += aligned(total_rows(*report.labels));
    for (const std::string& remark : remarks_on(report)) text += remark + '\n';
    text += matrix_text(report.labels->matrix, report.legend, "pixels");
  }
  if (report.points) {
    if (report.labels) text += '\n';
    const PointEvaluation& points = *report.points;
    text += fmt::format("{} points, {} of them without a reference class, {} where the map has none{}\n",
                        points.matrix.total() + points.unanswered + points.unmapped, points.unanswered,
                        points.unmapped, off_map_text(points));
    if (report.points->areas) {
      std::vector<std::vector<std::string>> rows = point_rows(*report.points, report.legend);
      rows.insert(rows.begin(), point_header(points));
      text += aligned(rows);
      text += "overall accuracy " + with_limits(report.points->areas->overall_accuracy, 3) + "\n";
      for (const std::string& left_out : points.left_out) text += "not in it: " + left_out + "\n";
    }
    text += matrix_text(points.matrix, report.legend, "points");
  }
  return text;
}

}  // namespace orthocover::operations
