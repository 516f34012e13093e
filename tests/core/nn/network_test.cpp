#include "core/nn/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/base/error.h"

namespace orthocover::nn {
namespace {

std::string refusal(const std::string& architecture, const NetworkOptions& options) {
  try {
    make_network(architecture, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Model);
    return error.what();
  }
  return "";
}

TEST(Networks, HaveDistinctNamesAndASummary) {
  std::set<std::string> names;
  for (const auto& entry : networks()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    EXPECT_EQ(entry.name.find('_'), std::string::npos) << entry.name;
  }
}

/// Pooling leaves one value a channel of one patch, which has no deviation of its own.
TEST(Networks, AreTrainedByOnePatchAtATime) {
  for (const std::string name : {"deeplabv3plus-resnet34", "orthonet-small"}) {
    const auto network = make_network(name, {3, 2});
    network->train();
    network->forward(torch::rand({1, 3, 64, 64})).sum().backward();
    EXPECT_TRUE(network->parameters().front().grad().isfinite().all().item<bool>()) << name;
  }
}

TEST(MakeNetwork, OffersTheNearestNameForAnUnknownArchitecture) {
  EXPECT_THAT(refusal("deeplabv3plus-resnet43", {}),
              testing::AllOf(testing::HasSubstr("'deeplabv3plus-resnet43' is unknown"),
                             testing::HasSubstr("did you mean 'deeplabv3plus-resnet34'?")));
}

}  // namespace
}  // namespace orthocover::nn
