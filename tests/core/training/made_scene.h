#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/memory_raster.h"
#include "core/training/data/training_scene.h"

namespace orthocover::test {

/// Labels in memory: rectangles of classes.
class MadeLabels final : public LabelSource {
 public:
  MadeLabels(std::vector<LabelledPiece> pieces, std::vector<LabelledRegion> regions)
      : m_pieces(std::move(pieces)), m_regions(std::move(regions)) {
    for (LabelledPiece& piece : m_pieces) piece.area_px = static_cast<double>(piece.bounds.pixels());
  }

  void read(const Window& window, std::int64_t cols, std::int64_t rows,
            std::vector<std::uint8_t>& labels) const override {
    labels.assign(static_cast<std::size_t>(cols * rows), kIgnoreLabel);
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t col = 0; col < cols; ++col) {
        const Window at{window.col + (2 * col + 1) * window.cols / (2 * cols),
                        window.row + (2 * row + 1) * window.rows / (2 * rows), 1, 1};
        for (const LabelledPiece& piece : m_pieces) {
          if (piece.bounds.contains(at))
            labels[static_cast<std::size_t>(row * cols + col)] = static_cast<std::uint8_t>(piece.class_index);
        }
      }
    }
  }
  const std::vector<LabelledPiece>& pieces() const override { return m_pieces; }
  const std::vector<LabelledRegion>& regions() const override { return m_regions; }

 private:
  std::vector<LabelledPiece> m_pieces;
  std::vector<LabelledRegion> m_regions;
};

/// A scene of 256 x 256 px whose left half is dark and class 0 and whose right half is bright and class 1, in
/// regions `top` and `bottom`.
inline TrainingScene two_halves(const std::string& name = "scene", double ground_size_m = 0.1) {
  TrainingScene scene;
  scene.name = name;
  scene.ground_size_m = ground_size_m;
  RasterInfo info = memory_raster_info(256, 256, 3, ground_size_m);
  info.path = name + ".tif";
  scene.source = std::make_unique<MemoryRasterSource>(info, [](int band, std::int64_t col, std::int64_t row) {
    return static_cast<float>((col < 128 ? 40 : 180) + 10 * band + (7 * col + 3 * row) % 16);
  });
  scene.labels = std::make_unique<MadeLabels>(
      std::vector<LabelledPiece>{{0, {0, 0, 128, 120}, 0, "top"},
                                 {1, {128, 0, 128, 120}, 0, "top"},
                                 {0, {0, 136, 128, 120}, 0, "bottom"},
                                 {1, {128, 136, 128, 120}, 0, "bottom"}},
      std::vector<LabelledRegion>{{"top", {0, 0, 256, 128}}, {"bottom", {0, 128, 256, 128}}});
  return scene;
}

/// Whether training may see nothing of a piece.
inline bool is_held_out(const TrainingScene& scene, const LabelledPiece& piece) {
  return parts_beside(BoxIndex(unseen_windows(scene)), piece).empty();
}

/// A folder that is gone with the object.
class RunFolder {
 public:
  RunFolder()
      : m_path(std::filesystem::temp_directory_path() / ("orthocover-run-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(m_path);
  }
  ~RunFolder() { std::filesystem::remove_all(m_path); }
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  const std::filesystem::path& path() const { return m_path; }

 private:
  std::filesystem::path m_path;
};

}  // namespace orthocover::test
