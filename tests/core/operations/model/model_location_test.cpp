#include "core/operations/model/model_location.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/core/operation/sample_operation.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

class ModelLocation : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"orthonet-small-landcover", "roofs"}) {
      fs::create_directories(m_models / name);
      std::ofstream(m_models / name / "model.json") << "{}";
    }
    fs::create_directories(m_models / "no-package");
  }
  void TearDown() override { fs::remove_all(m_models); }

  std::string refused(const std::string& name) const {
    return refusal([&] { locate_model(name, m_models); });
  }

  // Tests run beside each other.
  fs::path m_models = fs::path(testing::TempDir()) / ("model_location_test_" + std::to_string(getpid()));
};

TEST_F(ModelLocation, FindsTheDefaultAndShippedModelsByName) {
  EXPECT_EQ(locate_model("default", m_models), m_models / "orthonet-small-landcover");
  EXPECT_EQ(locate_model("roofs", m_models), m_models / "roofs");
}

TEST_F(ModelLocation, FindsPackagesByTheirFolderAndManifest) {
  EXPECT_EQ(locate_model((m_models / "roofs").string(), "elsewhere"), m_models / "roofs");
  EXPECT_EQ(locate_model((m_models / "roofs" / "model.json").string(), "elsewhere"), m_models / "roofs");
}

TEST_F(ModelLocation, OffersWhatThereIs) {
  EXPECT_EQ(refused("roof"),
            "Model: model 'roof': no such shipped model or folder (did you mean 'roofs'?); shipped are "
            "orthonet-small-landcover, roofs");
}

TEST_F(ModelLocation, RefusesFoldersThatAreNoPackages) {
  const std::string folder = (m_models / "no-package").string();
  EXPECT_EQ(refused(folder), "Model: model " + folder + ": the folder has no model.json");
  EXPECT_EQ(refused("").substr(0, 39), "Model: model '': no such shipped model ");
}

TEST_F(ModelLocation, SaysWhereItLookedWhenNothingIsShipped) {
  EXPECT_EQ(refusal([] { locate_model("default", "/nowhere/models"); }),
            "Model: model 'orthonet-small-landcover': not found, and there are no shipped models in "
            "/nowhere/models");
}

}  // namespace
}  // namespace orthocover
