#include "georef/labels/class_source.h"

#include <gdal_priv.h>
#include <gdal_rat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "core/base/error.h"
#include "georef/gdal_geo_io.h"
#include "tests/georef/made_layers.h"
#include "tests/georef/made_rasters.h"

namespace orthocover {
namespace {

using test::Folder;
using test::refusal;

/// One band without nodata, of values that `value` gives.
test::Made classes_of(const std::string& type, std::function<double(int, int)> value) {
  test::Made made;
  made.bands = 1;
  made.type = type;
  made.value = [value](int, int col, int row) { return value(col, row); };
  return made;
}

std::unique_ptr<ClassSource> open(const std::string& path, int band = 1,
                                  std::vector<std::int64_t> exclude = {}) {
  return make_gdal_geo_io()->open_classes({path, band, std::move(exclude)});
}

std::vector<std::uint16_t> codes_of(const ClassSource& source) {
  std::vector<std::uint16_t> codes(static_cast<std::size_t>(source.info().cols * source.info().rows));
  source.read_rows(0, source.info().rows, codes.data());
  return codes;
}

std::string kind_and_text(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(to_string(error.kind())) + ": " + error.what();
  }
  return {};
}

TEST(ClassSource, ReadsEveryTypeOfWholeNumbers) {
  const std::vector<std::pair<std::string, std::vector<double>>> kTypes = {
      {"Byte", {0, 1, 255}},
      {"UInt16", {0, 7, 65535}},
      {"Int16", {-32768, -1, 32767}},
      {"UInt32", {0, 70000, 4294967295.0}},
      {"Int32", {-2147483648.0, 0, 2147483647}},
      {"Int64", {-9007199254740992.0, 3, 9007199254740992.0}},
      {"UInt64", {0, 3, 9007199254740992.0}}};
  for (const auto& [type, values] : kTypes) {
    const Folder folder;
    test::make_raster(folder / "c.tif", classes_of(type, [&values = values](int col, int row) {
                        return values[(col + row) % 3];
                      }));
    const auto source = open(folder / "c.tif");
    const std::vector<std::uint16_t> codes = codes_of(*source);
    for (int row = 0; row < 48; ++row) {
      for (int col = 0; col < 64; ++col) {
        const std::uint16_t code = codes[static_cast<std::size_t>(row * 64 + col)];
        ASSERT_NE(code, ClassSource::kNoCode) << type;
        ASSERT_EQ(source->value_of(code), static_cast<std::int64_t>(values[(col + row) % 3])) << type;
      }
    }
  }
}

TEST(ClassSource, ReadsSignedBytes) {
  const Folder folder;
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 7, 0)
  test::Made made = classes_of("Int8", [](int col, int) { return col < 32 ? -1 : 3; });
#else
  test::Made made = classes_of("Byte", [](int col, int) { return col < 32 ? 255 : 3; });  // the bits of -1
  made.options = {"PIXELTYPE=SIGNEDBYTE"};
#endif
  test::make_raster(folder / "c.tif", made);
  const auto source = open(folder / "c.tif");
  const std::vector<std::uint16_t> codes = codes_of(*source);
  EXPECT_EQ(source->value_of(codes[0]), -1);
  EXPECT_EQ(source->value_of(codes[63]), 3);
  EXPECT_EQ(codes_of(*open(folder / "c.tif", 1, {-1}))[0], ClassSource::kNoCode);
}

