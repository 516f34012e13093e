#include "core/operation/operation.h"
#include "core/operations/model/mapping_options.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/temporary_name.h"
#include "core/base/text.h"
#include "core/inference/picture.h"
#include "core/operation/run_record.h"
#include "core/operations/batch/output_extensions.h"
#include "core/operations/evaluation/seam_summary.h"
#include "core/operations/results/report_entries.h"
#include "core/operations/segment/mapping_setup.h"
#include "core/operations/segment/segment_outputs.h"
#endif

namespace orthocover::operations {
namespace {

struct SeamsOptions : MappingOptions {
  std::string scene;
  std::optional<std::string> output;
  std::optional<std::string> picture;
  bool overwrite = false;
  bool json = false;
};

using Options = SeamsOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("seams")
      .summary("Measure the seams of a map")
      .title("Seams of a map")
      .group("Accuracy")
      .tags({"seam", "tile", "patch", "border", "stitching", "overlap", "halo"})
      .description(
          "Maps a scene twice, the second time with the patches of each level moved by half of that level's "
          "own step, and compares the maps. What changes class is not in the scene, it comes from the "
          "borders of the patches: the seam index is its share of the valid pixels. It tells whether overlap "
          "and patch size are large enough for a model.\n\n"
          "Beside the index stand the pairs of classes that change into each other, and for each level the "
          "share that changes by the distance to the nearest patch border of the first map, in pixels of the "
          "level. With --overlap 0 that is the depth inside the patch, so the distance at which the share "
          "has fallen is the halo that the overlap must cover; it rises again where the borders of the "
          "second map lie. The first and the last patch stay at the rims of the scene, so its four corners, "
          "half a step large, can't change. A level of one patch has nothing to move.\n\n"
          "It takes twice the time of `segment` and the same memory; the first map waits in a scratch file, "
          "a byte a pixel, in the folder of the outputs or else the one for temporary files.")
      .example("orthocover seams ortho.tif", "the seam index of the shipped model")
      .example("orthocover seams --overlap 0 --levels 1 --picture seams.png ortho.tif",
               "where seams would be without overlap, and how wide the halo is")
      .example("orthocover seams --json --output seams.tif --projwin 500000 4649000 500200 4648800 ortho.tif",
               "figures for a program and a mask of the changed pixels, of a part of the scene");

  table.add("scene", &Options::scene, Kind::RasterIn, "Scene to map: anything that GDAL opens")
      .positional()
      .required()
      .label("Orthophoto");
  declare_model_choice(table);
  declare_tiling(table);
  declare_scene_part(table);

  const char* output_group = "Output";
  table
      .add("output", &Options::output, Kind::RasterOut,
           "Also write a GeoTIFF: 1 where both maps agree, 2 where they do not, 0 without data")
      .short_name('o')
      .group(output_group)
      .label("Changed pixels");
  table
      .add("picture", &Options::picture, Kind::FileOut,
           "Also write a PNG: the scene in grey, the changed pixels in a strong colour")
      .group(output_group)
      .label("Picture");
  table.add("json", &Options::json, Kind::Flag, "Write JSON")
      .group(output_group)
      .label("Write JSON")
      .advanced();
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace existing outputs")
      .group(output_group)
      .label("Overwrite existing files")
      .advanced();

  declare_machine_use(table);
}

#ifdef ORTHOCOVER_ENGINE

namespace fs = std::filesystem;

constexpr double kHalfAStep = 0.5;

void check_target(const Options& options, const std::string& name, const std::string& path,
                  const std::vector<std::string>& extensions) {
  check_extension(name, path, extensions);
  check_output_path(path, options.overwrite);
}

/// Where there is room for the first map.
fs::path scratch_folder(const Options& options) {
  const std::optional<std::string>& target = options.output ? options.output : options.picture;
  return target ? folder_of(*target) : temporary_folder();
}

/// One measurement from the scene to its outputs.
class SeamsRun {
 public:
  SeamsRun(const Options& options, OperationContext& context)
      : m_options(options), m_context(context), m_mapping(options, context, false) {}

