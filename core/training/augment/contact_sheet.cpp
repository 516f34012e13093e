#include "core/training/augment/contact_sheet.h"

#include <algorithm>
#include <array>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr int kMargin = 28;
constexpr int kGap = 10;
constexpr int kAfterOriginal = 34;  ///< between the originals and their copies
constexpr int kTitleHeight = 40;
constexpr int kLegendRow = 28;
constexpr int kSwatch = 18;
constexpr int kSmallestCell = 192;
constexpr double kCaptionSize = 0.42;
constexpr int kCaptionLine = 16;
constexpr double kTint = 0.14;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
const cv::Scalar kPaper(255, 255, 255);
const cv::Scalar kInk(40, 40, 40);
const cv::Scalar kSoftInk(95, 95, 95);

cv::Scalar paint(Color color) {
  return {double(color.blue), double(color.green), double(color.red)};
}

int text_width(const std::string& text, double size) {
  return cv::getTextSize(text, kFont, size, 1, nullptr).width;
}

void write(cv::Mat& page, const std::string& text, cv::Point at, double size, const cv::Scalar& ink) {
  cv::putText(page, text, at, kFont, size, ink, 1, cv::LINE_AA);
}

/// Words of a caption in lines that fit.
std::vector<std::string> wrapped(const std::string& caption, int width) {
  std::vector<std::string> lines;
  for (const std::string& word : split(caption, ' ')) {
    const std::string longer = lines.empty() ? word : lines.back() + " " + word;
    if (!lines.empty() && text_width(longer, kCaptionSize) <= width)
      lines.back() = longer;
    else
      lines.push_back(word);
  }
  return lines;
}

/// Grey levels that are shown as black and white.
struct Stretch {
  double low = 0;
  double high = 255;
};

/// Bands that are shown as blue, green and red.
std::array<int, 3> shown_bands(const AugmentSample& sample) {
  if (sample.rgb.size() == 3) return {sample.rgb[2], sample.rgb[1], sample.rgb[0]};
  return {0, 0, 0};
}

Stretch stretch_of(const ContactSheet& sheet) {
  std::vector<float> values;
  for (const auto& row : sheet.rows) {
    const AugmentSample& sample = row.front().sample;
    if (sample.image.depth() == CV_8U) return {};
    for (const int band : shown_bands(sample)) {
      cv::Mat plane;
      cv::extractChannel(sample.image, plane, band);
      values.insert(values.end(), plane.begin<float>(), plane.end<float>());
    }
  }
  std::ranges::sort(values);
  if (values.empty()) return {};
  const double low = values[values.size() / 50];
  const double high = values[values.size() - 1 - values.size() / 50];
  return {low, std::max(high, low + 1e-6)};
}

cv::Mat picture_of(const AugmentSample& sample, const Stretch& stretch) {
  const std::array<int, 3> bands = shown_bands(sample);
  cv::Mat shown(sample.image.size(), CV_MAKETYPE(sample.image.depth(), 3));
  const std::array<int, 6> pairs = {bands[0], 0, bands[1], 1, bands[2], 2};
  cv::mixChannels(&sample.image, 1, &shown, 1, pairs.data(), 3);
  if (shown.depth() == CV_8U) return shown;
  const double gain = 255 / (stretch.high - stretch.low);
  cv::Mat bytes;
  shown.convertTo(bytes, CV_8U, gain, -gain * stretch.low);
  return bytes;
}

/// Draws a class: a light tint and a clear outline.
void draw_class(cv::Mat& picture, const cv::Mat& mask, const cv::Scalar& color) {
  const cv::Mat flat(picture.size(), picture.type(), color);
  cv::Mat tinted;
  cv::addWeighted(picture, 1 - kTint, flat, kTint, 0, tinted);
  tinted.copyTo(picture, mask);
  cv::Mat inside;
  cv::erode(mask, inside, cv::Mat(), {-1, -1}, 2, cv::BORDER_CONSTANT, cv::Scalar::all(255));
  cv::Mat outline;
  cv::subtract(mask, inside, outline);
  flat.copyTo(picture, outline);
}

class Sheet {
 public:
  explicit Sheet(const ContactSheet& sheet) : m_sheet(sheet), m_stretch(stretch_of(sheet)) {
    const cv::Size patch = sheet.rows.front().front().sample.image.size();
    m_enlarge = std::max(1, (kSmallestCell + patch.width - 1) / patch.width);
    m_cell = {m_enlarge * patch.width, m_enlarge * patch.height};
    measure();
  }

  cv::Mat draw() {
    m_page = cv::Mat(m_height, m_width, CV_8UC3, kPaper);
    write(m_page, m_sheet.title, {kMargin, kMargin + 14}, 0.62, kInk);
    int top = kMargin + kTitleHeight;
    for (std::size_t row = 0; row < m_sheet.rows.size(); ++row) {
      draw_row(m_sheet.rows[row], top);
      top += m_cell.height + m_caption_lines[row] * kCaptionLine + 2 * kGap;
    }
    draw_legend(top + kGap);
    return m_page;
  }