TEST(ClassSource, LeavesOutNodataMaskedTransparentAndExcludedPixels) {
  const Folder folder;
  test::Made nodata = classes_of("Byte", [](int col, int) { return col % 3; });
  nodata.nodata = 0;
  test::make_raster(folder / "nodata.tif", nodata);
  const auto source = open(folder / "nodata.tif", 1, {2, 9999});
  const std::vector<std::uint16_t> codes = codes_of(*source);
  EXPECT_EQ(codes[0], ClassSource::kNoCode);
  EXPECT_EQ(source->value_of(codes[1]), 1);
  EXPECT_EQ(codes[2], ClassSource::kNoCode);

  test::Made masked = classes_of("UInt16", [](int, int) { return 5; });
  masked.mask = [](int col, int) { return col > 0; };
  test::make_raster(folder / "masked.tif", masked);
  EXPECT_EQ(codes_of(*open(folder / "masked.tif"))[0], ClassSource::kNoCode);
  EXPECT_NE(codes_of(*open(folder / "masked.tif"))[1], ClassSource::kNoCode);

  test::Made transparent;
  transparent.bands = 2;
  transparent.alpha_last = true;
  transparent.value = [](int band, int col, int) { return band == 0 ? 4 : col == 0 ? 0 : 255; };
  test::make_raster(folder / "alpha.tif", transparent);
  EXPECT_EQ(codes_of(*open(folder / "alpha.tif"))[0], ClassSource::kNoCode);
  EXPECT_NE(codes_of(*open(folder / "alpha.tif"))[1], ClassSource::kNoCode);
}

TEST(ClassSource, DoesNotCountValuesUnderAMask) {
  const Folder folder;
  test::Made made = classes_of("Int32", [](int col, int row) { return row < 1 ? 1 : col + 300 * row; });
  made.cols = made.rows = 300;
  made.mask = [](int, int row) { return row < 1; };
  test::make_raster(folder / "c.tif", made);
  const auto source = open(folder / "c.tif");
  EXPECT_EQ(source->value_of(codes_of(*source)[0]), 1);
}

TEST(ClassSource, GivesEachValueOneCodeWhicheverThreadMeetsItFirst) {
  const Folder folder;
  test::Made made = classes_of("UInt16", [](int col, int row) { return (col * 7919 + row * 104729) % 5000; });
  made.cols = 400;
  made.rows = 320;
  made.options = {"TILED=YES", "COMPRESS=LZW", "BLOCKXSIZE=64", "BLOCKYSIZE=64"};
  test::make_raster(folder / "c.tif", made);
  const auto source = open(folder / "c.tif");
  std::vector<std::uint16_t> codes(400 * 320);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::int64_t strip = t; strip < 32; strip += 4)
        source->read_rows(strip * 10, 10, codes.data() + strip * 10 * 400);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint16_t> distinct;
  for (int row = 0; row < 320; ++row) {
    for (int col = 0; col < 400; ++col) {
      const std::uint16_t code = codes[static_cast<std::size_t>(row * 400 + col)];
      ASSERT_EQ(source->value_of(code), (col * 7919 + row * 104729) % 5000);
      distinct.insert(code);
    }
  }
  EXPECT_EQ(distinct.size(), 5000U);
}

TEST(ClassSource, TakesSixtyFiveThousandClassesAndRefusesOneMore) {
  const Folder folder;
  test::Made made = classes_of("UInt32", [](int col, int row) { return col + 256 * row; });
  made.cols = made.rows = 256;
  test::make_raster(folder / "ids.tif", made);
  const auto most = open(folder / "ids.tif", 1, {0});
  EXPECT_EQ(most->value_of(codes_of(*most).back()), 65535);
  EXPECT_EQ(
      kind_and_text([&] { codes_of(*open(folder / "ids.tif")); }),
      "Data: " + folder / "ids.tif" +
          ": has more than 65535 different values, so it looks like an image or like identifiers, not like "
          "classes; name another band, or group its values into classes first (gdal_calc.py)");
}

TEST(ClassSource, RefusesFractionsAndComplexNumbersByName) {
  const Folder folder;
  test::make_raster(folder / "f.tif", classes_of("Float32", [](int, int) { return 0.5; }));
  test::make_raster(folder / "c.tif", classes_of("CInt16", [](int, int) { return 1; }));
  const std::string fractions = kind_and_text([&] { open(folder / "f.tif"); });
  EXPECT_EQ(fractions,
            "Data: " + folder / "f.tif" +
                ": band 1 holds fractional numbers (Float32), classes are whole numbers; name another "
                "band, or round it first: gdal_translate -ot Int32");
  EXPECT_NE(refusal([&] { open(folder / "c.tif"); }).find("complex numbers (CInt16)"), std::string::npos);
}

