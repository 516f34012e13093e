#include "core/operation/run_record.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>

#include "core/base/atomic_file.h"
#include "core/base/version.h"
#include "core/operation/command_text.h"
#include "core/operation/values.h"
#include "sample_operation.h"

namespace orthocover {
namespace {

/// For versions only.
class VersionsOnly final : public GeoIo {
 public:
  std::unique_ptr<RasterSource> open_raster(const std::string&, const std::vector<int>&,
                                            std::optional<double>) override {
    return {};
  }
  std::unique_ptr<RasterSink> create_raster(const RasterSpec&) override { return {}; }
  std::unique_ptr<LabelSource> open_labels(const LabelRequest&, const RasterInfo&) override { return {}; }
  std::optional<LabelLegend> read_label_legend(const std::string&, const std::string&,
                                               const std::string&) override {
    return {};
  }
  std::unique_ptr<MapSource> open_map(const std::string&) override { return {}; }
  ReferencePoints read_points(const std::string&, const RasterInfo&, const Legend&,
                              const std::string&) override {
    return {};
  }
  std::unique_ptr<PendingOutput> write_points(const std::vector<SamplePoint>&, const RasterInfo&,
                                              const PointSpec&) override {
    return {};
  }
  std::unique_ptr<ClassSource> open_classes(const ClassRequest&) override { return {}; }
  std::unique_ptr<PolygonMap> open_polygon_map(const PolygonMapRequest&) override { return {}; }
  std::vector<Zone> read_zones(const ZoneRequest&, const RasterInfo&) override { return {}; }
  std::optional<AreaScale> area_scale(const RasterInfo&) override { return {}; }
  std::unique_ptr<FeatureSink> create_features(const VectorSpec&, const RasterInfo&) override { return {}; }
  bool is_vector(const std::string&) const override { return false; }
  std::unique_ptr<AreaMask> open_area(const std::string&, const RasterInfo&, RunContext&) override {
    return {};
  }
  std::string area_digest(const std::string&) const override { return {}; }
  Window same_ground(const RasterInfo&, const Window&, const RasterInfo&) const override { return {}; }
  Window window_of_box(const RasterInfo&, const std::array<double, 4>&) override { return {}; }
  PixelSize pixel_size(const RasterInfo&) const override { return {}; }
  std::vector<std::string> files_of(const std::string& path) const override { return {path}; }
  void set_option(const std::string&, const std::string&) override {}
  std::vector<std::string> options() const override { return {"GTIFF_POINT_GEO_IGNORE=YES"}; }
  std::uint64_t limit_cache(std::uint64_t bytes) override { return bytes; }
  std::vector<std::pair<std::string, std::string>> versions() const override { return {{"GDAL", "3.6.2"}}; }
  std::vector<std::pair<std::string, bool>> drivers() const override { return {}; }
};

class RunRecord : public testing::Test {
 protected:
  RunRecord() {
    m_options["overlap"] = 0.4;
    m_options["input"] = {"a.tif"};
  }

