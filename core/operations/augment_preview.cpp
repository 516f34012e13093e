#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/operation/run_record.h"
#include "core/operations/batch/output_extensions.h"
#include "core/operations/model/model_options.h"
#include "core/operations/results/report_entries.h"
#include "core/resampling/patch_reader.h"
#include "core/resampling/scene_percentiles.h"
#include "core/resampling/stretched_source.h"
#include "core/training/augment/contact_sheet.h"
#include "core/training/augment/pipeline.h"
#include "core/training/augment/sample_pixels.h"
#include "core/training/patch_loader.h"
#endif

namespace orthocover::operations {
namespace {

struct AugmentPreviewOptions {
  std::string scene;
  std::string output;
  std::optional<std::string> augmentation;
  bool print = false;
  std::optional<std::string> labels;
  std::optional<std::string> legend;
  std::string class_field;
  std::string where;
  std::vector<int> bands;
  int patch_size = 256;
  int samples = 24;
  double ground_size = 0;
  std::string scaling = "none";
  int seed = 1;
  bool overwrite = false;
};

using Options = AugmentPreviewOptions;

void declare(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  table.name("augment-preview")
      .summary("Show what an augmentation pipeline makes of a scene")
      .title("Preview of training variations")
      .group("Models")
      .tags({"augmentation", "training", "contact sheet"})
      .description(
          "Writes a contact sheet: patches of the scene as they are in the first column, beside each what "
          "the pipeline makes of it, with the names of the transforms that were applied. Labels are drawn "
          "as outlines, so that one sees them move with the image.\n\n"
          "Without --augmentation the default pipeline is shown. --print writes the pipeline with all its "
          "keys as JSON instead, to begin from.")
      .example("orthocover augment-preview ortho.tif sheet.png", "the default pipeline")
      .example("orthocover augment-preview --print", "the default pipeline as JSON, complete")
      .example(
          "orthocover augment-preview --augmentation mine.json --labels a.gpkg --legend legend.json a.tif "
          "sheet.png",
          "a pipeline of one's own, with labels");

  table.add("scene", &Options::scene, Kind::RasterIn, "Scene to take patches from")
      .positional()
      .label("Orthophoto");
  table.add("output", &Options::output, Kind::FileOut, "Contact sheet, a PNG")
      .positional()
      .label("Contact sheet");

  const char* pipeline_group = "Pipeline";
  table
      .add("augmentation", &Options::augmentation, Kind::FileIn,
           "JSON file with the pipeline; the default one if not given")
      .short_name('a')
      .group(pipeline_group)
      .label("Augmentation pipeline");
  table.add("print", &Options::print, Kind::Flag, "Write the complete pipeline as JSON and nothing else")
      .group(pipeline_group)
      .label("Only show the pipeline as JSON")
      .advanced();

  const char* label_group = "Labels";
  table.add("labels", &Options::labels, Kind::FileIn, "Polygons, or a raster of legend values")
      .short_name('l')
      .group(label_group)
      .label("Labels");
  table
      .add("legend", &Options::legend, Kind::FileIn,
           "JSON file with value, name and colour of each class; made from the labels' classes if not given")
      .group(label_group)
      .label("Legend");
  table
      .add("class-field", &Options::class_field, Kind::Text,
           "Field of the polygons with class name or value; found by its name if not given")
      .group(label_group)
      .label("Field of the classes")
      .advanced();
  table.add("where", &Options::where, Kind::Text, "Filter on the polygons, in OGR's SQL")
      .group(label_group)
      .label("Filter on the labels")
      .advanced();

  const char* patch_group = "Patches";
  table
      .add("bands", &Options::bands, Kind::Number,
           "Bands of the scene to use, counted from 1; all if not given")
      .at_least(1)
      .group(patch_group)
      .label("Bands")
      .advanced();
  table.add("patch-size", &Options::patch_size, Kind::Number, "Side of the patches")
      .unit("px")
      .range(32, 2048)
      .group(patch_group)
      .label("Patch size");
  table.add("samples", &Options::samples, Kind::Number, "Varied copies on the sheet, six a row")
      .range(1, 240)
      .group(patch_group)
      .label("Varied copies");
  table
      .add("ground-size", &Options::ground_size, Kind::Number,
           "Ground size of a pixel of the patches; 0: the scene's own")
      .unit("m")
      .range(0, 1e4)
      .group(patch_group)
      .label("Ground size of a pixel")
      .advanced();
  table
      .add(
          "scaling", &Options::scaling, Kind::Choice,
          "Pixel values: none, as they are; percentile, the scene's own from 2 to 98 % stretched to the full "
          "range, as for training with this scaling")
      .choices({"none", "percentile"})
      .group(patch_group)
      .label("Value scaling")
      .advanced();
  table.add("seed", &Options::seed, Kind::Number, "Start of all random numbers")
      .at_least(0)
      .group(patch_group)
      .label("Random seed");
  table.add("overwrite", &Options::overwrite, Kind::Flag, "Replace an existing sheet")
      .group(patch_group)
      .label("Overwrite an existing sheet")
      .advanced();
}

#ifdef ORTHOCOVER_ENGINE

constexpr int kCopiesPerRow = 6;
/// Places tried for a patch before the one with most valid pixels is taken.
constexpr int kPlaces = 12;

/// Colours of the bands as the scene names them, else the usual ones for their number.
std::vector<int> colours_of(const RasterInfo& info) {
  std::vector<std::string> names;
  for (const BandInfo& band : info.bands) names.push_back(band.color);
  const std::vector<int> channels = rgb_channels(names);
  return channels.empty() ? rgb_channels(band_names({fmt::format("{}", names.size())})) : channels;
}

AugmentationPipeline pipeline_of(const Options& options) {
  return options.augmentation ? AugmentationPipeline::from_file(*options.augmentation)
                              : AugmentationPipeline::nadir_default();
}

/// Reads patches of one scene with their labels.
class PreviewPatches {
 public:
  PreviewPatches(const Options& options, OperationContext& context)
      : m_side(options.patch_size), m_seed(static_cast<std::uint64_t>(options.seed)) {
    m_source = context.geo.open_raster(options.scene, options.bands);
    const RasterInfo& info = m_source->info();
    if (options.ground_size > 0 && !info.ground_size_m) {
      throw data_error("{}: its ground size is unknown, --ground-size can't be met; georeference the scene",
                       info.path);
    }
    if (options.ground_size > 0)
      m_scale = PixelScale::of_square(options.ground_size / *info.ground_size_m, info.pixel_aspect);
    m_rgb = colours_of(info);
    if (options.labels) open_labels(options, context);
    if (options.scaling == "percentile") stretch();
    const std::string type = m_source->info().data_type();
    const std::vector<double> none(m_source->info().bands.size());
    // Bytes stay as they are.
    const BandStatistics bands = type == "Byte" ? BandStatistics{none, none} : measure_bands(*m_source, 1);
    m_gray_scale = gray_scale_of(type, bands.mean, bands.deviation, bands.lowest, bands.highest);
  }

