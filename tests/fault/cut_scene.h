#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "core/parts/part_reader.h"
#include "tests/cli/workshop.h"

namespace orthocover::test {

/// A workshop with `scene.tif` of several blocks, part of it without data, and the way to map it.
class CutScene {
 public:
  explicit CutScene(int cols = 1400, int rows = 1200) {
    Made made;
    made.cols = cols;
    made.rows = rows;
    made.value = [](int band, int col, int row) {
      return 1 + (band * 50 + 7 * col + 3 * row + col * row / 50) % 200;
    };
    made.mask = [](int col, int row) { return col + row > 300; };
    make_raster(shop / "scene.tif", made);
  }

  std::vector<std::string> words(const std::string& operation, const std::string& map,
                                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {operation, "--model",  shop / "model", "--device",     "cpu", "--threads",
                                    "1",       "--levels", "1,2",          "--confidence", "tif"};
    all.insert(all.end(), more.begin(), more.end());
    all.insert(all.end(), {shop / "scene.tif", shop / map});
    return all;
  }
  Outcome run(const std::string& operation, const std::string& map,
              const std::vector<std::string>& more = {}) const {
    return shop.run(words(operation, map, more));
  }
  bool has(const std::string& name) const { return std::filesystem::exists(shop / name); }
  /// Bytes of a file; of GeoJSON without the layer's name, which is the file's.
  std::string bytes(const std::string& name) const {
    std::string bytes = bytes_of_file(shop / name);
    const std::size_t key = name.ends_with(".geojson") ? bytes.find("\"name\":") : std::string::npos;
    if (key != std::string::npos) bytes.erase(key, bytes.find('\n', key) - key);
    return bytes;
  }
  /// Waits until a journal holds so many blocks; false after two minutes.
  bool wait_for_blocks(const std::string& journal, std::size_t blocks) const {
    for (int i = 0; i < 12000; ++i) {
      if (has(journal) && PartReader::open(shop / journal).blocks().size() >= blocks) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  /// Hidden files, which only a running or killed run has.
  std::vector<std::string> hidden() const {
    std::vector<std::string> names;
    for (const std::string& name : shop.names()) {
      if (name.starts_with(".")) names.push_back(name);
    }
    return names;
  }

  Workshop shop;
};

}  // namespace orthocover::test