TEST(ClassSource, ReadsTheBandThatIsNamedAndRefusesOneThatIsNotThere) {
  const Folder folder;
  test::Made made;
  made.value = [](int band, int, int) { return 10 + band; };
  test::make_raster(folder / "c.tif", made);
  const auto source = open(folder / "c.tif", 3);
  EXPECT_EQ(source->value_of(codes_of(*source)[0]), 12);
  EXPECT_EQ(source->info().bands.size(), 1U);
  EXPECT_EQ(kind_and_text([&] { open(folder / "c.tif", 4); }),
            "Usage: --band: " + folder / "c.tif" + " has no band 4; it has 1..3");
}

TEST(ClassSource, TakesNoBandOfAPhotoUnasked) {
  const Folder folder;
  test::Made made;
  made.options = {"PHOTOMETRIC=RGB"};
  test::make_raster(folder / "c.tif", made);
  EXPECT_THAT(kind_and_text([&] {
                GdalClassSource({folder / "c.tif", {}, {}});
              }),
              testing::HasSubstr("its bands are red, green and blue"));
  EXPECT_EQ(open(folder / "c.tif", 1)->info().bands.size(), 1U);
}

TEST(ClassSource, RefusesADegenerateGeotransform) {
  const Folder folder;
  test::make_raster(folder / "c.tif", classes_of("Byte", [](int, int) { return 1; }));
  for (const char* transform : {"500000, 0.1, 0, 5000000, 0, 0", "500000, nan, 0, 5000000, 0, -0.1"}) {
    std::ofstream(folder / "c.vrt")
        << "<VRTDataset rasterXSize=\"64\" rasterYSize=\"48\"><GeoTransform>" << transform
        << "</GeoTransform><VRTRasterBand dataType=\"Byte\" band=\"1\"><SimpleSource>"
           "<SourceFilename relativeToVRT=\"1\">c.tif</SourceFilename>"
           "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>";
    const std::string text = kind_and_text([&] { open(folder / "c.vrt"); });
    EXPECT_TRUE(text.starts_with("Data: " + folder / "c.vrt" + ": its geotransform is degenerate (500000, "));
    EXPECT_TRUE(text.ends_with("a pixel has no area; set the right one: gdal_edit.py -a_ullr")) << text;
  }
}

TEST(ClassSource, MeasuresBothSidesOfAPixelOnTheGround) {
  const Folder folder;
  test::Made degrees = classes_of("Byte", [](int, int) { return 1; });
  degrees.crs = "EPSG:4326";
  degrees.geotransform = {{8.0, 1e-5, 0, 60.0, 0, -1e-5}};
  test::make_raster(folder / "degrees.tif", degrees);
  const PixelSize size = open(folder / "degrees.tif")->pixel_size();
  EXPECT_TRUE(size.is_metric);
  EXPECT_NEAR(size.height_m, 1e-5 * 111412.2, 1e-4);
  EXPECT_NEAR(size.width_m, 1e-5 * 111319.5 * 0.5 * 1.0025, 1e-4);

  test::Made no_crs = classes_of("Byte", [](int, int) { return 1; });
  no_crs.crs = "";
  no_crs.geotransform = {{0, 3, 4, 0, 0.5, -2}};
  test::make_raster(folder / "no_crs.tif", no_crs);
  const PixelSize plane = open(folder / "no_crs.tif")->pixel_size();
  EXPECT_FALSE(plane.is_metric);
  EXPECT_DOUBLE_EQ(plane.width_m, std::hypot(3, 0.5));
  EXPECT_DOUBLE_EQ(plane.height_m, std::hypot(4, 2));
  EXPECT_DOUBLE_EQ(plane.area_m2(), 3 * 2 + 4 * 0.5);

  // Turned on the map by 30 degrees, where a degree of longitude is half of one of latitude.
  const double cosine = std::cos(M_PI / 6) * 1e-5, sine = std::sin(M_PI / 6) * 1e-5;
  degrees.geotransform = {{8.0, cosine, sine, 60.0, sine, -cosine}};
  test::make_raster(folder / "turned.tif", degrees);
  const PixelSize turned = open(folder / "turned.tif")->pixel_size();
  EXPECT_NEAR(turned.area_m2() / (size.width_m * size.height_m), 1, 1e-5);
  EXPECT_LT(turned.area_m2(), 0.9 * turned.width_m * turned.height_m);

  no_crs.geotransform.reset();
  test::make_raster(folder / "frame.tif", no_crs);
  const PixelSize frame = open(folder / "frame.tif")->pixel_size();
  EXPECT_FALSE(frame.is_metric);
  EXPECT_EQ(frame.width_m, 1);
  EXPECT_EQ(frame.height_m, 1);
}

