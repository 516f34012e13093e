#include <sstream>

#include "core/parts/part_bytes.h"
#include "core/parts/part_reader.h"
#include "tests/fuzz/fuzz_reader.h"

namespace orthocover::fuzz {
namespace {

/// Bytes with a sound header and records of the given bytes, whose checksums fit: what a fuzzer can't find by
/// itself.
std::string with_checksums(std::string_view payload) {
  PartHeader header;
  header.key = {"1.0", "scene", "model", nlohmann::json::object()};
  header.region = {0, 0, 40, 20};
  header.block_px = 16;
  const std::string record =
      RecordHead{RecordHead::kBlock, 0, 0, payload.size()}.encode() + std::string(payload);
  return encode_part_header(header) + record + part_checksum(record);
}

void read_all(const std::string& bytes) {
  expect_refusal_or_success({ErrorKind::Data}, [&] {
    PartReader reader(std::make_unique<std::istringstream>(bytes), "map.tif.part");
    for (std::size_t i = 0; i < reader.blocks().size(); ++i) reader.read(i);
  });
}

void read_part(std::span<const std::byte> bytes) {
  const std::string text(text_of(bytes));
  read_all(text);
  read_all(with_checksums(text));
}

std::vector<std::string> part_seeds() {
  PartBlock block{{0, 0, 16, 16}, {std::vector<std::uint8_t>(256, 3)}};
  const std::string runs = pack_bands(block.view());
  for (std::size_t i = 0; i < 256; ++i) block.bands[0][i] = static_cast<std::uint8_t>(37 * i);
  return {runs, pack_bands(block.view()), with_checksums(runs)};
}

}  // namespace

FuzzReader part_file_reader() {
  return {"part_file", read_part, part_seeds};
}

}  // namespace orthocover::fuzz
