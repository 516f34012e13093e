#include "core/inference/scores/score_ring.h"

#include <algorithm>

#include "core/base/error.h"

namespace orthocover {
namespace {

constexpr double kLeastWeight = 1e-12;

std::int64_t columns(const LevelPlan& plan, int score_stride) {
  return plan.x.extent / score_stride;
}

/// Takes a read back from each row, and gives the first row that is still to be read.
std::int64_t take_reads(RingRows& rows, const ScoreCells& cells, std::int64_t first_alive) {
  for (std::int64_t row = cells.row; row < cells.row + cells.rows; ++row)
    --rows.reads[static_cast<std::size_t>(row - rows.begin)];
  while (first_alive < rows.end && rows.reads[static_cast<std::size_t>(first_alive - rows.begin)] == 0)
    ++first_alive;
  return first_alive;
}

/// Cells that each block of a schedule reads.
std::vector<ScoreCells> cells_of_blocks(const std::vector<LevelPlan>& levels, std::size_t level,
                                        int score_stride, const Window& region, const Schedule& schedule) {
  std::vector<ScoreCells> cells;
  for (const ScheduleBlock& block : schedule.blocks)
    cells.push_back(score_cells(levels, level, score_stride, in_scene(region, block.window)));
  return cells;
}

RingRows count_reads(const std::vector<ScoreCells>& blocks) {
  RingRows rows;
  for (const ScoreCells& cells : blocks) {
    rows.begin = rows.end == 0 ? cells.row : std::min(rows.begin, cells.row);
    rows.end = std::max(rows.end, cells.row + cells.rows);
    // A block's cells are read at once, whether or not patches lie on all of them.
    rows.most_alive = std::max(rows.most_alive, cells.rows);
  }
  rows.reads.assign(static_cast<std::size_t>(rows.end - rows.begin), 0);
  for (const ScoreCells& cells : blocks) {
    for (std::int64_t row = cells.row; row < cells.row + cells.rows; ++row)
      ++rows.reads[static_cast<std::size_t>(row - rows.begin)];
  }
  return rows;
}

}  // namespace

RingRows ring_rows(const std::vector<LevelPlan>& levels, std::size_t level, int score_stride,
                   const Window& region, const Schedule& schedule) {
  const std::vector<ScoreCells> blocks = cells_of_blocks(levels, level, score_stride, region, schedule);
  RingRows rows = count_reads(blocks);
  RingRows left = rows;
  std::int64_t first_alive = rows.begin;
  std::size_t next_block = 0;
  for (std::size_t step = 0; step < schedule.steps.size(); ++step) {
    if (schedule.steps[step].level == static_cast<int>(level)) {
      const Window patch = levels[level].patch(schedule.steps[step].patch);
      const std::int64_t end = std::min(rows.end, (patch.row + patch.rows) / score_stride);
      rows.most_alive = std::max(rows.most_alive, end - first_alive);
    }
    while (next_block < schedule.blocks.size() &&
           schedule.blocks[next_block].ready_after <= static_cast<std::int64_t>(step))
      first_alive = take_reads(left, blocks[next_block++], first_alive);
  }
  return rows;
}

std::uint64_t ScoreRing::bytes(const LevelPlan& plan, int score_stride, int classes, const RingRows& rows) {
  return static_cast<std::uint64_t>((classes + 1) * rows.most_alive * columns(plan, score_stride)) *
         sizeof(float);
}

ScoreRing::ScoreRing(const LevelPlan& plan, int score_stride, int classes, RingRows rows,
                     const torch::Device& device)
    : m_rows(std::move(rows)),
      m_first_col(plan.x.origin / score_stride),
      m_first_alive(m_rows.begin),
      m_sums(torch::zeros({classes + 1, m_rows.most_alive, columns(plan, score_stride)},
                          torch::TensorOptions(device).dtype(torch::kFloat))) {}

template <class Visit>
void ScoreRing::for_each_part(std::int64_t row, std::int64_t rows, Visit visit) const {
  for (std::int64_t done = 0; done < rows;) {
    const std::int64_t in_ring = (row + done) % m_rows.most_alive;
    const std::int64_t part = std::min(rows - done, m_rows.most_alive - in_ring);
    visit(in_ring, done, part);
    done += part;
  }
}

void ScoreRing::add(const ScoreCells& cells, const torch::Tensor& weighted) {
  const std::int64_t begin = std::max(cells.row, m_first_alive);
  const std::int64_t end = std::min(cells.row + cells.rows, m_rows.end);
  if (end - m_first_alive > m_rows.most_alive)
    throw internal_error("row {} of scores came before row {} was read", end - 1, m_first_alive);
  for_each_part(begin, end - begin, [&](std::int64_t in_ring, std::int64_t done, std::int64_t rows) {
    m_sums.narrow(1, in_ring, rows)
        .narrow(2, cells.col - m_first_col, cells.cols)
        .add_(weighted.narrow(1, begin - cells.row + done, rows));
  });
}

torch::Tensor ScoreRing::mean(const ScoreCells& cells) const {
  std::vector<torch::Tensor> parts;
  for_each_part(cells.row, cells.rows, [&](std::int64_t in_ring, std::int64_t, std::int64_t rows) {
    parts.push_back(m_sums.narrow(1, in_ring, rows).narrow(2, cells.col - m_first_col, cells.cols));
  });
  const torch::Tensor sums = parts.size() == 1 ? parts.front() : torch::cat(parts, 1);
  const std::int64_t classes = sums.size(0) - 1;
  return sums.narrow(0, 0, classes) / sums.narrow(0, classes, 1).clamp_min(kLeastWeight);
}

void ScoreRing::release(const ScoreCells& cells) {
  const std::int64_t freed = m_first_alive;
  m_first_alive = take_reads(m_rows, cells, m_first_alive);
  // Rows that no patch has met yet are empty anyhow; more than the whole ring need not be emptied.
  const std::int64_t rows = std::min(m_first_alive - freed, m_rows.most_alive);
  for_each_part(freed, rows, [&](std::int64_t in_ring, std::int64_t, std::int64_t part) {
    m_sums.narrow(1, in_ring, part).zero_();
  });
}

}  // namespace orthocover
