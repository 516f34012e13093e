#pragma once

#include <vector>

#include "core/ports/class_source.h"

namespace orthocover {

/// The classes of a legend, as layers and styles name them.
std::vector<ClassEntry> class_entries(const Legend& legend);

}  // namespace orthocover
