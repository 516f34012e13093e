#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/inference/predictor.h"
#include "core/inference/segment_plan.h"
#include "core/inference/thumbnail.h"
#include "core/metrics/area_sums.h"
#include "core/nn/model_package.h"
#include "core/operations/results/polygon_layer.h"
#include "core/operations/segment/segment_options.h"
#include "core/ports/geo_io.h"
#include "core/vectorize/class_row_store.h"

namespace orthocover::operations {

/// Names and form of everything that segment writes for one scene.
struct SegmentTargets : ExtraOutputs {
  std::string map;
  std::string format = "GTiff";
  std::vector<std::pair<std::string, std::string>> creation_options;
  bool overwrite = false;
  std::set<std::string> own;  ///< what an earlier run of the scene has made
  PolygonOptions polygons;
  int threads = 0;              ///< for polygons and overviews; 0: all cores
  bool cores_are_free = false;  ///< while the network runs, since it runs elsewhere

  bool may_replace(const std::string& path) const { return overwrite || own.contains(path); }
  /// The files that are wanted, the map first.
  std::vector<std::string> paths() const;
  /// Whether the QML beside the vector file has the name that the map's would have. The vector file keeps it:
  /// the map has palette and class names inside, a Shapefile has not.
  bool vector_has_style_file() const;
};

/// A raster on a part of a scene's grid, with the model that made it in its metadata; bands and values are
/// left to the caller.
RasterSpec map_spec(const std::string& path, const RasterInfo& scene, const Window& region,
                    const nn::ModelManifest& manifest);

/// The outputs of one scene while they are made: under temporary names until they are committed, gone without
/// that.
class SegmentOutputs {
 public:
  /// Creates the rasters and the layer of polygons.
  /// @param run ends finish() once it is cancelled; must outlive the object
  /// @throws Error{Usage, Data, Resource}
  SegmentOutputs(GeoIo& geo, const SegmentTargets& targets, const RasterInfo& scene, const Window& region,
                 const nn::ModelManifest& manifest, const RunContext& run);

  /// What the run writes to; it must not outlive the object.
  SegmentSinks sinks();

  /// Completes the rasters and derives polygons and picture from them.
  void finish(const RasterSource& source, const std::vector<BandScaling>& scaling, const ValueCounts& counts,
              RunContext& context);

  /// What gives everything its final name, the map last.
  void add_to(CommitSteps& steps);

  /// Ground of each class so far; empty where that of a pixel can't be told.
  std::vector<double> area_m2_per_class() const;
  /// How many polygons there are; nothing before finish(), or where none are wanted.
  std::optional<std::int64_t> polygons() const { return m_polygon_count; }

 private:
  RasterInfo map_info() const;
  std::optional<AreaScale> ground_scale() const;
  RasterSpec spec(const std::string& path) const;
  void prepare_polygons();
  void make_polygons(RunContext& context);
  RasterSpec percentage_spec(const std::string& path, std::vector<std::string> bands) const;

  GeoIo& m_geo;
  const SegmentTargets& m_targets;
  const RasterInfo& m_scene;
  Window m_region;
  const nn::ModelManifest& m_manifest;
  const RunContext& m_run;
  std::unique_ptr<RasterSink> m_map;
  std::optional<AreaScale> m_scale;
  std::optional<AreaSums> m_areas;
  std::optional<Thumbnail> m_thumbnail;
  std::unique_ptr<RasterSink> m_confidence;
  std::unique_ptr<RasterSink> m_probabilities;
  std::optional<vectorize::ClassRowStore> m_rows;  ///< the map for its polygons
  std::unique_ptr<FeatureSink> m_polygons;
  std::optional<std::int64_t> m_polygon_count;
  std::unique_ptr<AtomicFile> m_picture;
};

}  // namespace orthocover::operations
