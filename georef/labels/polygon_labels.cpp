#include "georef/labels/polygon_labels.h"

#include <ogrsf_frmts.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "georef/gdal/dataset.h"
#include "georef/gdal/gdal_error.h"
#include "georef/labels/class_field.h"
#include "georef/labels/label_legend.h"
#include "georef/style/qgis_style.h"
#include "georef/vector/polygon_reader.h"

namespace orthocover {
namespace {

/// What a number stands for; nothing when it does not stand in the coding.
std::optional<std::uint8_t> label_of(OGRFeature& feature, int field, const NumberCoding& coding) {
  const double value = feature.GetFieldAsDouble(field);
  const auto whole = static_cast<std::int64_t>(std::clamp(value, -1e15, 1e15));
  return static_cast<double>(whole) == value ? coding.label_of(whole) : std::nullopt;
}

bool is_true(OGRFeature& feature, int field) {
  const std::string text = to_lower(field_text(feature, field));
  return text == "1" || text == "true" || text == "t" || text == "yes" || text == "y";
}

/// Pixels whose centres lie in the box around a geometry, so that neighbours share none.
Window centres_in(const OGRGeometry& geometry) {
  OGREnvelope box;
  geometry.getEnvelope(&box);
  constexpr double kSteps = 1024;  // of a pixel; transformed neighbours may differ in the last digits
  const auto first = [](double edge) {
    return static_cast<std::int64_t>(std::ceil(std::round(edge * kSteps) / kSteps - 0.5));
  };
  const std::int64_t col = first(box.MinX), row = first(box.MinY);
  return {col, row, first(box.MaxX) - col, first(box.MaxY) - row};
}

/// Whether a geometry leaves free much of the box around it.
bool is_turned(const OGRGeometry& geometry) {
  constexpr double kFilled = 0.9;
  OGREnvelope box;
  geometry.getEnvelope(&box);
  const double area = OGR_G_Area(OGRGeometry::ToHandle(const_cast<OGRGeometry*>(&geometry)));
  return area > 0 && area < kFilled * (box.MaxX - box.MinX) * (box.MaxY - box.MinY);
}

/// Counts features of a kind, for one warning each.
struct Skipped {
  std::int64_t count = 0;
  std::string first;

