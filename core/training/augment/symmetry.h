#pragma once

#include "core/training/augment/key_table.h"
#include "core/training/augment/sample.h"

namespace orthocover::augment {

/// An element of the square's symmetry group. The sides of a sample that is not square are swapped by
/// `transposed`.
struct Symmetry {
  bool transposed = false;  ///< rows become columns, before the mirroring
  bool mirrored = false;    ///< left and right change places
  bool flipped = false;     ///< top and bottom change places

  /// Quarter turns, counter-clockwise.
  static Symmetry quarter_turns(int count);
  friend bool operator==(const Symmetry&, const Symmetry&) = default;
};

void apply_symmetry(AugmentSample& sample, const Symmetry& symmetry);

/// What transforms of this family draw. A sample that is not square keeps its size: it is mirrored and
/// flipped, but not transposed.
struct DrawnSymmetry {
  Symmetry symmetry;
};

/// Common to the transforms below.
struct SymmetryTransform {
  using Drawn = DrawnSymmetry;
  static void apply(AugmentSample& sample, const Drawn& drawn);
};

struct HorizontalFlip : SymmetryTransform {
  static void declare(KeyTable<HorizontalFlip>& table);
  Drawn draw(Random& random) const;
};

struct VerticalFlip : SymmetryTransform {
  static void declare(KeyTable<VerticalFlip>& table);
  Drawn draw(Random& random) const;
};

struct Transpose : SymmetryTransform {
  static void declare(KeyTable<Transpose>& table);
  Drawn draw(Random& random) const;
};

struct Rot90 : SymmetryTransform {
  static void declare(KeyTable<Rot90>& table);
  Drawn draw(Random& random) const;
};

struct D4 : SymmetryTransform {
  static void declare(KeyTable<D4>& table);
  Drawn draw(Random& random) const;
};

}  // namespace orthocover::augment
