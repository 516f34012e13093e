#include "georef/raster/raster_sink.h"

#include <cpl_conv.h>
#include <cpl_minixml.h>
#include <cpl_string.h>
#include <gdal_rat.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "core/base/error.h"
#include "core/base/temporary_name.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "georef/gdal/crs.h"
#include "georef/gdal/driver_options.h"
#include "georef/style/map_style.h"
#include "georef/style/style_file.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

fs::path side_file(const fs::path& raster) {
  return raster.string() + ".aux.xml";
}

/// A GeoTIFF under another format's extension would only mislead.
void check_extension(const fs::path& path) {
  const std::string extension = lower_extension(path);
  if (extension.empty())
    throw usage_error("{}: has no extension; name it .tif, or end it with a slash where it is a folder",
                      path.string());
  if (extension != ".tif" && extension != ".tiff")
    throw usage_error("{}: what is written is a GeoTIFF, not {}; name it .tif", path.string(), extension);
}

/// One beside a map without a place would give it that of another file.
void check_no_world_file(const fs::path& map) {
  for (const char* extension : {".tfw", ".tifw", ".wld"}) {
    fs::path world = map;
    if (fs::exists(world.replace_extension(extension)))
      throw usage_error("{}: {} would give the map a place, the scene has none; choose another output",
                        map.string(), world.filename().string());
  }
}

/// GDAL's way to ask whether it may go on.
int CPL_STDCALL may_go_on(double, const char*, void* is_cancelled) {
  const auto& cancelled = *static_cast<const std::function<bool()>*>(is_cancelled);
  return cancelled && cancelled() ? FALSE : TRUE;
}

/// Whether the user says how a COG's overviews are made.
bool has_own_overviews(const DriverOptions& options) {
  return std::ranges::any_of(
      options, [](const auto& option) { return to_lower(option.first).starts_with("overview"); });
}

/// Whether the file keeps each tile by itself, so that it can be written past GDAL's cache of blocks.
bool holds_tiles(GDALRasterBand& band) {
  int cols = 0;
  int rows = 0;
  band.GetBlockSize(&cols, &rows);
  if (cols != RasterSink::kBlockPx || rows != RasterSink::kBlockPx) return false;
  GDALDataset* const dataset = band.GetDataset();
  if (dataset->GetRasterCount() == 1) return true;
  const char* interleave = dataset->GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE");
  return interleave != nullptr && std::string_view(interleave) == "BAND";
}

/// GDAL's options for this thread's calls, whatever the user has set for other programs.
class LocalConfig {
 public:
  explicit LocalConfig(DriverOptions options) : m_options(std::move(options)) {
    for (const auto& [key, value] : m_options) CPLSetThreadLocalConfigOption(key.c_str(), value.c_str());
  }
  ~LocalConfig() {
    for (const auto& [key, value] : m_options) CPLSetThreadLocalConfigOption(key.c_str(), nullptr);
  }
  LocalConfig(const LocalConfig&) = delete;
  LocalConfig& operator=(const LocalConfig&) = delete;

 private:
  DriverOptions m_options;
};

/// What keeps overviews in the raster's file and as it is compressed itself. Only what is set needs to be.
DriverOptions overview_config(const std::string& compression) {
  DriverOptions options = {{"COMPRESS_OVERVIEW", compression},
                           {"PHOTOMETRIC_OVERVIEW", "MINISBLACK"},
                           {"INTERLEAVE_OVERVIEW", "BAND"},
                           {"PREDICTOR_OVERVIEW", "1"},
                           {"TIFF_USE_OVR", "NO"},
                           {"USE_RRD", "NO"}};
  std::erase_if(options, [](const auto& option) {
    return CPLGetConfigOption(option.first.c_str(), nullptr) == nullptr;
  });
  return options;
}

/// The program's defaults, overridden by the user's options.
CPLStringList creation_options(GDALDriver& driver, const DriverOptions& defaults,
                               const DriverOptions& given) {
  CPLStringList options = driver_options(driver, GDAL_DMD_CREATIONOPTIONLIST, "--co", defaults, given);
  const GdalErrors errors;
  if (!given.empty() && !GDALValidateCreationOptions(&driver, options.List())) {
    throw option_error("--co: {}", errors.message());
  }
  return options;
}

}  // namespace

