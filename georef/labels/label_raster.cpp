#include "georef/labels/label_raster.h"

#include <cpl_string.h>
#include <gdalwarper.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <ranges>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/ground/map_box.h"
#include "georef/labels/class_field.h"
#include "georef/labels/class_names.h"
#include "georef/raster/pixel_reading.h"
#include "georef/raster/raster_info.h"

namespace orthocover {
namespace {

constexpr std::int64_t kPieceSide = 256;
/// Of cells of a block, which have pieces of their own.
constexpr std::int64_t kCellSide = 64;
constexpr std::size_t kMaxShown = 8;
constexpr std::size_t kMaxUnknown = 10000;

bool same_grid(GDALDataset& dataset, const RasterInfo& scene) {
  if (dataset.GetRasterXSize() != scene.cols || dataset.GetRasterYSize() != scene.rows) return false;
  if (!may_be_same(dataset.GetSpatialRef(), scene.georeference.crs_wkt)) return false;
  std::array<double, 6> transform{};
  if (dataset.GetGeoTransform(transform.data()) != CE_None || !scene.georeference.geotransform) return true;
  const std::array<double, 6>& other = *scene.georeference.geotransform;
  const double pixel = std::abs(other[1]) + std::abs(other[2]);
  const double of_step = 1e-2 * pixel / static_cast<double>(std::max(scene.cols, scene.rows));
  for (std::size_t i = 0; i < 6; ++i)
    if (std::abs(transform[i] - other[i]) > (i % 3 == 0 ? 1e-3 * pixel : of_step)) return false;
  return true;
}

std::uint32_t packed(Color color) {
  return static_cast<std::uint32_t>(color.red) << 16 | static_cast<std::uint32_t>(color.green) << 8 |
         color.blue;
}

Color unpacked(std::uint32_t key) {
  const auto byte = [key](int shift) { return static_cast<std::uint8_t>(key >> shift); };
  return {byte(16), byte(8), byte(0)};
}

std::optional<Color> color_at(const GDALColorTable* palette, int value) {
  const GDALColorEntry* entry = palette != nullptr ? palette->GetColorEntry(value) : nullptr;
  if (entry == nullptr) return std::nullopt;
  return Color{static_cast<std::uint8_t>(entry->c1), static_cast<std::uint8_t>(entry->c2),
               static_cast<std::uint8_t>(entry->c3)};
}

/// Entries of a palette that nobody gave a colour are transparent, too, and tell nothing: they are black.
bool is_transparent(const GDALColorTable* palette, int value) {
  return color_at(palette, value).value_or(Color{}) != Color{} && palette->GetColorEntry(value)->c4 == 0;
}

}  // namespace

/// Values or colours that the coding lacks, with their pixels.
struct LabelRaster::UnknownPixels {
  std::map<std::uint32_t, std::uint64_t> counts;
  std::uint64_t emptied = 0;  ///< pixels of classes that are nodata or transparent
  void add(std::uint32_t value) {
    if (counts.size() < kMaxUnknown || counts.contains(value)) ++counts[value];
  }

