#pragma once

#include <array>
#include <string>
#include <vector>

namespace orthocover::nn {

/// One stage of EfficientNet-B5: `repeats` blocks, of which the first has the stride.
struct EfficientNetStage {
  int repeats;
  int kernel;
  int stride;
  int expansion;
  int channels;
};
/// @source Tan & Le 2019, "EfficientNet", scaled by width 1.6 and depth 2.2
inline constexpr std::array<EfficientNetStage, 7> kEfficientNetB5{{{3, 3, 1, 1, 24},
                                                                   {5, 3, 2, 6, 40},
                                                                   {5, 5, 2, 6, 64},
                                                                   {7, 3, 2, 6, 128},
                                                                   {7, 5, 1, 6, 176},
                                                                   {9, 5, 2, 6, 304},
                                                                   {3, 3, 1, 6, 512}}};
inline constexpr int kEfficientNetB5Stem = 48;
inline constexpr int kEfficientNetB5Head = 2048;

/// Whose names the tensors have.
enum class EfficientNetLayout {
  Native,      ///< EfficientNet-PyTorch and segmentation_models_pytorch: `_blocks.7._expand_conv`
  Timm,        ///< timm: `blocks.1.4.conv_pw`
  Torchvision  ///< torchvision: `features.2.4.block.0.0`
};

/// Full names of the modules of one block; those of the expansion are empty where there is none.
struct EfficientNetBlockNames {
  std::string expand;
  std::string expand_bn;
  std::string depthwise;
  std::string depthwise_bn;
  std::string se_reduce;
  std::string se_expand;
  std::string project;
  std::string project_bn;
};
EfficientNetBlockNames efficientnet_block_names(EfficientNetLayout layout, int stage, int repeat);

/// Names of the modules around the blocks.
struct EfficientNetFrameNames {
  std::string stem;
  std::string stem_bn;
  std::string head;
  std::string head_bn;
};
EfficientNetFrameNames efficientnet_frame_names(EfficientNetLayout layout);

/// Names of all modules that have tensors, in an order that is the same for every layout.
std::vector<std::string> efficientnet_module_names(EfficientNetLayout layout);

}  // namespace orthocover::nn