  /// A patch where much of the scene is valid, on each labelled class in turn.
  AugmentSample read(std::uint64_t index) const {
    Random random(m_seed, index);
    PixelBlock best;
    Window best_window;
    std::int64_t most = -1;
    for (int i = 0; i < kPlaces && most < static_cast<std::int64_t>(m_side) * m_side * 9 / 10; ++i) {
      const Window window = draw_window(index, random);
      PixelBlock pixels;
      if (!read_patch(*m_source, m_scale, window, pixels)) continue;
      const std::int64_t valid = std::ranges::count(pixels.valid, 1);
      if (valid <= most) continue;
      most = valid;
      best = std::move(pixels);
      best_window = window;
    }
    if (most < 0) throw data_error("{}: no valid pixel in {} places", info().path, kPlaces);
    return sample_of(best, read_labels(best_window), m_gray_scale, m_rgb);
  }

  const Legend& legend() const { return m_legend; }
  const RasterInfo& info() const { return m_source->info(); }
  std::optional<double> ground_size() const {
    if (!info().ground_size_m) return std::nullopt;
    return *info().ground_size_m * m_scale.mean();
  }

 private:
  void open_labels(const Options& options, OperationContext& context) {
    LabelRequest request;
    request.path = *options.labels;
    request.class_field = options.class_field;
    request.where = options.where;
    request.warn = [&context](const std::string& text) { context.run.log(LogLevel::Warning, text); };
    request.is_cancelled = [&context] { return context.run.cancelled(); };
    LabelMap map;
    if (options.legend) {
      m_legend = read_legend(*options.legend);
    } else {
      auto found = context.geo.read_label_legend(request.path, request.class_field, request.where);
      if (!found)
        throw usage_error("{}: does not tell the names of its classes; give a --legend", request.path);
      found->check_values(request.path);
      m_legend = std::move(found->legend);
      map = std::move(found->map);
    }
    ClassGroups groups(m_legend.size());
    request.coding = LabelCoding(m_legend, std::nullopt, map, groups, "--labels");
    m_labels = context.geo.open_labels(request, info());
    order_pieces();
  }

