#include "core/training/data/image_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Folders `images` and `masks` of a test's own.
class ImagePairsTest : public testing::Test {
 protected:
  ImagePairsTest() {
    std::string pattern = (fs::temp_directory_path() / "orthocover-pairs-XXXXXX").string();
    m_root = mkdtemp(pattern.data());
    fs::create_directories(m_root / "images");
    fs::create_directories(m_root / "masks");
  }
  ~ImagePairsTest() override {
    std::error_code ignored;
    fs::remove_all(m_root, ignored);
  }

  void make(const std::string& name) { std::ofstream(m_root / name) << "x"; }
  ImagePairs find(const std::string& masks = "masks") {
    return find_image_pairs((m_root / "images").string(), (m_root / masks).string());
  }
  std::string refusal() {
    try {
      find();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Data);
      return error.what();
    }
    return {};
  }

  fs::path m_root;
};

TEST_F(ImagePairsTest, AreMatchedByNameWithAndWithoutUsualEndings) {
  for (const char* name : {"a.jpg", "b.PNG", "c_sat.tif", "d.tif", "readme.txt"})
    make(std::string("images/") + name);
  for (const char* name : {"a.png", "b_mask.png", "c_label.tif", "e_gt.png"})
    make(std::string("masks/") + name);
  const ImagePairs found = find();
  ASSERT_THAT(found.pairs, SizeIs(3));
  EXPECT_EQ(found.pairs[0].name, "a");
  EXPECT_THAT(found.pairs[0].mask, HasSubstr("masks/a.png"));
  EXPECT_THAT(found.pairs[1].image, HasSubstr("images/b.PNG"));
  EXPECT_EQ(found.pairs[2].name, "c");
  EXPECT_THAT(found.images, ElementsAre(HasSubstr("images/d.tif")));
  EXPECT_THAT(found.masks, ElementsAre(HasSubstr("masks/e_gt.png")));
}

TEST_F(ImagePairsTest, MayLieInOneFolder) {
  for (const char* name : {"a.jpg", "a_mask.png", "b.jpg", "b_mask.png"}) make(std::string("images/") + name);
  const ImagePairs found = find("images");
  ASSERT_THAT(found.pairs, SizeIs(2));
  EXPECT_THAT(found.pairs[0].image, HasSubstr("a.jpg"));
  EXPECT_THAT(found.pairs[0].mask, HasSubstr("a_mask.png"));
  EXPECT_THAT(found.images, IsEmpty());
}

TEST_F(ImagePairsTest, AreRefusedWithoutImagesMasksOrPartners) {
  EXPECT_THAT(refusal(), HasSubstr("images: has no images; .tif"));
  make("images/a.jpg");
  EXPECT_THAT(refusal(), HasSubstr("masks: has no masks"));
  make("masks/b.png");
  EXPECT_THAT(refusal(), HasSubstr("no image has a mask in"));
  make("masks/a.png");
  make("masks/a_mask.tif");
  EXPECT_THAT(refusal(), HasSubstr("are masks of the same image; leave one"));
  fs::remove_all(m_root / "images");
  EXPECT_THAT(refusal(), HasSubstr("is not a folder of images that can be read"));
}

}  // namespace
}  // namespace orthocover
