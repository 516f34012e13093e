#include "core/parts/part_format.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/rows.h"
#include "core/base/sha256.h"
#include "core/base/strict_json.h"
#include "core/parts/part_bytes.h"

namespace orthocover {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMostSidePx = std::int64_t{1} << 31;
constexpr std::uint8_t kRaw = 0;
constexpr std::uint8_t kRuns = 1;
constexpr std::size_t kShortestRun = 3;
constexpr std::size_t kLongestRun = 127 + kShortestRun;
constexpr std::size_t kMostLiterals = 128;

using Bytes = std::vector<std::uint8_t>;

std::size_t run_at(std::span<const std::uint8_t> pixels, std::size_t at) {
  const std::size_t most = std::min(kLongestRun, pixels.size() - at);
  return static_cast<std::size_t>(rows::run_length(pixels.data() + at, static_cast<std::int64_t>(most)));
}

/// Control byte below 128: so many literals plus one; else a run of (control - 128 + 3) equal bytes.
std::string pack_runs(std::span<const std::uint8_t> pixels) {
  std::string out;
  std::size_t literals = 0;
  const auto flush = [&](std::size_t end) {
    for (std::size_t from = end - literals; from < end;) {
      const std::size_t count = std::min(kMostLiterals, end - from);
      out.push_back(static_cast<char>(count - 1));
      out.append(reinterpret_cast<const char*>(pixels.data()) + from, count);
      from += count;
    }
    literals = 0;
  };
  for (std::size_t at = 0; at < pixels.size();) {
    const std::size_t run = run_at(pixels, at);
    if (run < kShortestRun) {
      literals += run;
    } else {
      flush(at);
      out.push_back(static_cast<char>(128 + run - kShortestRun));
      out.push_back(static_cast<char>(pixels[at]));
    }
    at += run;
  }
  flush(pixels.size());
  return out;
}

bool unpack_runs(std::string_view packed, std::size_t pixels, Bytes& out) {
  out.clear();
  out.reserve(pixels);
  for (std::size_t at = 0; at < packed.size();) {
    const auto control = static_cast<std::uint8_t>(packed[at++]);
    const bool is_run = control >= 128;
    const std::size_t count = is_run ? control - 128 + kShortestRun : control + std::size_t{1};
    const std::size_t taken = is_run ? 1 : count;
    if (count > pixels - out.size() || taken > packed.size() - at) return false;
    if (is_run)
      out.insert(out.end(), count, static_cast<std::uint8_t>(packed[at]));
    else
      out.insert(out.end(), packed.begin() + static_cast<std::ptrdiff_t>(at),
                 packed.begin() + static_cast<std::ptrdiff_t>(at + count));
    at += taken;
  }
  return out.size() == pixels;
}

Window window_of(const Json& json) {
  return {json.at(0).get<std::int64_t>(), json.at(1).get<std::int64_t>(), json.at(2).get<std::int64_t>(),
          json.at(3).get<std::int64_t>()};
}

bool is_sound(const PartHeader& header) {
  const Window& region = header.region;
  const auto within = [](std::int64_t value, std::int64_t low) {
    return value >= low && value <= kMostSidePx;
  };
  const ShardNumber& shard = header.shard;
  return within(region.col, 0) && within(region.row, 0) && within(region.cols, 1) && within(region.rows, 1) &&
         header.block_px >= 16 && header.block_px <= kMostPartBlockPx && header.probabilities >= 0 &&
         header.bands() <= kMostPartBands && shard.count >= 0 && shard.index >= 0 &&
         shard.index <= shard.count && (shard.count == 0 || shard.index > 0) &&
         header.key.options.is_object();
}

}  // namespace

std::string encode_part_header(const PartHeader& header) {
  const Window& region = header.region;
  const Json json = {{"program", header.key.program},
                     {"scene_digest", header.key.scene},
                     {"model_digest", header.key.model},
                     {"options", header.key.options},
                     {"region", {region.col, region.row, region.cols, region.rows}},
                     {"block_px", header.block_px},
                     {"confidence", header.confidence},
                     {"probabilities", header.probabilities},
                     {"shard", {header.shard.index, header.shard.count}}};
  const std::string text = json_line(json);
  if (text.size() > kMostPartHeaderBytes)
    throw usage_error("the options take {} bytes, at most {} fit into a part file", text.size(),
                      kMostPartHeaderBytes);
  std::string out(kPartMagic);
  put_number(out, text.size());
  return out + text + part_checksum(text);
}

PartHeader decode_part_header(std::string_view text, const std::string& path) {
  PartHeader header;
  try {
    const Json json = parse_strict_json(text, path, ErrorKind::Data);
    header.key = {json.at("program").get<std::string>(), json.at("scene_digest").get<std::string>(),
                  json.at("model_digest").get<std::string>(), json.at("options")};
    header.region = window_of(json.at("region"));
    header.block_px = json.at("block_px").get<std::int64_t>();
    header.confidence = json.at("confidence").get<bool>();
    header.probabilities = json.at("probabilities").get<int>();
    header.shard = {json.at("shard").at(0).get<int>(), json.at("shard").at(1).get<int>()};
  } catch (const Json::exception& error) {
    throw data_error("{}: its header can't be read: {}", path, error.what());
  }
  if (header.probabilities > kMostPartBands || !is_sound(header))
    throw data_error("{}: its header holds impossible numbers", path);
  return header;
}

std::string pack_bands(const BlockView& block) {
  std::string out;
  for (const std::span<const std::uint8_t> band : block.bands) {
    const std::string runs = pack_runs(band);
    const bool shorter = runs.size() < band.size();
    out.push_back(static_cast<char>(shorter ? kRuns : kRaw));
    put_number(out, shorter ? runs.size() : band.size());
    if (shorter)
      out += runs;
    else
      out.append(reinterpret_cast<const char*>(band.data()), band.size());
  }
  return out;
}

bool unpack_bands(std::string_view packed, int bands, PartBlock& block) {
  const auto pixels = static_cast<std::size_t>(block.window.pixels());
  block.bands.assign(static_cast<std::size_t>(bands), {});
  for (Bytes& band : block.bands) {
    if (packed.size() < 1 + kNumberBytes) return false;
    const auto method = static_cast<std::uint8_t>(packed[0]);
    const std::uint64_t size = number_at(packed, 1);
    packed.remove_prefix(1 + kNumberBytes);
    if (size > packed.size()) return false;
    const std::string_view bytes = packed.substr(0, size);
    packed.remove_prefix(size);
    if (method == kRaw && size == pixels)
      band.assign(bytes.begin(), bytes.end());
    else if (method != kRuns || !unpack_runs(bytes, pixels, band))
      return false;
  }
  return packed.empty();
}

std::string part_checksum(std::string_view record) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(record)));
  return hash.finish().substr(0, kChecksumBytes);
}

bool is_block(const Window& window, const Window& region, std::int64_t block_px) {
  return window.col >= 0 && window.row >= 0 && window.col < region.cols && window.row < region.rows &&
         window.col % block_px == 0 && window.row % block_px == 0 &&
         window.cols == std::min(block_px, region.cols - window.col) &&
         window.rows == std::min(block_px, region.rows - window.row);
}

}  // namespace orthocover
