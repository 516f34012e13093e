#include "core/operations/fact_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/text.h"

namespace orthocover {

FactList& FactList::add(std::string name, std::string value) {
  if (!value.empty()) m_facts.emplace_back(std::move(name), std::move(value));
  return *this;
}

FactList& FactList::advise(std::string text) {
  m_advice.push_back(std::move(text));
  return *this;
}

std::string FactList::text() const {
  std::size_t width = 0;
  for (const auto& [name, value] : m_facts) width = std::max(width, name.size());
  std::string text = one_line(m_heading) + "\n";
  for (const auto& [name, value] : m_facts)
    text += fmt::format("  {:<{}}  {}\n", name, width, one_line(value));
  if (!m_advice.empty()) text += "Advice:\n";
  for (const std::string& advice : m_advice) text += fmt::format("  - {}\n", one_line(advice));
  return text;
}

}  // namespace orthocover