  /// `#9b9b9b (1200 px), ...`, most frequent first.
  std::string text(bool colors) const {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> sorted;
    for (const auto& [value, count] : counts) sorted.emplace_back(count, value);
    std::ranges::sort(sorted, std::greater());
    std::vector<std::string> shown;
    for (const auto& [count, value] : sorted | std::views::take(kMaxShown))
      shown.push_back(
          fmt::format("{} ({} px)", colors ? to_hex(unpacked(value)) : std::to_string(value), count));
    if (sorted.size() > kMaxShown) shown.push_back(fmt::format("{} more", sorted.size() - kMaxShown));
    return join(shown);
  }
};

LabelRaster::LabelRaster(const LabelRequest& request, const RasterInfo& scene,
                         std::shared_ptr<HandleCache> handles)
    : m_request(request), m_scene(scene), m_regions{{"", scene.window()}}, m_handles(std::move(handles)) {
  {
    DatasetHandle handle{open_raster_dataset(m_request.path), {}};
    if (!m_request.class_field.empty() || !m_request.where.empty())
      m_request.warn(m_request.path + ": label rasters have no fields for --class-field and --where");
    choose_bands(*handle.file);
    code_values(*handle.file);
    m_is_warped = !same_grid(*handle.file, scene);
    if (m_is_warped) {
      check_placed(*handle.file);
      handle.view = warped(*handle.file);
    }
    m_handles->give_back(this, std::move(handle));
  }
  try {
    find_pieces();
  } catch (...) {
    m_handles->drop(this);
    throw;
  }
}

void LabelRaster::choose_bands(GDALDataset& dataset) {
  const int bands = dataset.GetRasterCount();
  const auto type = bands > 0 ? dataset.GetRasterBand(1)->GetRasterDataType() : GDT_Unknown;
  if (bands < 1 || bands > 4 || type != GDT_Byte)
    throw data_error(
        "{}: labels must be one band of values or three of colours, of bytes; it has {} of type {} (bring "
        "values 1..254 to bytes with gdal_translate -ot Byte)",
        m_request.path, bands, GDALGetDataTypeName(type));
  if (bands % 2 == 0) m_alpha_band = bands;
  m_has_mask = m_alpha_band == 0 && has_mask(*dataset.GetRasterBand(1));
  m_nodata = describe_band(*dataset.GetRasterBand(1)).nodata;
  const bool palette = dataset.GetRasterBand(1)->GetColorTable() != nullptr;
  if (m_request.by_color.value_or(false) && bands < 3 && !palette)
    throw data_error("{}: is to be read by colour, but has no palette", m_request.path);
  m_colors = bands >= 3 && m_request.by_color.value_or(true);
}

std::optional<std::uint8_t> LabelRaster::label_of_entry(const GDALColorTable& palette, int value) const {
  const std::optional<Color> color = color_at(&palette, value);
  return color ? m_request.coding.of_color(*color, m_request.color_tolerance) : std::nullopt;
}

/// Whether a value is nodata or transparent in the palette, and not in the map.
bool LabelRaster::is_empty(int value, const GDALColorTable* palette) const {
  if (m_nodata != value && !is_transparent(palette, value)) return false;
  const std::optional<Color> color = color_at(palette, value);
  return !m_request.coding.maps(std::to_string(value)) && !(color && m_request.coding.maps(to_hex(*color)));
}

/// Programs that draw masks number palettes as they like, those that make label rasters give classes their
/// values: where both readings differ, the one of more pixels is meant, of equals that of colours, with a
/// warning.
bool LabelRaster::means_colors(GDALDataset& dataset, const GDALColorTable& palette) const {
  if (m_request.by_color) return *m_request.by_color;
  for (int value = 0; value < palette.GetColorEntryCount(); ++value)
    if (m_request.coding.maps(to_hex(*color_at(&palette, value)))) return true;
  bool agree = true;
  for (int value = 0; value < 256; ++value) {
    const std::optional<std::uint8_t> label = m_request.coding.of_value(value);
    if (label == kIgnoreLabel) continue;  // who leaves a value out does not say what others are
    if (m_request.coding.maps(std::to_string(value))) return false;
    agree = agree && (!label || label == label_of_entry(palette, value));
  }
  if (agree) return false;
  std::int64_t by_value = 0, by_color = 0, differing = 0;
  const Window extent{0, 0, dataset.GetRasterXSize(), dataset.GetRasterYSize()};
  for (std::int64_t row = 0; row < extent.rows; row += kPieceSide) {
    std::vector<std::uint8_t> values;
    m_request.check_cancelled();
    read_values(*dataset.GetRasterBand(1), intersect({0, row, extent.cols, kPieceSide}, extent), values);
    std::array<std::int64_t, 256> counts{};
    for (const std::uint8_t value : values) ++counts[value];
    for (int value = m_request.coding.of_value(0) ? 0 : 1; value < 256; ++value) {  // 0 is mostly no label
      const std::int64_t count = counts[static_cast<std::size_t>(value)];
      const std::optional<std::uint8_t> label = m_request.coding.of_value(value);
      if (label == kIgnoreLabel) continue;
      const std::optional<std::uint8_t> of_color = label_of_entry(palette, value);
      by_value += label ? count : 0;
      by_color += of_color ? count : 0;
      differing += label != of_color ? count : 0;
    }
  }
  if (by_color == by_value && differing > 0)
    m_request.warn(fmt::format(
        "{}: its values and the colours of its palette are classes of the legend, but not the same ones ({} "
        "px): the colours count; category names, or mask_values in a training config, tell what is meant",
        m_request.path, differing));
  return by_color > 0 && by_color >= by_value;
}

void LabelRaster::code_values(GDALDataset& dataset) {
  NumberNames names;
  if (dataset.GetRasterCount() == 1)
    for (const ClassEntry& entry : read_class_names(*dataset.GetRasterBand(1)))
      if (!entry.name.empty() && entry.value > 0) names.emplace(entry.value, entry.name);
  // Whoever names all values as the legend does means them, unless a map tells; some may match by chance.
  const bool is_named =
      m_request.coding.is_plain() && !names.empty() && std::ranges::all_of(names, [&](const auto& entry) {
        return !number_of(entry.second) && m_request.coding.of_name(entry.second);
      });
  const GDALColorTable* palette = dataset.GetRasterBand(1)->GetColorTable();
  const bool by_palette =
      palette != nullptr && (m_request.by_color || !is_named) && means_colors(dataset, *palette);
  const NumberCoding numbers(names, m_request.coding);
  if (!by_palette && !numbers.contradiction().empty())
    m_request.warn(fmt::format("{}: {}", m_request.path, numbers.contradiction()));
  m_label_of_value.fill(m_request.unknown.value_or(kIgnoreLabel));
  for (int value = 0; value < 256; ++value) {
    std::optional<std::uint8_t> label =
        by_palette ? label_of_entry(*palette, value) : numbers.label_of(value);
    const auto at = static_cast<std::size_t>(value);
    if (is_empty(value, palette)) {
      m_is_emptied[at] = label && label != kIgnoreLabel;
      label = kIgnoreLabel;
    }
    m_is_known[at] = label.has_value();
    if (label) m_label_of_value[at] = *label;
  }
  const auto settle = [&](std::uint8_t value, std::uint8_t label) {
    if (!m_is_known[value]) m_label_of_value[value] = label;
    m_is_known[value] = true;
  };
  // In a palette, 0 may be any colour.
  if (!by_palette || color_at(palette, kNoClass) == Color{})
    settle(kNoClass, m_request.background.value_or(kIgnoreLabel));
  settle(kIgnoreLabel, kIgnoreLabel);
}

DatasetHandle LabelRaster::open() const {
  DatasetHandle handle{open_raster_dataset(m_request.path), {}};
  if (m_is_warped) handle.view = warped(*handle.file);
  return handle;
}

void LabelRaster::check_placed(GDALDataset& file) const {
  std::array<double, 6> own{};
  if (m_scene.georeference.geotransform && file.GetGeoTransform(own.data()) == CE_None) return;
  throw data_error("{}: has {} x {} px and {} has {} x {} px; without georeference they must agree",
                   m_request.path, file.GetRasterXSize(), file.GetRasterYSize(), m_scene.path, m_scene.cols,
                   m_scene.rows);
}

DatasetPtr LabelRaster::warped(GDALDataset& file) const {
  const GdalErrors errors;
  const std::unique_ptr<GDALWarpOptions, void (*)(GDALWarpOptions*)> options(GDALCreateWarpOptions(),
                                                                             GDALDestroyWarpOptions);
  const int bands = m_colors ? 3 : 1;
  options->hSrcDS = GDALDataset::ToHandle(&file);
  options->eResampleAlg = GRA_NearestNeighbour;
  GDALWarpInitDefaultBandMapping(options.get(), bands);
  options->nSrcAlphaBand = m_alpha_band;
  options->nDstAlphaBand = bands + 1;  // tells the ground that the labels do not reach
  options->papszWarpOptions = CSLSetNameValue(options->papszWarpOptions, "INIT_DEST", "0");
  options->pfnTransformer = GDALGenImgProjTransform;
  options->pTransformerArg = GDALCreateGenImgProjTransformer(
      options->hSrcDS, nullptr, nullptr,
      m_scene.georeference.crs_wkt.empty() ? nullptr : m_scene.georeference.crs_wkt.c_str(), FALSE, 0, 1);
  DatasetPtr view;
  if (options->pTransformerArg != nullptr) {
    std::array<double, 6> transform = *m_scene.georeference.geotransform;
    GDALSetGenImgProjTransformerDstGeoTransform(options->pTransformerArg, transform.data());
    view.reset(GDALDataset::FromHandle(GDALCreateWarpedVRT(options->hSrcDS, static_cast<int>(m_scene.cols),
                                                           static_cast<int>(m_scene.rows), transform.data(),
                                                           options.get())));
  }
  if (!view)
    throw data_error("{}: can't be brought to the grid of {}: {}", m_request.path, m_scene.path,
                     errors.message());
  return view;
}

void LabelRaster::read_values(GDALRasterBand& band, const Window& window,
                              std::vector<std::uint8_t>& values) const {
  values.resize(static_cast<std::size_t>(window.pixels()));
  read_pixels(band, window, GDT_Byte, values.data(), m_request.path);
}

void LabelRaster::label_colors(GDALDataset& dataset, const Window& window, std::vector<std::uint8_t>& labels,
                               UnknownPixels* unknown) const {
  std::array<std::vector<std::uint8_t>, 3> channels;
  for (int band = 0; band < 3; ++band)
    read_values(*dataset.GetRasterBand(band + 1), window, channels[static_cast<std::size_t>(band)]);
  std::unordered_map<std::uint32_t, std::optional<std::uint8_t>> seen;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == 0) {  // transparent
      labels[i] = kIgnoreLabel;
      continue;
    }
    const Color color{channels[0][i], channels[1][i], channels[2][i]};
    const auto [entry, is_new] = seen.try_emplace(packed(color));
    if (is_new) entry->second = m_request.coding.of_color(color, m_request.color_tolerance);
    const bool is_nodata = m_nodata == color.red && color == Color{color.red, color.red, color.red};
    if (is_new && is_nodata && !m_request.coding.maps(to_hex(color))) entry->second = kIgnoreLabel;
    if (!entry->second && unknown != nullptr) unknown->add(entry->first);
    labels[i] = entry->second ? *entry->second : m_request.unknown.value_or(kIgnoreLabel);
  }
}

