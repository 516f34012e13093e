#pragma once

#include "core/training/augment/key_table.h"
#include "core/training/augment/warp.h"

namespace orthocover::augment {

/// The keys `border` and `fill` of transforms that move pixels.
template <class T>
void add_border_keys(KeyTable<T>& table) {
  table.choice("border", &T::border, {"reflect", "constant", "reflect-labels"},
               "what stands beyond the patch; labels are ignored there unless they are reflected too");
  table.add("fill", &T::fill, {0, 255}, "value of a constant border");
}

}  // namespace orthocover::augment