  void note(const std::string& what) {
    if (++count == 1) first = what;
  }
};

}  // namespace

PolygonLabels::PolygonLabels(const LabelRequest& request, const RasterInfo& scene) {
  const DatasetPtr dataset = open_vector_dataset(request.path);
  read_regions(*dataset, scene, request);
  if (request.background) read_dense_windows(*dataset, scene, request);
  const std::size_t dense = m_polygons.size();
  read_polygons(*dataset, scene, request);
  if (dense > 0) add_background_pieces(dense, scene.window());  // behind those of polygons
  if (m_pieces.empty()) {
    throw data_error("{}: every polygon on {} stands for ignore, nothing is labelled", request.path,
                     scene.path);
  }
  std::vector<Window> boxes;
  for (const PixelPolygon& polygon : m_polygons) boxes.push_back(polygon.bounds);
  m_index = BoxIndex(std::move(boxes));
}

void PolygonLabels::read_polygons(GDALDataset& dataset, const RasterInfo& scene,
                                  const LabelRequest& request) {
  const std::string& path = request.path;
  const GdalErrors errors;
  OGRLayer& layer = polygon_layer(dataset, path, "landcover", request.warn);
  if (layer.GetFeatureCount() == 0) throw data_error("{}: layer {} is empty", path, layer.GetName());
  const auto style = read_categorized_style(dataset, layer.GetName(), path);
  const int field = find_class_field(layer, request.class_field, style ? style->field : "", path);
  set_filter(layer, request.where, path);
  const int region_field = layer.GetLayerDefn()->GetFieldIndex("window");
  const bool is_number = is_number_field(*layer.GetLayerDefn()->GetFieldDefn(field));
  const bool may_differ = is_number && request.coding.takes_names();
  const NumberCoding numbers(may_differ ? number_names(layer, field, style) : NumberNames(), request.coding);
  if (!numbers.contradiction().empty()) request.warn(fmt::format("{}: {}", path, numbers.contradiction()));
  Skipped unset;
  Skipped unknown;
  for (ScenePolygon& polygon : PolygonReader(layer, scene, path, request.warn).read()) {
    OGRFeature& feature = *polygon.feature;
    if (field_text(feature, field).empty()) {
      unset.note(fmt::format("feature {}", feature.GetFID()));
      // What nobody knows is no background.
      if (request.background)
        m_polygons.push_back({std::move(polygon.geometry), polygon.bounds, kIgnoreLabel});
      continue;
    }
    const std::optional<std::uint8_t> label =
        is_number ? label_of(feature, field, numbers) : request.coding.of_name(field_text(feature, field));
    if (!label) {
      const std::string what =
          fmt::format("feature {} has class '{}', which the legend does not know; it has {}",
                      feature.GetFID(), one_line(field_text(feature, field)), request.coding.known());
      if (!request.unknown) throw data_error("{}: {}; leave such out with --where", path, what);
      unknown.note(what);
    }
    const std::uint8_t value = label ? *label : request.unknown.value_or(kIgnoreLabel);
    if (value != kIgnoreLabel)
      add_pieces(value, *polygon.geometry, scene,
                 region_field >= 0 ? feature.GetFieldAsString(region_field) : "");
    m_polygons.push_back({std::move(polygon.geometry), polygon.bounds, value});
  }
  if (unset.count > 0) {
    request.warn(fmt::format("{}: {} polygons have no class ({} is the first) and are left out", path,
                             unset.count, unset.first));
  }
  if (unknown.count > 0) {
    request.warn(fmt::format("{}: {} polygons count as {}: {}", path, unknown.count,
                             *request.unknown == kIgnoreLabel ? "unlabelled" : "of other classes",
                             unknown.first));
  }
}

/// What of a geometry lies in a window, cut into pieces until each fills its bounds well or is small: places
/// in the bounds of a road or of what is left between fields would hardly ever show it.
bool PolygonLabels::cut(const OGRGeometry& geometry, const Window& window, std::int64_t least_side,
                        LabelledPiece piece) const {
  constexpr double kFilled = 0.7;
  const auto area_of = [](const OGRGeometry& of) {
    return OGR_G_Area(OGRGeometry::ToHandle(const_cast<OGRGeometry*>(&of)));
  };
  std::unique_ptr<OGRGeometry> inner;
  if (const Window bounds = pixel_bounds(geometry); intersect(bounds, window) != bounds) {
    OGREnvelope box;
    box.MinX = static_cast<double>(window.col), box.MaxX = static_cast<double>(window.right());
    box.MinY = static_cast<double>(window.row), box.MaxY = static_cast<double>(window.bottom());
    inner.reset(geometry.Intersection(rectangle(box).get()));
    if (!inner) return false;
    if (inner->IsEmpty() || !(area_of(*inner) > 0)) return true;
  }
  const OGRGeometry& shape = inner ? *inner : geometry;
  piece.bounds = intersect(pixel_bounds(shape), window);
  piece.area_px = area_of(shape);
  const auto [col, row, cols, rows] = piece.bounds;
  if (piece.area_px >= kFilled * static_cast<double>(piece.bounds.pixels()) ||
      std::max(cols, rows) <= least_side) {
    m_cut.push_back(std::move(piece));
    return true;
  }
  Window first = piece.bounds, second = piece.bounds;
  if (cols >= rows)
    first.cols = cols / 2, second.col += first.cols, second.cols -= first.cols;
  else
    first.rows = rows / 2, second.row += first.rows, second.rows -= first.rows;
  return cut(shape, first, least_side, piece) && cut(shape, second, least_side, piece);
}

/// One for each part, as far as it lies on the scene.
void PolygonLabels::add_pieces(int label, const OGRGeometry& geometry, const RasterInfo& scene,
                               const std::string& region) {
  const auto add = [&](const OGRPolygon& part) {
    const Window bounds = pixel_bounds(part);
    const Window inside = intersect(bounds, scene.window());
    if (inside.empty()) return;
    const double share = static_cast<double>(inside.pixels()) / static_cast<double>(bounds.pixels());
    m_pieces.push_back({label, inside, part.get_Area() * share, region});
    m_parts.push_back({&part, m_polygons.size()});
  };
  if (wkbFlatten(geometry.getGeometryType()) == wkbPolygon) return add(*geometry.toPolygon());
  for (const OGRPolygon* part : *geometry.toMultiPolygon()) add(*part);
}

/// Leaves of a polygon's pieces what shows of them: later polygons hide earlier ones, and thin ones may lie
/// between the centres of pixels.
/// @param first of them in m_cut
void PolygonLabels::keep_shown(std::size_t first, std::size_t polygon) const {
  constexpr std::int64_t kMostCells = 256;  // a side
  constexpr double kThin = 2;               // px
  const PixelPolygon& own = m_polygons[polygon];
  std::vector<std::uint8_t> cells, labels;
  for (std::size_t i = first; i < m_cut.size(); ++i) {
    LabelledPiece& piece = m_cut[i];
    const Window& bounds = piece.bounds;
    const std::vector<std::size_t> near = m_index.meeting(bounds);
    const bool is_below = !near.empty() && near.back() > polygon;
    if (!is_below && piece.area_px >= kThin * static_cast<double>(std::max(bounds.cols, bounds.rows)))
      continue;
    double all = 0, shown = 0;
    const auto look = [&](const Window& at, std::int64_t cols, std::int64_t rows) {
      cells.assign(static_cast<std::size_t>(cols * rows), kIgnoreLabel);
      burn_polygons({&own}, at, cols, rows, cells);
      read(at, cols, rows, labels);
      for (std::size_t cell = 0; cell < cells.size(); ++cell) {
        if (cells[cell] != own.value) continue;
        ++all;
        if (labels[cell] == own.value) ++shown;
      }
    };
    look(bounds, std::min(bounds.cols, kMostCells), std::min(bounds.rows, kMostCells));
    // Strips may show between the cells.
    if (shown == 0 && std::max(bounds.cols, bounds.rows) > kMostCells) {
      all = 0;
      for (std::int64_t row = bounds.row; row < bounds.bottom(); row += kMostCells)
        for (std::int64_t col = bounds.col; col < bounds.right(); col += kMostCells) {
          const Window tile = intersect({col, row, kMostCells, kMostCells}, bounds);
          look(tile, tile.cols, tile.rows);
        }
    }
    piece.area_px *= all > 0 ? shown / all : 0;
  }
  const auto gone = std::ranges::remove_if(m_cut.begin() + static_cast<std::ptrdiff_t>(first), m_cut.end(),
                                           [](const auto& piece) { return !(piece.area_px > 0); });
  m_cut.erase(gone.begin(), gone.end());
}

/// Each piece of a part counts for its share of what shows of it.
void PolygonLabels::cut(std::size_t part, std::int64_t least_side) const {
  const std::size_t before = m_cut.size();
  if (!cut(*m_parts[part].shape, m_pieces[part].bounds, least_side, m_pieces[part])) {
    m_cut.resize(before);  // what can't be cut stays as it is
    m_cut.push_back(m_pieces[part]);
  }
  keep_shown(before, m_parts[part].polygon);
  double all_px = 0;
  for (std::size_t i = before; i < m_cut.size(); ++i) all_px += m_cut[i].area_px;
  for (std::size_t i = before; i < m_cut.size(); ++i) m_cut[i].share = m_cut[i].area_px / all_px;
}

const std::vector<LabelledPiece>& PolygonLabels::pieces() const {
  constexpr std::int64_t kSmall = 256;  // patches are no smaller
  constexpr std::int64_t kLeastSide = 64;
  constexpr std::int64_t kMostAlong = 256;
  std::call_once(m_is_cut, [&] {
    const GdalErrors silent;
    m_cut.clear();  // an earlier attempt may have failed
    for (std::size_t i = 0; i < m_pieces.size(); ++i) {
      const std::int64_t side = std::max(m_pieces[i].bounds.cols, m_pieces[i].bounds.rows);
      if (i >= m_parts.size())  // background
        m_cut.push_back(m_pieces[i]);
      else
        cut(i, side <= kSmall ? kSmall : std::max(kLeastSide, (side + kMostAlong - 1) / kMostAlong));
    }
    name_regions();
  });
  return m_cut;
}

void PolygonLabels::read_dense_windows(GDALDataset& dataset, const RasterInfo& scene,
                                       const LabelRequest& request) {
  const std::string name = request.dense_layer.empty() ? "windows" : request.dense_layer;
  OGRLayer* layer = nullptr;
  {
    const GdalErrors silent;
    layer = dataset.GetLayerByName(name.c_str());
  }
  const int field = layer == nullptr ? -1 : layer->GetLayerDefn()->GetFieldIndex("dense");
  if (layer == nullptr || (field < 0 && request.dense_layer.empty())) {
    throw data_error(
        "{}: a background class needs windows that are labelled to the last pixel: a layer '{}'{}",
        request.path, name,
        request.dense_layer.empty() ? " whose field 'dense' is true there; --dense-layer names another" : "");
  }
  for (ScenePolygon& window : PolygonReader(*layer, scene, request.path, request.warn).read(true)) {
    if (field >= 0 && !is_true(*window.feature, field)) continue;
    m_polygons.push_back({std::move(window.geometry), window.bounds, *request.background});
  }
}

/// The background of a window is what its polygons leave of it.
void PolygonLabels::add_background_pieces(std::size_t windows, const Window& scene) {
  constexpr std::int64_t kMostCells = 512;  // a side
  for (std::size_t i = 0; i < windows; ++i) {
    const std::uint8_t background = m_polygons[i].value;
    const Window inside = intersect(m_polygons[i].bounds, scene);
    if (inside.empty()) continue;
    std::vector<const PixelPolygon*> near = {&m_polygons[i]};
    for (std::size_t j = windows; j < m_polygons.size(); ++j) {
      if (!intersect(m_polygons[j].bounds, inside).empty()) near.push_back(&m_polygons[j]);
    }
    const std::int64_t cols = std::min(inside.cols, kMostCells), rows = std::min(inside.rows, kMostCells);
    std::vector<std::uint8_t> cells(static_cast<std::size_t>(cols * rows), kIgnoreLabel);
    burn_polygons(near, inside, cols, rows, cells);
    const double left = static_cast<double>(std::ranges::count(cells, background)) *
                        static_cast<double>(inside.pixels()) / static_cast<double>(cells.size());
    if (left >= 1) m_pieces.push_back({background, inside, left, ""});
  }
}

void PolygonLabels::read_regions(GDALDataset& dataset, const RasterInfo& scene, const LabelRequest& request) {
  const std::string& path = request.path;
  m_regions = {{"", scene.window()}};
  const GdalErrors silent;
  OGRLayer* layer = dataset.GetLayerByName("windows");
  if (layer == nullptr || layer->GetFeatureCount() == 0) return;
  int field = layer->GetLayerDefn()->GetFieldIndex("window");
  if (field < 0) field = layer->GetLayerDefn()->GetFieldIndex("name");
  const ToPixels to_pixels(scene, known_crs(*layer), path);
  std::vector<LabelledRegion> regions;
  Skipped turned;
  layer->ResetReading();
  while (const OGRFeatureUniquePtr feature = next_feature(*layer, path)) {
    if (feature->GetGeometryRef() == nullptr) continue;
    const std::unique_ptr<OGRGeometry> geometry = to_pixels(*feature->GetGeometryRef());
    const Window window = geometry ? intersect(centres_in(*geometry), scene.window()) : Window{};
    if (window.empty()) continue;
    std::string name = field >= 0 ? feature->GetFieldAsString(field) : "";
    if (name.empty()) name = std::to_string(feature->GetFID());
    if (is_turned(*geometry)) turned.note(name);
    regions.push_back({std::move(name), window});
  }
  if (turned.count > 0)
    request.warn(
        fmt::format("{}: {} windows do not lie along the pixels of {} ({} is the first): the whole box "
                    "around each is held out and judged",
                    path, turned.count, scene.path, turned.first));
  if (!regions.empty()) m_regions = std::move(regions);
}

void PolygonLabels::name_regions() const {
  const BoxIndex index(windows_of(m_regions));
  for (LabelledPiece& piece : m_cut) {
    if (!piece.region.empty()) continue;
    const std::vector<std::size_t> found = index.meeting(centre_of(piece.bounds));
    if (!found.empty()) piece.region = m_regions[found.front()].name;
  }
}

void PolygonLabels::read(const Window& window, std::int64_t cols, std::int64_t rows,
                         std::vector<std::uint8_t>& labels) const {
  labels.assign(static_cast<std::size_t>(cols * rows), kIgnoreLabel);
  std::vector<const PixelPolygon*> near;
  for (const std::size_t number : m_index.meeting(window)) near.push_back(&m_polygons[number]);
  burn_polygons(near, window, cols, rows, labels);
}

}  // namespace orthocover
