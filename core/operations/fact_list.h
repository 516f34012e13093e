#pragma once

#include <string>
#include <utility>
#include <vector>

namespace orthocover {

/// What a report says of one thing: a heading and lines of name and value, aligned, with advice at the end.
class FactList {
 public:
  explicit FactList(std::string heading) : m_heading(std::move(heading)) {}

  /// A line; left out when the value is empty.
  FactList& add(std::string name, std::string value);
  FactList& advise(std::string text);

  /// Each entry is one line, whatever the files it tells of hold: no control character reaches a terminal.
  std::string text() const;

 private:
  std::string m_heading;
  std::vector<std::pair<std::string, std::string>> m_facts;
  std::vector<std::string> m_advice;
};

}  // namespace orthocover