  void stretch() {
    const auto [low, high] = kUsualPercentiles;
    const auto bounds = scene_percentiles(*m_source, low, high, "give --scaling none");
    m_source = std::make_unique<StretchedSource>(std::move(m_source), bounds);
  }

  /// Pieces by class, so that rows show one class after the other.
  void order_pieces() {
    m_pieces.resize(static_cast<std::size_t>(m_legend.size()));
    for (const LabelledPiece& piece : m_labels->pieces())
      m_pieces[static_cast<std::size_t>(piece.class_index)].push_back(&piece);
    std::erase_if(m_pieces, [](const auto& pieces) { return pieces.empty(); });
  }

  Window draw_window(std::uint64_t index, Random& random) const {
    double x = random.uniform() * static_cast<double>(info().cols);
    double y = random.uniform() * static_cast<double>(info().rows);
    if (!m_pieces.empty()) {
      const auto& pieces = m_pieces[index % m_pieces.size()];
      // Of a polygon in many pieces each counts for its share.
      std::vector<double> shares;
      for (const LabelledPiece* piece : pieces)
        shares.push_back((shares.empty() ? 0 : shares.back()) + piece->share);
      const Window& bounds = pieces[random.weighted(shares)]->bounds;
      x = static_cast<double>(bounds.col) + static_cast<double>(bounds.cols) / 2;
      y = static_cast<double>(bounds.row) + static_cast<double>(bounds.rows) / 2;
    }
    return {start(x, info().cols, m_scale.x), start(y, info().rows, m_scale.y), m_side, m_side};
  }

  /// First pixel of a patch around a place: inside the scene where it is large enough, else around its
  /// middle.
  std::int64_t start(double centre, std::int64_t scene_size, double scale) const {
    const auto size = static_cast<std::int64_t>(std::floor(static_cast<double>(scene_size) / scale));
    const std::int64_t last = size - m_side;
    if (last < 0) return last / 2;
    return std::clamp(std::llround(centre / scale) - m_side / 2, 0LL, static_cast<long long>(last));
  }

  std::vector<std::uint8_t> read_labels(const Window& window) const {
    std::vector<std::uint8_t> labels(static_cast<std::size_t>(window.pixels()), kIgnoreLabel);
    if (m_labels) read_patch_labels(*m_labels, m_scale, window, labels);
    return labels;
  }

