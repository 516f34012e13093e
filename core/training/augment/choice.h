#pragma once

#include "core/training/augment/pipeline.h"

namespace orthocover::augment {

/// One of several transforms, by their weights.
class OneOf final : public Transform {
 public:
  static constexpr const char* kName = "one-of";
  static constexpr const char* kSummary = "One of its transforms, whose p are weights";

  /// @param members at least one, not all of probability 0
  explicit OneOf(std::vector<AugmentationPipeline::Step> members) : m_members(std::move(members)) {}
  void draw(Random& random, std::vector<DrawnTransform>& drawn) const override;
  nlohmann::ordered_json keys() const override;

 private:
  std::vector<AugmentationPipeline::Step> m_members;
};

/// Several of its transforms, no one twice, by their weights, applied in the order of the list.
class SomeOf final : public Transform {
 public:
  static constexpr const char* kName = "some-of";
  static constexpr const char* kSummary =
      "`count` of its transforms, whose p are weights, no one twice, in the order of the list";

  /// @param count 1 .. number of members whose probability is not 0
  SomeOf(int count, std::vector<AugmentationPipeline::Step> members)
      : m_count(count), m_members(std::move(members)) {}
  void draw(Random& random, std::vector<DrawnTransform>& drawn) const override;
  nlohmann::ordered_json keys() const override;

 private:
  int m_count;
  std::vector<AugmentationPipeline::Step> m_members;
};

/// JSON of a list of steps, complete.
nlohmann::ordered_json steps_json(const std::vector<AugmentationPipeline::Step>& steps);

}  // namespace orthocover::augment