void LabelRaster::read_labels(const Window& window, std::vector<std::uint8_t>& labels,
                              UnknownPixels* unknown) const {
  const HandleCache::Lease lease(*m_handles, this, [this] { return open(); });
  const int alpha = m_is_warped ? (m_colors ? 4 : 2) : m_alpha_band;
  GDALDataset& dataset = lease.dataset();
  if (alpha > 0)
    read_values(*dataset.GetRasterBand(alpha), window, labels);
  else if (m_has_mask)
    read_values(*dataset.GetRasterBand(1)->GetMaskBand(), window, labels);
  else
    labels.assign(static_cast<std::size_t>(window.pixels()), 255);
  if (m_colors) return label_colors(dataset, window, labels, unknown);
  std::vector<std::uint8_t> values;
  read_values(*dataset.GetRasterBand(1), window, values);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const bool opaque = labels[i] != 0;
    if (opaque && unknown != nullptr && !m_is_known[values[i]]) unknown->add(values[i]);
    if (opaque && unknown != nullptr) unknown->emptied += m_is_emptied[values[i]];
    labels[i] = opaque ? m_label_of_value[values[i]] : kIgnoreLabel;
  }
}

/// What each class has of a cell: in the box around it, places that are drawn show the class.
void LabelRaster::add_pieces(const std::vector<std::uint8_t>& labels, const Window& block,
                             const Window& cell) {
  std::map<int, LabelledPiece> found;
  for (std::int64_t row = cell.row; row < cell.bottom(); ++row) {
    const auto line = labels.begin() + (row - block.row) * block.cols + cell.col - block.col;
    for (std::int64_t from = 0, to = 0; from < cell.cols; from = to) {
      const std::uint8_t label = line[from];
      while (to < cell.cols && line[to] == label) ++to;
      if (label == kIgnoreLabel) continue;
      const Window run{cell.col + from, row, to - from, 1};
      LabelledPiece& piece = found.try_emplace(label, LabelledPiece{label, run, 0, ""}).first->second;
      piece.bounds = unite(piece.bounds, run);
      piece.area_px += static_cast<double>(run.cols);
    }
  }
  for (auto& [label, piece] : found) m_pieces.push_back(std::move(piece));
}

