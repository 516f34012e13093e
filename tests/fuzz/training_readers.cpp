#include "core/training/data/training_config.h"
#include "tests/fuzz/fuzz_reader.h"

namespace orthocover::fuzz {
namespace {

std::vector<std::string> training_config_seeds() {
  return {
      R"({"schema_version": 1, "legend": [{"value": 1, "name": "tree", "color": "#00ff00"}],
          "sources": [{"scenes": ["a.tif", "b.tif"], "labels": "a.gpkg", "class_field": "kind", "weight": 2,
                       "where": "src <> 'osm'", "bands": [1, 2, 3], "map": {"wood": "tree", "road": null},
                       "background": "tree", "unknown": "ignore", "place": "banepa", "train_only": true},
                      {"images": "i", "masks": "m", "mask_values": "color", "color_tolerance": 8,
                       "ground_size_m": 0.05, "classes": "legend.json"}],
          "split": {"by": "blocks", "share": 0.2, "block_m": 50, "gap_m": 5, "seed": 3, "hold_out": ["a"]}})",
      R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg"}], "augmentation": {"transforms": [
          {"name": "one_of", "p": 0.5, "transforms": [{"name": "gamma", "p": 0.3, "gamma": [0.8, 1.2]}]}]}})"};
}

void read(std::span<const std::byte> bytes) {
  expect_refusal_or_success({ErrorKind::Usage, ErrorKind::Data, ErrorKind::Model},
                            [&] { parse_training_config(text_of(bytes), "/nowhere", "fuzz"); });
}

}  // namespace

FuzzReader training_config_reader() {
  return {"training_config", read, training_config_seeds};
}

}  // namespace orthocover::fuzz
