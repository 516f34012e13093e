#include "core/training/augment/pipeline.h"
#include "core/training/training_config.h"
#include "tests/fuzz/fuzz_reader.h"

namespace orthocover::fuzz {
namespace {

std::vector<std::string> training_config_seeds() {
  const nlohmann::ordered_json augmentation = AugmentationPipeline::nadir_default().to_json();
  return {
      R"({"schema_version": 1, "legend": [{"value": 1, "name": "tree", "color": "#00ff00"}],
          "sources": [{"scenes": ["a.tif", "b.tif"], "labels": "a.gpkg", "class_field": "kind", "weight": 2,
                       "where": "src <> 'osm'", "bands": [1, 2, 3], "map": {"wood": "tree", "road": null},
                       "background": "tree", "unknown": "ignore", "place": "banepa", "train_only": true},
                      {"images": "i", "masks": "m", "mask_values": "color", "color_tolerance": 8,
                       "ground_size_m": 0.05, "classes": "legend.json"}],
          "split": {"by": "blocks", "share": 0.2, "block_m": 50, "gap_m": 5, "seed": 3, "hold_out": ["a"]}})",
      R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg"}], "augmentation": {"transforms": [
          {"name": "one_of", "p": 0.5, "transforms": [{"name": "gamma", "p": 0.3, "gamma": [0.8, 1.2]}]}]}})",
      R"({"sources": [{"scenes": "a.tif", "labels": "a.gpkg"}], "augmentation": )" + augmentation.dump() +
          "}"};
}

/// The complete form of an augmentation must be accepted as it was written.
void check_written_form(const AugmentationPipeline& pipeline) {
  const nlohmann::ordered_json written = pipeline.to_json();
  try {
    if (AugmentationPipeline::from_json(nlohmann::json::parse(written.dump()), "written").to_json() ==
        written)
      return;
  } catch (const Error& error) {
    throw internal_error("an augmentation was accepted, its written form is not: {}", error.what());
  }
  throw internal_error("an augmentation changed when it was written and read again");
}

void read(std::span<const std::byte> bytes) {
  expect_refusal_or_success({ErrorKind::Usage, ErrorKind::Data, ErrorKind::Model}, [&] {
    const TrainingConfig config = parse_training_config(text_of(bytes), "/nowhere", "fuzz");
    if (!config.augmentation.is_null())
      check_written_form(AugmentationPipeline::from_json(config.augmentation, "fuzz"));
  });
}

}  // namespace

FuzzReader training_config_reader() {
  return {"training_config", read, training_config_seeds};
}

}  // namespace orthocover::fuzz
