#include "core/training/augment/pipeline_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/training/augment/transform.h"

namespace orthocover {
namespace {

constexpr std::uintmax_t kLargestPageBytes = 1 << 20;

std::string committed(const char* file) {
  return read_small_file(std::filesystem::path(ORTHOCOVER_SOURCE_DIR) / file, kLargestPageBytes);
}

TEST(AugmentationSchema, CommittedFileIsCurrent) {
  EXPECT_EQ(committed("schemas/training/v1/augmentation.schema.json"), augmentation_schema_text())
      << "build the target update-generated";
}

TEST(AugmentationSchema, TableInTheDocumentationIsCurrent) {
  const std::string page = committed("docs/augmentation.md");
  EXPECT_EQ(page, with_augmentation_reference(page)) << "build the target update-generated";
}

TEST(AugmentationSchema, KnowsEveryTransformAndKey) {
  const auto schema = nlohmann::json::parse(augmentation_schema_text());
  for (const auto& kind : augment::transform_kinds()) {
    const auto& definition = schema.at("$defs").at(kind.name);
    EXPECT_EQ(definition.at("properties").size(), kind.keys.size() + 2) << kind.name;
    EXPECT_FALSE(kind.summary.empty()) << kind.name;
    for (const auto& key : kind.keys) EXPECT_FALSE(key.help.empty()) << kind.name << " " << key.name;
  }
  EXPECT_EQ(schema.at("$defs").at("transform").at("oneOf").size(), augment::transform_kinds().size() + 2);
  EXPECT_EQ(schema.at("$defs").at("gamma").at("properties").at("gamma").at("items").at("maximum"), 10);
}

TEST(AugmentationReference, RefusesAPageWithoutAPlaceForIt) {
  try {
    with_augmentation_reference("# A page\n");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("<!-- transforms -->"));
  }
}

}  // namespace
}  // namespace orthocover
