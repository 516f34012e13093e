#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/training/augment/key_table.h"
#include "core/training/augment/mix.h"
#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// A transform whose random choices are made: a pure function of the sample.
struct DrawnTransform {
  std::string name;
  std::function<void(AugmentSample&)> apply;
};

/// A transform with its ranges.
class Transform {
 public:
  virtual ~Transform() = default;
  /// Makes the random choices; may come to none, one or several transforms.
  virtual void draw(Random& random, std::vector<DrawnTransform>& drawn) const = 0;
  /// The keys of its JSON form, complete, without name and probability.
  virtual nlohmann::ordered_json keys() const = 0;
};

/// What a name in the configuration stands for.
template <class Kind>
struct KindOf {
  std::string name;
  std::string group;         ///< heading in the documentation
  std::string summary;       ///< one sentence
  double probability = 0.5;  ///< by default
  std::vector<TransformKey> keys;
  /// @param values of the keys that are given, checked before
  std::function<std::shared_ptr<const Kind>(const nlohmann::json& values)> make;
};
using TransformKind = KindOf<Transform>;
using MixKind = KindOf<Mix>;

/// All transforms that stand for themselves, in the order of the documentation.
const std::vector<TransformKind>& transform_kinds();

/// All ways to mix samples.
const std::vector<MixKind>& mix_kinds();

}  // namespace orthocover::augment
