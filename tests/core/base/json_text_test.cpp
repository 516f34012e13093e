#include "core/base/json_text.h"

#include <gtest/gtest.h>

namespace orthocover {
namespace {

TEST(JsonText, IsWrittenWhateverBytesANameHas) {
  const nlohmann::ordered_json json = {{"name", "sc\xE9ne.tif"}, {"bands", 3}};
  EXPECT_EQ(json_line(json), "{\"name\":\"sc\xEF\xBF\xBDne.tif\",\"bands\":3}");
  EXPECT_EQ(json_document(json), "{\n  \"name\": \"sc\xEF\xBF\xBDne.tif\",\n  \"bands\": 3\n}\n");
}

}  // namespace
}  // namespace orthocover
