#include "core/nn/encoders/encoder.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/nn/encoders/efficientnet_b5.h"
#include "core/nn/encoders/resnet34.h"

namespace orthocover::nn {

const std::vector<std::string>& encoder_names() {
  static const std::vector<std::string> names = {
      "resnet34",           "tu-resnet34",           "efficientnet-b5",
      "tu-efficientnet_b5", "tu-tf_efficientnet_b5", "timm-efficientnet-b5"};
  return names;
}

std::shared_ptr<Encoder> make_encoder(const std::string& name, const EncoderOptions& options) {
  if (name == "resnet34" || name == "tu-resnet34") return std::make_shared<ResNet34>(name, options);
  if (find_efficientnet_variant(name) != nullptr) return std::make_shared<EfficientNetB5>(name, options);
  throw model_error("encoder '{}' is unknown{}; known are {}", name, did_you_mean(name, encoder_names()),
                    join(encoder_names()));
}

StridePlan::Step StridePlan::next(int stride) {
  if (m_stride * stride <= m_output_stride) {
    m_stride *= stride;
    return {stride, m_dilation};
  }
  const int before = m_dilation;
  m_dilation *= stride;
  return {1, m_dilate_first ? m_dilation : before};
}

}  // namespace orthocover::nn
