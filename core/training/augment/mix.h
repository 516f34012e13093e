#pragma once

#include <memory>
#include <set>
#include <string>

#include "core/training/augment/key_table.h"
#include "core/training/augment/sample.h"

namespace orthocover {

/// Puts a rectangle of `b`, labels and all, in the same place of `a`.
/// @throws Error{Internal} when the samples differ in size or type or the rectangle lies outside
void cut_mix(AugmentSample& a, const AugmentSample& b, const cv::Rect& rectangle);

/// Puts the pixels of `b` that have one of the labels `classes`, labels and all, in the same place of `a`.
/// @throws Error{Internal} when the samples differ in size or type
void class_mix(AugmentSample& a, const AugmentSample& b, const std::set<int>& classes);

/// A way to mix two samples.
class Mix {
 public:
  virtual ~Mix() = default;
  virtual const std::string& name() const = 0;
  virtual void apply(AugmentSample& a, const AugmentSample& b, Random& random) const = 0;
  virtual nlohmann::ordered_json keys() const = 0;
};

/// Mixes parts of `b` into `a`; both of one size and type.
/// @throws Error{Internal}
void apply_mix(AugmentSample& a, const AugmentSample& b, const Mix& mix, Random& random);

namespace augment {

/// Rectangles of drawn area and the patch's shape.
/// @source Yun et al. 2019, "CutMix"; French et al. 2020 for segmentation
struct CutMix {
  Range area{0.1, 0.4};
  static void declare(KeyTable<CutMix>& table);
  cv::Rect draw(Random& random, cv::Size size) const;
  void apply(AugmentSample& a, const AugmentSample& b, Random& random) const;
};

/// A share of the classes of the second sample.
/// @source Olsson et al. 2021, "ClassMix"
struct ClassMix {
  double share = 0.5;
  static void declare(KeyTable<ClassMix>& table);
  /// At least one of the classes that the labels show.
  std::set<int> draw(Random& random, const cv::Mat& labels) const;
  void apply(AugmentSample& a, const AugmentSample& b, Random& random) const;
};

}  // namespace augment
}  // namespace orthocover
