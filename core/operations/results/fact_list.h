#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text.h"

namespace orthocover {

/// What a report says of one thing: a heading and lines of name and value, aligned, with advice at the end.
class FactList {
 public:
  explicit FactList(std::string heading) : m_heading(std::move(heading)) {}

  /// A line; left out when the value is empty.
  FactList& add(std::string name, std::string value) {
    if (!value.empty()) m_facts.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  FactList& advise(std::string text) {
    m_advice.push_back(std::move(text));
    return *this;
  }

  /// Each entry is one line, whatever the files it tells of hold: no control character reaches a terminal.
  std::string text() const {
    std::size_t width = 0;
    for (const auto& [name, value] : m_facts) width = std::max(width, name.size());
    std::string text = one_line(m_heading) + "\n";
    for (const auto& [name, value] : m_facts)
      text += fmt::format("  {:<{}}  {}\n", name, width, one_line(value));
    if (!m_advice.empty()) text += "Advice:\n";
    for (const std::string& advice : m_advice) text += fmt::format("  - {}\n", one_line(advice));
    return text;
  }

 private:
  std::string m_heading;
  std::vector<std::pair<std::string, std::string>> m_facts;
  std::vector<std::string> m_advice;
};

}  // namespace orthocover
