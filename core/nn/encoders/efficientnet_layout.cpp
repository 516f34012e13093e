#include "core/nn/encoders/efficientnet_layout.h"

#include <fmt/format.h>

namespace orthocover::nn {

namespace {

int block_index(int stage, int repeat) {
  int index = repeat;
  for (int i = 0; i < stage; ++i) index += kEfficientNetB5[i].repeats;
  return index;
}

EfficientNetBlockNames native_names(int stage, int repeat) {
  const std::string block = fmt::format("_blocks.{}.", block_index(stage, repeat));
  return {block + "_expand_conv", block + "_bn0",       block + "_depthwise_conv", block + "_bn1",
          block + "_se_reduce",   block + "_se_expand", block + "_project_conv",   block + "_bn2"};
}

EfficientNetBlockNames timm_names(int stage, int repeat, bool expands) {
  const std::string block = fmt::format("blocks.{}.{}.", stage, repeat);
  if (expands)
    return {block + "conv_pw",        block + "bn1",
            block + "conv_dw",        block + "bn2",
            block + "se.conv_reduce", block + "se.conv_expand",
            block + "conv_pwl",       block + "bn3"};
  return {"",
          "",
          block + "conv_dw",
          block + "bn1",
          block + "se.conv_reduce",
          block + "se.conv_expand",
          block + "conv_pw",
          block + "bn2"};
}

EfficientNetBlockNames torchvision_names(int stage, int repeat, bool expands) {
  const std::string block = fmt::format("features.{}.{}.block.", stage + 1, repeat);
  const int first = expands ? 1 : 0;  // the part of the expansion comes first where there is one
  const auto part = [&](int index, const char* name) {
    return fmt::format("{}{}.{}", block, first + index, name);
  };
  return {block + "0.0",  block + "0.1",  part(0, "0"), part(0, "1"),
          part(1, "fc1"), part(1, "fc2"), part(2, "0"), part(2, "1")};
}

}  // namespace

EfficientNetBlockNames efficientnet_block_names(EfficientNetLayout layout, int stage, int repeat) {
  const bool expands = kEfficientNetB5[stage].expansion != 1;
  auto names = layout == EfficientNetLayout::Native ? native_names(stage, repeat)
               : layout == EfficientNetLayout::Timm ? timm_names(stage, repeat, expands)
                                                    : torchvision_names(stage, repeat, expands);
  if (!expands) names.expand = names.expand_bn = "";
  return names;
}

EfficientNetFrameNames efficientnet_frame_names(EfficientNetLayout layout) {
  switch (layout) {
    case EfficientNetLayout::Native:
      return {"_conv_stem", "_bn0", "_conv_head", "_bn1"};
    case EfficientNetLayout::Timm:
      return {"conv_stem", "bn1", "conv_head", "bn2"};
    case EfficientNetLayout::Torchvision:
      break;
  }
  return {"features.0.0", "features.0.1", "features.8.0", "features.8.1"};
}

std::vector<std::string> efficientnet_module_names(EfficientNetLayout layout) {
  const auto frame = efficientnet_frame_names(layout);
  std::vector<std::string> names{frame.stem, frame.stem_bn};
  for (int stage = 0; stage < static_cast<int>(kEfficientNetB5.size()); ++stage) {
    for (int repeat = 0; repeat < kEfficientNetB5[stage].repeats; ++repeat) {
      const auto block = efficientnet_block_names(layout, stage, repeat);
      for (const auto& name : {block.expand, block.expand_bn, block.depthwise, block.depthwise_bn,
                               block.se_reduce, block.se_expand, block.project, block.project_bn})
        if (!name.empty()) names.push_back(name);
    }
  }
  names.push_back(frame.head);
  names.push_back(frame.head_bn);
  return names;
}

}  // namespace orthocover::nn
