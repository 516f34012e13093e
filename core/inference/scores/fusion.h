#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/buffer.h"
#include "core/geometry/schedule.h"

namespace orthocover {

/// How the class scores of the levels become one.
enum class FusionMethod {
  LogLinear,   ///< sum of w * log softmax(z / T)
  MeanSoftmax  ///< sum of w * softmax(z / T)
};

/// @throws Error{Usage} unless `log-linear` or `mean-softmax`
FusionMethod parse_fusion(const std::string& name);

/// One level's part in the fusion.
struct LevelWeight {
  double weight = 1;  ///< the weights of the levels in use sum to 1
  double temperature = 1;
};

/// What a level's logits (log-linear), or its probabilities (mean-softmax), are multiplied by before they are
/// summed over the levels. The normalisation of log-linear's log softmax is missing on purpose: it is the
/// same for all classes, and interpolation keeps it so; it comes after the sum, where probabilities are
/// wanted.
float fusion_factor(const LevelWeight& level, FusionMethod method);

/// Blended logits of one level around a block of the map.
struct LevelScores {
  ScoreCells cells;
  PixelScale cell_px;    ///< scene pixels per cell
  Buffer<float> logits;  ///< @shape [classes, cells.rows, cells.cols]
};

/// In place of a class where the scores are no numbers; above every index of a legend.
inline constexpr std::uint8_t kNoNumbers = 255;

/// Class probabilities of the pixels of a block.
struct BlockClasses {
  std::vector<std::uint8_t> class_index;    ///< @shape [rows, cols]; kNoNumbers
  std::vector<std::uint8_t> confidence;     ///< percent of the winning class; filled on demand
  std::vector<std::uint8_t> probabilities;  ///< percent, @shape [classes, rows, cols]; filled on demand
};

/// What classify() shall deliver besides the class.
struct BlockDetail {
  bool confidence = false;
  bool probabilities = false;
};

/// Fuses the levels on the cells of the finest one, interpolates the result to the scene's pixels (bilinear,
/// cell centres) and takes the largest.
/// @param window scene pixels of the block
/// @param levels finest first, one LevelWeight each
/// @source pooling of class probabilities: Genest and Zidek 1986, doi 10.1214/ss/1177013825
BlockClasses classify(const Window& window, std::vector<LevelScores> levels,
                      const std::vector<LevelWeight>& weights, FusionMethod method, int classes,
                      BlockDetail detail);

}  // namespace orthocover
