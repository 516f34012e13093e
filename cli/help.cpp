#include "cli/help.h"

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/base/version.h"
#include "core/operation/reference_page.h"

namespace orthocover {
namespace {

constexpr std::size_t kHelpColumn = 32;
/// Options without a short form are indented by the width of `-x, `.
constexpr std::size_t kShortWidth = 4;

/// A name on the left, its explanation on the right, or below where the name is long.
std::string entry(const std::string& left, const std::string& right) {
  const std::string wrapped = wrap(right, kHelpColumns - kHelpColumn, kHelpColumn);
  if (left.size() + 2 <= kHelpColumn) return fmt::format("{:<{}}{}\n", left, kHelpColumn, wrapped);
  return fmt::format("{}\n{:<{}}{}\n", left, "", kHelpColumn, wrapped);
}

std::string parameter_entry(const Parameter& parameter) {
  const bool lacks_short = !parameter.positional && parameter.short_name == 0;
  const std::string left = std::string(2 + (lacks_short ? kShortWidth : 0), ' ') + signature(parameter);
  const std::string value = default_text(parameter);
  return entry(left, full_help(parameter) + (value.empty() ? "" : " [default: " + value + "]"));
}

std::string groups(const OperationSpec& spec) {
  std::string text;
  for (const auto& [heading, parameters] : grouped_parameters(spec)) {
    text += "\n" + heading + ":\n";
    for (const Parameter* parameter : parameters) text += parameter_entry(*parameter);
  }
  return text;
}

std::string paragraphs(const std::string& text) {
  std::string wrapped;
  for (const std::string& line : split(text, '\n')) wrapped += wrap(line, kHelpColumns, 0) + "\n";
  return wrapped;
}

}  // namespace

std::string wrap(const std::string& text, std::size_t columns, std::size_t indent) {
  std::string wrapped;
  std::size_t used = 0;
  for (const std::string& word : split(text, ' ')) {
    if (used > 0 && used + 1 + word.size() > columns) {
      wrapped.append("\n").append(indent, ' ');
      used = 0;
    }
    if (used > 0) wrapped += ' ';
    wrapped += word;
    used += word.size() + (used > 0 ? 1 : 0);
  }
  return wrapped;
}

std::string program_help(const std::vector<OperationSpec>& operations) {
  std::string text = fmt::format(
      "orthocover {}: land-cover maps from drone orthophotos\n\n"
      "Usage: orthocover OPERATION [options] ARGUMENTS\n\nOperations:\n",
      version());
  for (const OperationSpec& spec : operations) text += entry("  " + spec.name, spec.summary);
  text += "\nAlso:\n";
  text += entry("  OPERATION --help", "Options and examples of an operation");
  text += entry("  --version", "The program's version");
  text += entry("  completion SHELL",
                "Completion of words, for bash or zsh: source <(orthocover completion bash)");
  text += entry("  schema OPERATION", "JSON Schema of the files that --config reads");
  text += entry("  reference [OPERATION]", "The page of the manual, in Markdown");
  text += entry("  man [OPERATION]", "The man page, in roff: orthocover man segment | man -l -");
  std::vector<std::string> codes;
  for (const ExitCode& exit : kExitCodes) codes.push_back(fmt::format("{} {}", exit.code, exit.meaning));
  text += fmt::format("\n{}\n", wrap("Exit codes: " + join(codes), kHelpColumns, 0));
  return text;
}

std::string operation_help(const OperationSpec& spec, const OperationSpec& global) {
  std::string text = fmt::format("{}\n\nUsage: orthocover {}\n", spec.summary, spec.usage());
  if (!spec.description.empty()) text.append("\n").append(paragraphs(spec.description));
  text += groups(spec) + groups(global);
  if (!spec.examples.empty()) text += "\nExamples:\n";
  for (const auto& [command, what] : spec.examples) {
    text += fmt::format("  {}\n      {}\n", command, wrap(what, kHelpColumns - 6, 6));
  }
  return text;
}

}  // namespace orthocover