GdalRasterSink::GdalRasterSink(RasterSpec spec) : m_spec(std::move(spec)), m_target(m_spec.path) {
  if (m_spec.format != "GTiff" && m_spec.format != "COG") {
    throw option_error("--format: '{}' is not known; use GTiff or COG", m_spec.format);
  }
  check_extension(m_target);
  if (!m_spec.georeference.geotransform) check_no_world_file(m_target);
  check_output_path(m_target, m_spec.overwrite);
  if (!m_spec.overwrite) check_beside_layer(m_target, StyledLayer::Raster);
  if (has_style_file()) read_style_file(style_path(m_target));  // what can't be joined is refused at once
  if (!m_spec.creation_options.empty()) try_creation_options();
  fs::path named = m_target;
  if (lower_extension(named) != ".tif" && lower_extension(named) != ".tiff") named += ".tif";
  m_temporary = temporary_beside(named);
  m_working = m_spec.format == "COG" ? temporary_beside(named) : m_temporary;
  try {
    create();
  } catch (...) {
    discard();
    throw;
  }
}

GdalRasterSink::~GdalRasterSink() {
  discard();
}

void GdalRasterSink::discard() noexcept {
  const GdalErrors silent;
  m_dataset.reset();
  std::error_code ignored;
  for (const fs::path& path : {m_working, m_temporary}) {
    fs::remove(path, ignored);
    fs::remove(side_file(path), ignored);
  }
  fs::remove(style_path(m_temporary), ignored);
}

void GdalRasterSink::create() {
  const GdalErrors errors;
  const std::string block = std::to_string(kBlockPx);
  const bool final_file = m_spec.format == "GTiff";
  DriverOptions defaults = {{"TILED", "YES"},        {"BLOCKXSIZE", block},   {"BLOCKYSIZE", block},
                            {"BIGTIFF", "IF_SAFER"}, {"COMPRESS", "DEFLATE"}, {"INTERLEAVE", "BAND"},
                            {"SPARSE_OK", "TRUE"}};
  // With libdeflate, level 5 takes a third of the default's time for maps that are 9 % larger.
  defaults.emplace_back("ZLEVEL", final_file ? "5" : "1");
  if (m_spec.writing_threads > 1)
    defaults.emplace_back("NUM_THREADS", std::to_string(m_spec.writing_threads));
  GDALDriver& driver = driver_named("GTiff");
  static const DriverOptions kNone;
  const CPLStringList options =
      creation_options(driver, defaults, final_file ? m_spec.creation_options : kNone);
  m_dataset.reset(driver.Create(
      m_working.c_str(), static_cast<int>(m_spec.cols), static_cast<int>(m_spec.rows),
      static_cast<int>(m_spec.band_descriptions.size()), GDT_Byte, const_cast<char**>(options.List())));
  if (!m_dataset) throw write_error(m_spec.path, errors.message());
  describe();
  add_overviews(options.FetchNameValueDef("COMPRESS", "NONE"));
}

/// With a raster of the same kind that has every value.
void GdalRasterSink::try_creation_options() {
  GDALDriver& driver = driver_named(m_spec.format);
  DriverOptions defaults;
  if (m_spec.format == "GTiff") defaults.emplace_back("TILED", "YES");  // of which sizes of blocks depend
  const CPLStringList options = creation_options(driver, defaults, m_spec.creation_options);
  std::vector<std::uint8_t> values(256);
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  if (m_spec.legend) {
    values = {m_spec.nodata};
    for (const LegendClass& entry : m_spec.legend->classes()) values.push_back(entry.value);
  }
  // Of COG large enough for an overview, which has options of its own, and of no tiling scheme's size.
  const int side = m_spec.format == "COG" ? 2 * static_cast<int>(kBlockPx) + 1 : 64;
  const auto width = static_cast<std::size_t>(side);
  std::vector<std::uint8_t> pixels(width * width);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = values[(i + i / width) % values.size()];
  const GdalErrors errors;
  m_dataset.reset(driver_named("MEM").Create(
      "", side, side, static_cast<int>(m_spec.band_descriptions.size()), GDT_Byte, nullptr));
  describe();
  for (GDALRasterBand* band : m_dataset->GetBands()) {
    if (band->RasterIO(GF_Write, 0, 0, side, side, pixels.data(), side, side, GDT_Byte, 0, 0, nullptr) !=
        CE_None)
      throw resource_error("{}", errors.message());
  }
  check_keeps_raster(driver, options, *m_dataset, m_spec.creation_options);
  m_dataset.reset();
}

void GdalRasterSink::describe() {
  const OGRSpatialReference crs = crs_from_wkt(m_spec.georeference.crs_wkt);
  if (!crs.IsEmpty()) m_dataset->SetSpatialRef(&crs);
  if (m_spec.georeference.geotransform) {
    std::array<double, 6> transform = *m_spec.georeference.geotransform;
    m_dataset->SetGeoTransform(transform.data());
  }
  for (const auto& [key, value] : m_spec.metadata) m_dataset->SetMetadataItem(key.c_str(), value.c_str());
  m_dataset->SetMetadataItem("TIFFTAG_SOFTWARE", fmt::format("orthocover {}", version()).c_str());
  for (int i = 0; i < m_dataset->GetRasterCount(); ++i) {
    GDALRasterBand& band = *m_dataset->GetRasterBand(i + 1);
    band.SetDescription(m_spec.band_descriptions[static_cast<std::size_t>(i)].c_str());
    band.SetNoDataValue(m_spec.nodata);
    if (m_spec.scale) band.SetScale(*m_spec.scale);
  }
  if (m_spec.legend) set_palette(*m_dataset->GetRasterBand(1));
}