TEST(ClassSource, TellsNamesAndColoursOfCategoriesAndPalette) {
  const Folder folder;
  test::Made made = classes_of("Byte", [](int, int) { return 1; });
  made.nodata = 0;
  made.palette = true;  // value 1 is red
  test::make_raster(folder / "c.tif", made);
  GDALDataset* dataset = GDALDataset::Open((folder / "c.tif").c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE);
  CPLStringList names;
  for (const char* name : {"no data", "roof", "", "grass"}) names.AddString(name);
  dataset->GetRasterBand(1)->SetCategoryNames(names.List());
  GDALClose(dataset);
  const std::vector<ClassEntry> classes = open(folder / "c.tif")->classes();
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[0].value, 1);
  EXPECT_EQ(classes[0].name, "roof");
  EXPECT_EQ(classes[0].color, (Color{255, 0, 0}));
  EXPECT_EQ(classes[1].value, 3);
  EXPECT_EQ(classes[1].name, "grass");
}

TEST(ClassSource, TellsNamesAndColoursOfAnAttributeTableOfAnyValues) {
  const Folder folder;
  test::make_raster(folder / "c.tif", classes_of("Int32", [](int, int) { return 41000; }));
  GDALDefaultRasterAttributeTable table;
  table.CreateColumn("Code", GFT_Integer, GFU_MinMax);
  table.CreateColumn("Label", GFT_String, GFU_Name);
  table.CreateColumn("R", GFT_Integer, GFU_Red);
  table.CreateColumn("G", GFT_Integer, GFU_Green);
  table.CreateColumn("B", GFT_Integer, GFU_Blue);
  for (int row = 0; row < 2; ++row) {
    table.SetValue(row, 0, row == 0 ? 41000 : -7);
    table.SetValue(row, 1, row == 0 ? "vineyard" : "unknown");
    table.SetValue(row, 2, 120);
    table.SetValue(row, 3, row);
    table.SetValue(row, 4, 300);  // beyond what a colour can be
  }
  GDALDataset* dataset = GDALDataset::Open((folder / "c.tif").c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE);
  dataset->GetRasterBand(1)->SetDefaultRAT(&table);
  GDALClose(dataset);
  const std::vector<ClassEntry> classes = open(folder / "c.tif")->classes();
  ASSERT_EQ(classes.size(), 2U);
  EXPECT_EQ(classes[0].value, -7);
  EXPECT_EQ(classes[0].name, "unknown");
  EXPECT_EQ(classes[1].value, 41000);
  EXPECT_EQ(classes[1].name, "vineyard");
  EXPECT_EQ(classes[1].color, (Color{120, 0, 255}));
}