  OperationResult run() {
    RunContext& progress = m_context.run;
    const std::unique_ptr<RasterSource> source =
        m_mapping.open_scene(m_options.scene, scratch_folder(m_options), progress);
    const RasterInfo& info = source->info();
    Predictor predictor = m_mapping.predictor_for(*source, progress);
    std::unique_ptr<AreaMask> area;
    const Window region = m_mapping.region_of(info, area);
    const SeamPlans plans = plan(*source, region, predictor);
    const std::unique_ptr<RasterSink> mask = start_mask(info, region);
    SubContext measuring(progress, 0, 0.98);
    const SeamReport report =
        measure_seams(*source, area.get(), predictor, plans, mask.get(), kPictureSide, measuring);
    if (report.index.valid() == 0)
      throw data_error("{}: no valid pixel in the mapped part; there is nothing to compare", info.path);
    const SeamSummary summary{m_options.scene, m_mapping.manifest(), plans, report};
    nlohmann::json figures = seam_json(summary);
    write(*source, region, predictor.scaling(), report, mask.get(), figures);
    progress.progress(1, info.path);
    const std::string text = m_options.json ? json_document(figures) : seam_text(summary);
    return {text, 0, std::move(figures)};
  }

 private:
  SeamPlans plan(const RasterSource& source, const Window& region, Predictor& predictor) {
    SeamPlans plans;
    plans.first = m_mapping.set_up(source, region, predictor, m_context.run).plan;
    RunContext told_already;
    plans.second = m_mapping.set_up(source, region, predictor, told_already, kHalfAStep).plan;
    plans.first.scratch_folder = plans.second.scratch_folder = scratch_folder(m_options);
    return plans;
  }

  std::unique_ptr<RasterSink> start_mask(const RasterInfo& info, const Window& region) {
    if (!m_options.output) return nullptr;
    RasterSpec spec = map_spec(*m_options.output, info, region, m_mapping.manifest());
    spec.band_descriptions = {"seams"};
    spec.legend = seam_mask_legend();
    spec.overwrite = m_options.overwrite;
    spec.is_cancelled = [this] { return m_context.run.cancelled(); };
    return m_context.geo.create_raster(spec);
  }

  /// Writes what is wanted and adds it to the figures, with a run record beside the first output.
  void write(const RasterSource& source, const Window& region, const std::vector<BandScaling>& scaling,
             const SeamReport& report, RasterSink* mask, nlohmann::json& figures) {
    nlohmann::json outputs = nlohmann::json::array();
    CommitSteps steps;
    std::optional<AtomicFile> picture;
    if (mask != nullptr) {
      mask->finish(report.mask_counts);
      mask->add_to(steps);
      outputs.push_back(output_entry("raster", "seams", "output", *m_options.output));
    }
    if (m_options.picture) {
      const std::vector<std::uint8_t> png = draw_changes(
          source, region, scaling, report.changes, seam_mask_legend().classes().back(), seam_caption(report));
      picture.emplace(*m_options.picture, m_options.overwrite)
          .write({reinterpret_cast<const char*>(png.data()), png.size()});
      picture->add_to(steps);
      outputs.push_back(output_entry("file", "picture", "picture", *m_options.picture));
    }
    if (!outputs.empty())
      commit_with_record(steps, outputs[0].at("path").get<std::string>(), m_context, figures);
    figures["outputs"] = std::move(outputs);
  }

  const Options& m_options;
  OperationContext& m_context;
  MappingSetup m_mapping;
};

OperationResult run(const Options& options, OperationContext& context) {
  if (options.output) check_target(options, "--output", *options.output, raster_extensions());
  if (options.picture) check_target(options, "--picture", *options.picture, picture_extensions());
  return SeamsRun(options, context).run();
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(seams, SeamsOptions)