void GdalRasterSink::set_palette(GDALRasterBand& band) const {
  GDALColorTable palette;
  for (int value = 0; value < 256; ++value) {
    const GDALColorEntry black{0, 0, 0, static_cast<short>(value == m_spec.nodata ? 0 : 255)};
    palette.SetColorEntry(value, &black);
  }
  int highest = 0;
  for (const LegendClass& entry : m_spec.legend->classes()) {
    const GDALColorEntry color{entry.color.red, entry.color.green, entry.color.blue, 255};
    palette.SetColorEntry(entry.value, &color);
    highest = std::max<int>(highest, entry.value);
  }
  band.SetColorTable(&palette);
  band.SetColorInterpretation(GCI_PaletteIndex);
  CPLStringList names;
  for (int value = 0; value <= highest; ++value) {
    const auto index = m_spec.legend->index_of(static_cast<std::uint8_t>(value));
    const std::string none = value == m_spec.nodata ? "no data" : "";
    names.AddString(index ? m_spec.legend->classes()[static_cast<std::size_t>(*index)].name.c_str()
                          : none.c_str());
  }
  band.SetCategoryNames(names.List());
}

void GdalRasterSink::set_attribute_table(GDALRasterBand& band, const ValueCounts& counts) const {
  GDALDefaultRasterAttributeTable table;
  table.CreateColumn("Value", GFT_Integer, GFU_MinMax);
  table.CreateColumn("PixelCount", GFT_Real, GFU_PixelCount);
  table.CreateColumn("Class", GFT_String, GFU_Name);
  table.CreateColumn("Red", GFT_Integer, GFU_Red);
  table.CreateColumn("Green", GFT_Integer, GFU_Green);
  table.CreateColumn("Blue", GFT_Integer, GFU_Blue);
  if (m_spec.area_m2) table.CreateColumn("AreaM2", GFT_Real, GFU_Generic);
  table.SetTableType(GRTT_THEMATIC);
  int row = 0;
  for (const LegendClass& entry : m_spec.legend->classes()) {
    table.SetValue(row, 0, entry.value);
    table.SetValue(row, 1, static_cast<double>(counts[entry.value]));
    table.SetValue(row, 2, entry.name.c_str());
    table.SetValue(row, 3, entry.color.red);
    table.SetValue(row, 4, entry.color.green);
    table.SetValue(row, 5, entry.color.blue);
    if (m_spec.area_m2) table.SetValue(row, 6, m_spec.area_m2(entry.value));
    ++row;
  }
  band.SetDefaultRAT(&table);
}

/// Room for overviews, whose pixels come with those of the raster.
void GdalRasterSink::add_overviews(const std::string& compression) {
  std::vector<int> factors;
  for (int factor = 2; std::max(m_spec.cols, m_spec.rows) / factor >= kBlockPx / 2; factor *= 2)
    factors.push_back(factor);
  if (has_own_overviews(m_spec.creation_options)) factors.clear();
  m_pyramid.emplace(
      m_spec.cols, m_spec.rows, static_cast<int>(factors.size()),
      m_spec.legend ? OverviewMethod::Mode : OverviewMethod::Average, m_spec.nodata,
      [this](int level, int band, std::int64_t col, std::int64_t row, std::span<const std::uint8_t> pixels) {
        write_tile(level, band, col, row, pixels);
      });
  if (factors.empty()) return;
  const GdalErrors errors;
  const LocalConfig config(overview_config(compression));
  const CPLErr status = m_dataset->BuildOverviews("NONE", static_cast<int>(factors.size()), factors.data(), 0,
                                                  nullptr, nullptr, nullptr);
  if (status != CE_None || errors.failed()) throw write_error(m_spec.path, errors.message());
}

void GdalRasterSink::write(const Window& window, int band, std::span<const std::uint8_t> pixels) {
  m_pyramid->add(window, band, pixels);
}