TEST(ClassSource, NamesAllValuesOfARangeInAnAttributeTable) {
  const Folder folder;
  test::make_raster(folder / "c.tif", classes_of("Byte", [](int col, int) { return col % 6; }));
  GDALDefaultRasterAttributeTable table;
  table.CreateColumn("from", GFT_Real, GFU_Min);
  table.CreateColumn("to", GFT_Real, GFU_Max);
  table.CreateColumn("label", GFT_String, GFU_Name);
  table.SetValue(0, 0, 1.0);
  table.SetValue(0, 1, 3.0);
  table.SetValue(0, 2, "low");
  GDALDataset* dataset = GDALDataset::Open((folder / "c.tif").c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE);
  dataset->GetRasterBand(1)->SetDefaultRAT(&table);
  GDALClose(dataset);
  const std::vector<ClassEntry> classes = open(folder / "c.tif")->classes();
  ASSERT_EQ(classes.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(classes[static_cast<std::size_t>(i)].value, i + 1);
    EXPECT_EQ(classes[static_cast<std::size_t>(i)].name, "low");
  }
}

TEST(ClassSource, RefusesTheConfidenceOfAMap) {
  const Folder folder;
  test::make_raster(folder / "c.tif", classes_of("Byte", [](int, int) { return 97; }));
  GDALDataset* dataset = GDALDataset::Open((folder / "c.tif").c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE);
  dataset->GetRasterBand(1)->SetDescription("confidence");
  dataset->GetRasterBand(1)->SetScale(0.01);
  GDALClose(dataset);
  EXPECT_NE(
      kind_and_text([&] { open(folder / "c.tif"); }).find("is the confidence of a map, not its classes"),
      std::string::npos);
}

TEST(ClassSource, RefusesTheProbabilitiesOfAMapUnlessABandIsNamed) {
  const Folder folder;
  test::Made made = classes_of("Byte", [](int, int) { return 97; });
  made.bands = 2;
  test::make_raster(folder / "p.tif", made);
  GDALDataset* dataset = GDALDataset::Open((folder / "p.tif").c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE);
  for (int band = 1; band <= 2; ++band) dataset->GetRasterBand(band)->SetScale(0.01);
  GDALClose(dataset);
  ClassRequest request;
  request.path = folder / "p.tif";
  const auto open_it = [&] { make_gdal_geo_io()->open_classes(request); };
  EXPECT_NE(kind_and_text(open_it).find("its values have a scale (0.01)"), std::string::npos);
  request.band = 2;
  EXPECT_NO_THROW(open_it());
}

TEST(ClassSource, NamesADamagedFile) {
  const Folder folder;
  test::Made made = classes_of("Byte", [](int col, int row) { return (col * row) % 251; });
  made.options = {"COMPRESS=DEFLATE"};
  test::make_raster(folder / "c.tif", made);
  const auto source = open(folder / "c.tif");
  std::filesystem::resize_file(folder / "c.tif", std::filesystem::file_size(folder / "c.tif") / 2);
  const std::string text = kind_and_text([&] { codes_of(*open(folder / "c.tif")); });
  EXPECT_TRUE(text.starts_with("Data: " + folder / "c.tif")) << text;
}

TEST(ClassSource, HasTheCrsOfItsRegistryHoweverTheFileWordsIt) {
  const Folder folder;
  for (const char* crs : {"EPSG:32633", "EPSG:3857", "EPSG:4326"}) {
    test::Made made = classes_of("Byte", [](int, int) { return 1; });
    made.crs = crs;
    test::make_raster(folder / "sheet.tif", made);
    {
      const GDALDatasetUniquePtr sheet(GDALDataset::Open((folder / "sheet.tif").c_str()));
      GDALDriver* driver = GetGDALDriverManager()->GetDriverByName("VRT");
      const GDALDatasetUniquePtr copy(
          driver->CreateCopy((folder / "sheet.vrt").c_str(), sheet.get(), FALSE, nullptr, nullptr, nullptr));
      ASSERT_TRUE(copy);
    }
    EXPECT_EQ(open(folder / "sheet.tif")->info().georeference.crs_wkt,
              open(folder / "sheet.vrt")->info().georeference.crs_wkt)
        << crs;
  }
}

}  // namespace
}  // namespace orthocover
