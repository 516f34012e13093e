#include "core/ports/class_entries.h"

namespace orthocover {

std::vector<ClassEntry> class_entries(const Legend& legend) {
  std::vector<ClassEntry> entries;
  for (const LegendClass& entry : legend.classes()) entries.push_back({entry.value, entry.name, entry.color});
  return entries;
}

}  // namespace orthocover