void GdalRasterSink::write_tile(int level, int band, std::int64_t col, std::int64_t row,
                                std::span<const std::uint8_t> pixels) {
  const GdalErrors errors;
  GDALRasterBand* target = m_dataset->GetRasterBand(band + 1);
  if (level > 0) target = target->GetOverview(level - 1);
  auto* const data = const_cast<std::uint8_t*>(pixels.data());
  CPLErr status = CE_None;
  if (holds_tiles(*target)) {
    status = target->WriteBlock(static_cast<int>(col), static_cast<int>(row), data);
  } else {
    const Window inside = intersect({col * kBlockPx, row * kBlockPx, kBlockPx, kBlockPx},
                                    {0, 0, target->GetXSize(), target->GetYSize()});
    const auto cols = static_cast<int>(inside.cols);
    const auto rows = static_cast<int>(inside.rows);
    status = target->RasterIO(GF_Write, static_cast<int>(inside.col), static_cast<int>(inside.row), cols,
                              rows, data, cols, rows, GDT_Byte, 1, kBlockPx, nullptr);
  }
  if (status != CE_None || errors.failed()) throw write_error(m_spec.path, errors.message());
}

void GdalRasterSink::close() {
  const GdalErrors errors;
  m_dataset->FlushCache();
  m_dataset.reset();
  if (errors.failed()) throw write_error(m_spec.path, errors.message());
}

/// @throws Error{Cancelled} when that is why GDAL stopped, Error{Resource} for other failures
void GdalRasterSink::check_finished(bool succeeded, const char* what, const GdalErrors& errors) const {
  if (succeeded && !errors.failed()) return;
  if (m_spec.is_cancelled && m_spec.is_cancelled()) throw cancelled_error();
  throw resource_error("{}: writing {} failed: {}", m_spec.path, what, errors.message());
}

void GdalRasterSink::convert_to_cog() {
  const GdalErrors errors;
  // GDAL 3.6 reports errors that are none when several threads decode several bands.
  const int threads = m_spec.band_descriptions.size() == 1 ? m_spec.finishing_threads : 1;
  DriverOptions local = overview_config("DEFLATE");
  local.insert(local.end(), {{"GDAL_NUM_THREADS", std::to_string(threads)},
                             {"GDAL_DISABLE_READDIR_ON_OPEN", "FALSE"},
                             {"GDAL_GEOREF_SOURCES", "PAM,INTERNAL,TABFILE,WORLDFILE"}});
  const LocalConfig config(std::move(local));
  GDALDriver& driver = driver_named("COG");
  const CPLStringList options = creation_options(driver,
                                                 {{"COMPRESS", "DEFLATE"},
                                                  {"BLOCKSIZE", std::to_string(kBlockPx)},
                                                  {"OVERVIEW_RESAMPLING", m_spec.legend ? "MODE" : "AVERAGE"},
                                                  {"NUM_THREADS", std::to_string(m_spec.finishing_threads)},
                                                  {"BIGTIFF", "IF_SAFER"}},
                                                 m_spec.creation_options);
  DatasetPtr source = open_raster_dataset(m_working.string());
  DatasetPtr cog(driver.CreateCopy(m_temporary.c_str(), source.get(), FALSE,
                                   const_cast<char**>(options.List()), may_go_on, &m_spec.is_cancelled));
  const bool is_made = cog != nullptr;
  cog.reset();
  check_finished(is_made, "the COG", errors);
}

/// GDAL tells of a file beside the raster that it can't write as a warning only.
void GdalRasterSink::check_classes() const {
  if (!CPLTestBool(CPLGetConfigOption("GDAL_PAM_ENABLED", "YES"))) return;
  // Read as XML: options of the user's keep GDAL from looking beside a raster.
  const GdalErrors silent;
  const std::unique_ptr<CPLXMLNode, void (*)(CPLXMLNode*)> side(
      CPLParseXMLFile(side_file(m_temporary).c_str()), CPLDestroyXMLNode);
  if (!side || CPLSearchXMLNode(side.get(), "=GDALRasterAttributeTable") == nullptr)
    throw resource_error("{}: writing the names of its classes (.aux.xml) failed", m_spec.path);
}

void GdalRasterSink::finish(const ValueCounts& counts) {
  if (m_spec.legend) set_attribute_table(*m_dataset->GetRasterBand(1), counts);
  m_pyramid->finish();
  close();
  if (m_spec.format == "COG") convert_to_cog();
  if (m_spec.legend) check_classes();
  if (has_style_file()) write_file(style_path(m_temporary), raster_style_qml(*m_spec.legend));
}

void GdalRasterSink::add_to(CommitSteps& steps) {
  // The raster first: where that fails, what lies beside the old one still belongs to it.
  steps.rename(m_temporary, m_target, m_spec.overwrite);
  for (const char* stale : {".ovr", ".msk", ".aux.xml", ".vat.dbf"}) steps.remove(m_target.string() + stale);
  if (fs::exists(side_file(m_temporary))) steps.rename(side_file(m_temporary), side_file(m_target));
  if (has_style_file()) {
    join_style_file(style_path(m_temporary), StyledLayer::Raster, style_path(m_target));
    steps.rename(style_path(m_temporary), style_path(m_target));
  }
}

}  // namespace orthocover