  int m_side;
  std::uint64_t m_seed;
  PixelScale m_scale;
  Legend m_legend;
  std::unique_ptr<RasterSource> m_source;
  std::unique_ptr<LabelSource> m_labels;
  GrayScale m_gray_scale;
  std::vector<int> m_rgb;
  std::vector<std::vector<const LabelledPiece*>> m_pieces;
};

void check_options(const Options& options) {
  if (options.scene.empty() || options.output.empty()) {
    throw usage_error("{} is missing; give SCENE and OUTPUT, or --print",
                      options.scene.empty() ? "SCENE" : "OUTPUT");
  }
  for (const auto& [option, given] : {std::pair{"legend", options.legend.has_value()},
                                      {"class-field", !options.class_field.empty()},
                                      {"where", !options.where.empty()}})
    if (given && !options.labels) throw usage_error("--labels: is missing, --{} is of labels", option);
  check_extension("OUTPUT", options.output, picture_extensions());
  check_output_path(options.output, options.overwrite);
}

SheetCell vary(const AugmentSample& original, const AugmentSample& other,
               const AugmentationPipeline& pipeline, Random& random) {
  SheetCell cell{original, ""};
  std::vector<std::string> names = pipeline.apply(cell.sample, random);
  if (const Mix* mix = pipeline.draw_mix(random)) {
    AugmentSample second = other;
    pipeline.apply(second, random);
    apply_mix(cell.sample, second, *mix, random);
    names.push_back(mix->name());
  }
  cell.caption = names.empty() ? "unchanged" : join(names);
  return cell;
}

std::string title_of(const Options& options, const PreviewPatches& patches) {
  const auto ground_size = patches.ground_size();
  const std::string pipeline = options.augmentation
                                   ? std::filesystem::path(*options.augmentation).filename().string()
                                   : "default pipeline";
  return fmt::format("{}: {}, patches of {} px{}, seed {}",
                     std::filesystem::path(options.scene).filename().string(), pipeline, options.patch_size,
                     ground_size ? fmt::format(" at {:.3g} m", *ground_size) : std::string(), options.seed);
}

ContactSheet make_sheet(const Options& options, const AugmentationPipeline& pipeline,
                        OperationContext& context) {
  const PreviewPatches patches(options, context);
  ContactSheet sheet{title_of(options, patches), {}, patches.legend()};
  const int rows = (options.samples + kCopiesPerRow - 1) / kCopiesPerRow;
  std::vector<AugmentSample> originals;
  for (int row = 0; row < rows; ++row) {
    context.run.check_cancelled();
    context.run.progress(static_cast<double>(row) / rows, "reading patches");
    originals.push_back(patches.read(static_cast<std::uint64_t>(row)));
  }
  for (int sample = 0; sample < options.samples; ++sample) {
    const auto row = static_cast<std::size_t>(sample / kCopiesPerRow);
    if (sample % kCopiesPerRow == 0) sheet.rows.push_back({{originals[row], "original"}});
    context.run.check_cancelled();
    // A stream of its own for every copy, apart from those of the places.
    Random random(static_cast<std::uint64_t>(options.seed) + (1ULL << 32),
                  static_cast<std::uint64_t>(sample));
    sheet.rows.back().push_back(
        vary(originals[row], originals[(row + 1) % originals.size()], pipeline, random));
  }
  return sheet;
}

OperationResult run(const Options& options, OperationContext& context) {
  const AugmentationPipeline pipeline = pipeline_of(options);
  nlohmann::json report = {{"augmentation", pipeline.to_json()}};
  if (options.print) return {pipeline.to_json().dump(2) + "\n", 0, report};
  check_options(options);
  const ContactSheet sheet = make_sheet(options, pipeline, context);
  const std::vector<std::uint8_t> png = draw_contact_sheet(sheet);
  AtomicFile picture(options.output, options.overwrite);
  picture.write({reinterpret_cast<const char*>(png.data()), png.size()});
  commit_with_record(picture, options.output, context, report);
  report["outputs"] = nlohmann::json::array({output_entry("file", "picture", "output", options.output)});
  return {
      fmt::format("{}: {} patches, {} varied copies\n", options.output, sheet.rows.size(), options.samples),
      0, std::move(report)};
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(augment_preview, AugmentPreviewOptions)