void LabelRaster::find_pieces() {
  UnknownPixels unknown;
  std::vector<std::uint8_t> labels;
  for (std::int64_t row = 0; row < m_scene.rows; row += kPieceSide)
    for (std::int64_t col = 0; col < m_scene.cols; col += kPieceSide) {
      m_request.check_cancelled();
      const Window block = intersect({col, row, kPieceSide, kPieceSide}, m_scene.window());
      read_labels(block, labels, &unknown);
      for (std::int64_t y = row; y < block.bottom(); y += kCellSide)
        for (std::int64_t x = col; x < block.right(); x += kCellSide)
          add_pieces(labels, block, intersect({x, y, kCellSide, kCellSide}, block));
    }
  if (!unknown.counts.empty()) {
    const std::string what =
        fmt::format("{}: has {} {} that the legend does not know; it has {}", m_request.path,
                    m_colors ? "colours" : "values", unknown.text(m_colors), m_request.coding.known());
    if (!m_request.unknown) throw data_error("{}", what);
    m_request.warn(what + (*m_request.unknown == kIgnoreLabel ? "; they count as unlabelled"
                                                              : "; they count as of other classes"));
  }
  if (unknown.emptied > 0)
    m_request.warn(fmt::format("{}: {} px of classes are nodata or transparent, so unlabelled",
                               m_request.path, unknown.emptied));
  if (m_pieces.empty())
    throw data_error("{}: has no labelled pixel on {}{}", m_request.path, m_scene.path,
                     m_is_warped ? ": " + extents() : "");
}

