#include "core/training/augment/symmetry.h"

#include "core/training/augment/bands.h"

namespace orthocover::augment {
namespace {

cv::Mat moved(const cv::Mat& image, const Symmetry& symmetry) {
  cv::Mat result = image;
  if (symmetry.transposed) {
    cv::Mat transposed;
    cv::transpose(result, transposed);
    result = transposed;
  }
  if (symmetry.mirrored || symmetry.flipped) {
    cv::Mat mirrored;
    cv::flip(result, mirrored, symmetry.mirrored && symmetry.flipped ? -1 : symmetry.mirrored ? 1 : 0);
    result = mirrored;
  }
  return result;
}

}  // namespace

Symmetry Symmetry::quarter_turns(int count) {
  switch (((count % 4) + 4) % 4) {
    case 1:
      return {true, false, true};
    case 2:
      return {false, true, true};
    case 3:
      return {true, true, false};
    default:
      return {};
  }
}

void apply_symmetry(AugmentSample& sample, const Symmetry& symmetry) {
  sample.image = by_groups(sample.image, [&](const cv::Mat& image) { return moved(image, symmetry); });
  sample.labels = moved(sample.labels, symmetry);
}

void SymmetryTransform::apply(AugmentSample& sample, const Drawn& drawn) {
  Symmetry symmetry = drawn.symmetry;
  if (sample.image.cols != sample.image.rows) symmetry.transposed = false;
  apply_symmetry(sample, symmetry);
}

void HorizontalFlip::declare(KeyTable<HorizontalFlip>& table) {
  table.summary("Left and right change places");
}
HorizontalFlip::Drawn HorizontalFlip::draw(Random&) const {
  return {{false, true, false}};
}

void VerticalFlip::declare(KeyTable<VerticalFlip>& table) {
  table.summary("Top and bottom change places");
}
VerticalFlip::Drawn VerticalFlip::draw(Random&) const {
  return {{false, false, true}};
}

void Transpose::declare(KeyTable<Transpose>& table) {
  table.summary("Rows become columns; only square patches");
}
Transpose::Drawn Transpose::draw(Random&) const {
  return {{true, false, false}};
}

void Rot90::declare(KeyTable<Rot90>& table) {
  table.summary("None to three quarter turns, each alike");
}
Rot90::Drawn Rot90::draw(Random& random) const {
  return {Symmetry::quarter_turns(static_cast<int>(random.index(4)))};
}

void D4::declare(KeyTable<D4>& table) {
  table.summary("One of the eight symmetries of the square, each alike: an image from above has no up");
}
D4::Drawn D4::draw(Random& random) const {
  const std::size_t element = random.index(8);
  return {{(element & 4U) != 0, (element & 1U) != 0, (element & 2U) != 0}};
}

}  // namespace orthocover::augment