  ~RunRecord() override { std::filesystem::remove(m_path); }
  const std::string m_path = testing::TempDir() + "/r.json";
  RunContext m_run;
  VersionsOnly m_geo;
  OperationSpec m_spec = sample_spec();
  nlohmann::json m_options = default_values(m_spec);
  OperationContext m_context{m_run, m_geo, "models", m_spec, m_options};
};

TEST_F(RunRecord, HoldsOptionsAndOrigin) {
  const auto record = run_record(m_context, {{"device", "cpu"}, {"libraries", {{"LibTorch", "2.6"}}}});
  for (const auto& [key, value] : m_options.items()) EXPECT_EQ(record.at(key), value) << key;
  EXPECT_EQ(record.at("operation"), "sample");
  const auto& origin = record.at("orthocover");
  EXPECT_EQ(origin.at("version"), version());
  EXPECT_EQ(origin.at("device"), "cpu");
  EXPECT_EQ(origin.at("gdal"), nlohmann::json{"GTIFF_POINT_GEO_IGNORE=YES"});
  EXPECT_EQ(origin.at("libraries"), (nlohmann::json{{"GDAL", "3.6.2"}, {"LibTorch", "2.6"}}));
  EXPECT_EQ(origin.at("finished").get<std::string>().size(), 20U);
}

TEST_F(RunRecord, IsAConfigForTheSameRun) {
  m_options["overwrite"] = true;
  pending_run_record(m_path, m_context, {{"device", "cpu"}})->commit();
  nlohmann::json again = default_values(m_spec);
  apply_config(m_spec, read_config(m_path), m_path, again);
  m_options["overwrite"] = false;
  EXPECT_EQ(again, m_options);
}

TEST_F(RunRecord, IsAConfigThroughAPipeToo) {
  const std::string text = run_record(m_context, {}).dump();
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_EQ(write(ends[1], text.data(), text.size()), std::ssize(text));
  close(ends[1]);
  const std::string path = fmt::format("/dev/fd/{}", ends[0]);
  EXPECT_EQ(read_config(path).at("overlap"), 0.4);
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  const rlimit none{0, usual.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  EXPECT_EQ(refusal([&] { read_config(path); }), fmt::format("Data: {}: reading failed", path));
  setrlimit(RLIMIT_NOFILE, &usual);
  close(ends[0]);
}

TEST_F(RunRecord, ThatCanNotBeWrittenKeepsTheOutputBack) {
  const std::filesystem::path target = m_path + ".csv";
  std::filesystem::create_directory(run_record_path(target));
  AtomicFile output(target);
  output.write("area");
  EXPECT_NE(refusal([&] { commit_with_record(output, target, m_context, {}); }), "");
  EXPECT_FALSE(std::filesystem::exists(target));
  std::filesystem::remove(run_record_path(target));
  commit_with_record(output, target, m_context, {});
  EXPECT_EQ(read_config(run_record_path(target)).at("overlap"), 0.4);
  EXPECT_TRUE(std::filesystem::remove(target));
  std::filesystem::remove(run_record_path(target));
}

TEST_F(RunRecord, TakesNamesThatAreNotUtf8) {
  m_options["output"] = "caf\xe9.tif";
  pending_run_record(m_path, m_context, m_options)->commit();
  read_config(m_path);
}

TEST_F(RunRecord, KeepsNoSecretsOfUrls) {
  EXPECT_EQ(without_secrets("/vsicurl/https://me:pa55@host:80/a b.tif?x=1&X-Amz-Signature=ab&sig=cd#f"),
            "/vsicurl/https://***@host:80/a b.tif?x=1&X-Amz-Signature=***&sig=***");
  EXPECT_EQ(without_secrets("/vsicurl?header.Authorization=Bearer%20x&url=https%3A%2F%2Fh%2Fa.tif"),
            "/vsicurl?header.Authorization=***&url=https%3A%2F%2Fh%2Fa.tif");
  EXPECT_EQ(without_secrets("https://host/a@b.tif?size=3"), "https://host/a@b.tif?size=3");
  EXPECT_EQ(without_secrets(
                "/vsicurl?use_head=no&url=https%3A%2F%2Fme%3Apa55%40h%2Fa.tif%3Fx%3D1%26sig%3Dcd%26y%3D2"),
            "/vsicurl?use_head=no&url=https%3A%2F%2F***%40h%2Fa.tif%3Fx%3D1%26sig%3D***%26y%3D2");
  EXPECT_EQ(without_secrets("https://me:pa55@host/a.tif?sig=" + std::string(9000, 'x')),
            "https://***@host/a.tif?***");
  EXPECT_EQ(without_secrets("https://host/" + std::string(9000, 'x')).size(), 3);
  for (const char* password : {"pa%2Fss", "pa%40ss", "pa&ss", "pa%26ss", "pa%3Fss"})
    EXPECT_EQ(without_secrets(fmt::format("http://me:{}@host/a.tif?x=1", password)),
              "http://***@host/a.tif?x=1");
  for (const char* url :
       {"https%3A%2F%2Fme%3Apa55@host%2Fa.tif", "http://me:pa55%40host/a.tif", "http://me:pa@55@host/a",
        "https%3A//me%3Apa55%40host/a.tif", "h%2Fa.tif%3Ftoken=pa55", "h/a.tif?token%3Dpa55"})
    EXPECT_EQ(without_secrets(fmt::format("m.tif: is of /vsicurl?x=1&url={}", url)).find("55"),
              std::string::npos)
        << url;
  EXPECT_EQ(without_secrets("http://host/a.tif?token=ab%26cd&x=1"), "http://host/a.tif?token=***&x=1");
  EXPECT_EQ(without_secrets("token=1.tif"), "token=1.tif");
}

}  // namespace
}  // namespace orthocover