std::string LabelRaster::extents() const {
  const DatasetPtr file = open_raster_dataset(m_request.path);
  std::array<double, 6> transform{};
  file->GetGeoTransform(transform.data());
  const MapBox box = raster_box(transform, file->GetRasterXSize(), file->GetRasterYSize());
  return both_extents("the labels", box, file->GetSpatialRef(), m_scene);
}

void LabelRaster::read(const Window& window, std::int64_t cols, std::int64_t rows,
                       std::vector<std::uint8_t>& labels) const {
  labels.assign(static_cast<std::size_t>(cols * rows), kIgnoreLabel);
  const Window inside = intersect(window, m_scene.window());
  if (inside.empty()) return;
  const bool is_as_wanted = inside == window && cols == window.cols && rows == window.rows;
  if (is_as_wanted) return read_labels(window, labels, nullptr);
  // Of rows that are left out nothing is read.
  const bool by_line = rows < window.rows;
  Window part = inside;
  std::vector<std::uint8_t> known;
  if (!by_line) read_labels(part, known, nullptr);
  const auto source = [](auto at, auto from, auto to) { return (2 * at + 1) * from / (2 * to); };
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t y = source(row, window.rows, rows) + window.row;
    if (y < inside.row || y >= inside.bottom()) continue;
    if (by_line) {
      part = {inside.col, y, inside.cols, 1};
      read_labels(part, known, nullptr);
    }
    const auto line = known.begin() + (y - part.row) * part.cols;
    for (std::int64_t col = 0; col < cols; ++col) {
      const std::int64_t x = source(col, window.cols, cols) + window.col - inside.col;
      if (x >= 0 && x < inside.cols) labels[static_cast<std::size_t>(row * cols + col)] = line[x];
    }
  }
}

}  // namespace orthocover
