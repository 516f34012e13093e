#include "core/operations/segment/segment_outputs.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/inference/picture.h"
#include "core/operation/command_text.h"

namespace orthocover::operations {
namespace {

/// A scene that is read no further once the run is cancelled: without overviews a picture takes all of it.
class StoppableSource final : public RasterSource {
 public:
  StoppableSource(const RasterSource& source, const RunContext& run) : m_source(source), m_run(run) {}
  const RasterInfo& info() const override { return m_source.info(); }
  void read(const Window& window, int overview, PixelBlock& out) const override {
    m_run.check_cancelled();
    m_source.read(window, overview, out);
  }
  void read_bytes(const Window& window, int overview, ByteBlock& out) const override {
    m_run.check_cancelled();
    m_source.read_bytes(window, overview, out);
  }
  void read_validity(const Window& window, std::vector<std::uint8_t>& valid) const override {
    m_run.check_cancelled();
    m_source.read_validity(window, valid);
  }

 private:
  const RasterSource& m_source;
  const RunContext& m_run;
};

}  // namespace

RasterSpec map_spec(const std::string& path, const RasterInfo& scene, const Window& region,
                    const nn::ModelManifest& manifest) {
  RasterSpec spec;
  spec.path = path;
  spec.cols = region.cols;
  spec.rows = region.rows;
  spec.georeference = scene.georeference;
  if (spec.georeference.geotransform) {
    auto& g = *spec.georeference.geotransform;
    const auto col = static_cast<double>(region.col);
    const auto row = static_cast<double>(region.row);
    g[0] += col * g[1] + row * g[2];
    g[3] += col * g[4] + row * g[5];
  }
  spec.metadata = {
      {"ORTHOCOVER_VERSION", std::string(version())},
      {"ORTHOCOVER_SCENE", std::filesystem::path(without_secrets(scene.path)).filename().string()},
      {"ORTHOCOVER_MODEL", manifest.name},
      {"ORTHOCOVER_MODEL_VERSION", manifest.version},
      {"ORTHOCOVER_MODEL_SHA256", manifest.weights_sha256}};
  return spec;
}

std::vector<std::string> SegmentTargets::paths() const {
  std::vector<std::string> all = {map};
  for (const ExtraOutput& extra : kExtraOutputs)
    if (const auto& file = this->*extra.file) all.push_back(*file);
  return all;
}

bool SegmentTargets::vector_has_style_file() const {
  if (!vector || lower_extension(*vector) == ".gpkg") return false;
  // A file may be there or not, and be a link.
  const auto style_of = [](const std::filesystem::path& path) {
    const std::filesystem::path folder = real_path(std::filesystem::absolute(path).parent_path());
    return style_path(folder / path.filename());
  };
  return style_of(*vector) == style_of(map);
}

SegmentOutputs::SegmentOutputs(GeoIo& geo, const SegmentTargets& targets, const RasterInfo& scene,
                               const Window& region, const nn::ModelManifest& manifest, const RunContext& run)
    : m_geo(geo), m_targets(targets), m_scene(scene), m_region(region), m_manifest(manifest), m_run(run) {
  RasterSpec map = spec(targets.map);
  map.band_descriptions = {"land cover"};
  map.legend = manifest.legend;
  map.style_file = !targets.vector_has_style_file();
  m_scale = ground_scale();
  if (m_scale) {
    m_areas.emplace(*m_scale);
    map.area_m2 = [this](std::uint8_t value) { return m_areas->ground(value); };
  }
  m_map = geo.create_raster(map);
  if (targets.picture) m_thumbnail.emplace(region.cols, region.rows, kPictureSide);
  if (targets.confidence)
    m_confidence = geo.create_raster(percentage_spec(*targets.confidence, {"confidence"}));
  if (targets.probabilities)
    m_probabilities = geo.create_raster(percentage_spec(*targets.probabilities, manifest.legend.names()));
  if (targets.vector) prepare_polygons();
}

std::optional<AreaScale> SegmentOutputs::ground_scale() const {
  if (auto scale = m_geo.area_scale(map_info())) return scale;
  // What a plain frame doesn't tell, --pixel-size does.
  const auto size = m_scene.ground_size_m;
  return size ? std::optional(AreaScale(*size * *size)) : std::nullopt;
}

RasterInfo SegmentOutputs::map_info() const {
  const RasterSpec map = spec(m_targets.map);
  RasterInfo info;
  info.path = m_targets.map;
  info.cols = map.cols;
  info.rows = map.rows;
  info.bands.push_back({"Byte", "land cover", "Palette", map.nodata});
  info.georeference = map.georeference;
  info.crs_name = m_scene.crs_name;
  info.ground_size_m = m_scene.ground_size_m;
  return info;
}

/// The layer is there before the network runs, so that what is wrong with it shows at once.
void SegmentOutputs::prepare_polygons() {
  const RasterInfo info = map_info();
  VectorSpec layer;
  layer.path = *m_targets.vector;
  layer.overwrite = m_targets.may_replace(layer.path);
  layer.with_confidence = m_confidence != nullptr;
  layer.classes = class_entries(m_manifest.legend);
  if (m_targets.vector_has_style_file()) layer.map_legend = m_manifest.legend;
  PixelSize pixel = m_geo.pixel_size(info);
  if (const auto size = info.ground_size_m; size && !pixel.is_metric) pixel = {*size, *size, true};
  m_rows.emplace(info, pixel, layer.classes, folder_of(m_targets.map));
  m_polygons = start_polygon_layer(m_geo, *m_rows, m_targets.polygons, layer);
}

void SegmentOutputs::make_polygons(RunContext& context) {
  std::unique_ptr<RasterSource> confidence;
  if (m_confidence) confidence = m_geo.open_raster(m_confidence->finished_path(), {1});
  m_polygon_count = fill_polygon_layer(*m_polygons, *m_rows, m_rows->classes(), confidence.get(),
                                       m_targets.polygons, m_targets.threads, context)
                        .features;
}

SegmentSinks SegmentOutputs::sinks() {
  SegmentSinks sinks{m_map.get(), m_confidence.get(), m_probabilities.get(), {}};
  if (m_areas) {
    sinks.tasks.emplace_back([this](const BlockView& block) {
      return [this, ground = m_areas->of(block.window, block.bands[0])] { m_areas->add(ground); };
    });
  }
  if (m_thumbnail) {
    sinks.tasks.emplace_back([this](const BlockView& block) {
      m_thumbnail->add(block.window, block.bands[0]);
      return std::function<void()>();
    });
  }
  if (m_rows) {
    sinks.tasks.emplace_back([this](const BlockView& block) {
      return [this, block] { m_rows->write(block.window, block.bands[0]); };
    });
  }
  return sinks;
}

RasterSpec SegmentOutputs::spec(const std::string& path) const {
  RasterSpec spec = map_spec(path, m_scene, m_region, m_manifest);
  spec.format = m_targets.format;
  spec.creation_options = m_targets.creation_options;
  spec.overwrite = m_targets.may_replace(path);
  spec.is_cancelled = [this] { return m_run.cancelled(); };
  spec.finishing_threads = threads_or_all(m_targets.threads);
  if (m_targets.cores_are_free) spec.writing_threads = std::min(10, spec.finishing_threads);
  return spec;
}

RasterSpec SegmentOutputs::percentage_spec(const std::string& path, std::vector<std::string> bands) const {
  RasterSpec percentages = spec(path);
  percentages.band_descriptions = std::move(bands);
  percentages.nodata = kNoPercentage;
  percentages.scale = 0.01;
  return percentages;
}

void SegmentOutputs::finish(const RasterSource& source, const std::vector<BandScaling>& scaling,
                            const ValueCounts& counts, RunContext& context) {
  m_map->finish(counts);
  if (m_confidence) m_confidence->finish(counts);
  if (m_probabilities) m_probabilities->finish(counts);
  if (m_polygons) make_polygons(context);
  if (m_targets.picture) {
    m_picture = std::make_unique<AtomicFile>(*m_targets.picture, m_targets.may_replace(*m_targets.picture));
    const std::vector<std::uint8_t> png = draw_picture(StoppableSource(source, context), m_region, scaling,
                                                       *m_thumbnail, m_manifest.legend, counts);
    m_picture->write({reinterpret_cast<const char*>(png.data()), png.size()});
  }
}

std::vector<double> SegmentOutputs::area_m2_per_class() const {
  std::vector<double> areas;
  if (!m_areas) return areas;
  for (const LegendClass& entry : m_manifest.legend.classes()) areas.push_back(m_areas->ground(entry.value));
  return areas;
}

void SegmentOutputs::add_to(CommitSteps& steps) {
  const std::array<PendingOutput*, 5> all = {m_confidence.get(), m_probabilities.get(), m_polygons.get(),
                                             m_picture.get(), m_map.get()};
  for (PendingOutput* output : all)
    if (output != nullptr) output->add_to(steps);
}

}  // namespace orthocover::operations