 private:
  void measure() {
    std::size_t columns = 1;
    for (const auto& row : m_sheet.rows) {
      std::size_t lines = 1;
      for (const SheetCell& cell : row) lines = std::max(lines, wrapped(cell.caption, m_cell.width).size());
      m_caption_lines.push_back(static_cast<int>(lines));
      columns = std::max(columns, row.size());
      m_height += m_cell.height + static_cast<int>(lines) * kCaptionLine + 2 * kGap;
    }
    m_width = std::max(left_of(columns) - kGap, text_width(m_sheet.title, 0.62) + kMargin) + kMargin;
    m_height += 2 * kMargin + kTitleHeight;
    find_classes();
    if (!m_classes.empty()) m_height += kGap + legend_rows() * kLegendRow;
  }

  void find_classes() {
    std::array<bool, 256> seen{};
    for (const auto& row : m_sheet.rows) {
      for (const SheetCell& cell : row) {
        for (int y = 0; y < cell.sample.labels.rows; ++y) {
          const std::uint8_t* labels = cell.sample.labels.ptr(y);
          for (int x = 0; x < cell.sample.labels.cols; ++x) seen[labels[x]] = true;
        }
      }
    }
    for (int i = 0; i < m_sheet.legend.size(); ++i) {
      if (seen[static_cast<std::size_t>(i)]) m_classes.push_back(i);
    }
  }

  int left_of(std::size_t column) const {
    return kMargin + static_cast<int>(column) * (m_cell.width + kGap) +
           (column > 0 ? kAfterOriginal - kGap : 0);
  }

  void draw_row(const std::vector<SheetCell>& cells, int top) {
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const int left = left_of(column);
      picture(cells[column].sample).copyTo(m_page(cv::Rect({left, top}, m_cell)));
      int line = top + m_cell.height + kCaptionLine;
      for (const std::string& text : wrapped(cells[column].caption, m_cell.width)) {
        write(m_page, text, {left, line}, kCaptionSize, kSoftInk);
        line += kCaptionLine;
      }
    }
  }

  cv::Mat picture(const AugmentSample& sample) const {
    cv::Mat small = picture_of(sample, m_stretch);
    cv::Mat large;
    cv::resize(small, large, m_cell, 0, 0, cv::INTER_NEAREST);
    cv::Mat labels;
    cv::resize(sample.labels, labels, m_cell, 0, 0, cv::INTER_NEAREST);
    for (const int index : m_classes) {
      draw_class(large, labels == index,
                 paint(m_sheet.legend.classes()[static_cast<std::size_t>(index)].color));
    }
    return large;
  }

  /// Name of a class as the legend shows it.
  std::string name_of(int index) const {
    std::string name = m_sheet.legend.classes()[static_cast<std::size_t>(index)].name;
    std::ranges::replace(name, '_', ' ');
    return name;
  }

  int entry_width() const {
    int widest = 0;
    for (const int index : m_classes) widest = std::max(widest, text_width(name_of(index), 0.5));
    return widest + kSwatch + 36;
  }

  int per_row() const { return std::max(1, (m_width - 2 * kMargin) / entry_width()); }
  int legend_rows() const { return (static_cast<int>(m_classes.size()) + per_row() - 1) / per_row(); }

  void draw_legend(int top) {
    if (m_classes.empty()) return;
    for (std::size_t i = 0; i < m_classes.size(); ++i) {
      const int place = static_cast<int>(i);
      const cv::Point at(kMargin + place % per_row() * entry_width(), top + place / per_row() * kLegendRow);
      const auto& entry = m_sheet.legend.classes()[static_cast<std::size_t>(m_classes[i])];
      cv::rectangle(m_page, cv::Rect(at, cv::Size(kSwatch, kSwatch)), paint(entry.color), cv::FILLED);
      write(m_page, name_of(m_classes[i]), at + cv::Point(kSwatch + 8, kSwatch - 4), 0.5, kInk);
    }
  }

  const ContactSheet& m_sheet;
  Stretch m_stretch;
  cv::Mat m_page;
  cv::Size m_cell;
  int m_enlarge = 1;
  int m_width = 0;
  int m_height = 0;
  std::vector<int> m_caption_lines;  ///< of each row
  std::vector<int> m_classes;        ///< that occur
};

}  // namespace

std::vector<std::uint8_t> draw_contact_sheet(const ContactSheet& sheet) {
  if (sheet.rows.empty() || sheet.rows.front().empty())
    throw internal_error("a contact sheet without pictures");
  try {
    std::vector<std::uint8_t> png;
    if (!cv::imencode(".png", Sheet(sheet).draw(), png))
      throw internal_error("the sheet can't be encoded as PNG");
    return png;
  } catch (const cv::Exception& error) {
    throw internal_error("contact sheet: {}", error.what());
  }
}

}  // namespace orthocover
