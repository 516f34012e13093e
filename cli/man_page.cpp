#include "cli/man_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "cli/help.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/operation/reference_page.h"

namespace orthocover {
namespace {

constexpr std::size_t kSourceColumns = 78;

/// `\[u00E9]` for a character of several bytes.
std::string by_number(std::string_view bytes) {
  unsigned code = static_cast<unsigned char>(bytes.front()) & (0x7FU >> bytes.size());
  for (const char byte : bytes.substr(1)) code = code << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  return fmt::format("\\[u{:04X}]", code);
}

std::string to_upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return text;
}

/// Every sentence on a line of its own, as roff wants it to space them right, and no line long.
std::string prose(const std::string& text) {
  std::string lines;
  std::string sentence;
  const auto end_sentence = [&] {
    if (!sentence.empty()) lines += wrap(roff_text(sentence), kSourceColumns, 0) + "\n";
    sentence.clear();
  };
  for (const std::string& word : split(text, ' ')) {
    sentence += (sentence.empty() ? "" : " ") + word;
    if ((word.ends_with(".") || word.ends_with(".)")) && word != "e.g.") end_sentence();
  }
  end_sentence();
  return lines;
}

std::string paragraphs(const std::string& text) {
  std::string lines;
  bool is_first = true;
  for (const std::string& line : split(text, '\n')) {
    if (line.empty()) continue;
    lines += (is_first ? "" : ".PP\n") + prose(line);
    is_first = false;
  }
  return lines;
}

/// Pages begin their summary with a small letter, names keep theirs.
std::string summary_text(std::string summary) {
  const bool is_name = summary.size() < 2 || std::isupper(static_cast<unsigned char>(summary[1])) != 0;
  if (!is_name) summary[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(summary[0])));
  return summary;
}

std::string head(const std::string& name, const std::string& summary) {
  const std::string line = roff_text(name) + " \\- " + roff_text(summary_text(summary));
  return fmt::format(
      ".\\\" Written by `orthocover man` from the declarations of the operations.\n"
      ".TH {} 1 \"\" \"orthocover {}\" \"User Commands\"\n"
      ".SH NAME\n{}\n",
      roff_text(to_upper(name)), version(), wrap(line, kSourceColumns, 0));
}

/// The option in bold, its value in italics.
std::string tag(const Parameter& parameter) {
  const std::string text = signature(parameter);
  if (parameter.positional) return fmt::format("\\fI{}\\fR", roff_text(text));
  const std::size_t blank = text.find(' ', text.find("--"));
  std::string line = fmt::format("\\fB{}\\fR", roff_text(text.substr(0, blank)));
  if (blank != std::string::npos) line += fmt::format(" \\fI{}\\fR", roff_text(text.substr(blank + 1)));
  return line;
}

std::string entry(const std::string& left, const std::string& right) {
  return ".TP\n" + left + "\n" + prose(right);
}

std::string options(const OperationSpec& spec) {
  std::string text;
  for (const auto& [heading, parameters] : grouped_parameters(spec)) {
    text += fmt::format(".SS {}\n", roff_text(heading));
    for (const Parameter* parameter : parameters) {
      const std::string value = default_text(*parameter);
      text +=
          entry(tag(*parameter), full_help(*parameter) + (value.empty() ? "." : ". Default: " + value + "."));
    }
  }
  return text;
}

std::string exit_status() {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitCode& exit : kExitCodes) text += entry(fmt::format("\\fB{}\\fR", exit.code), exit.meaning);
  return text;
}

std::string see_also(const std::vector<std::string>& pages) {
  std::string text = ".SH SEE ALSO\n";
  for (std::size_t i = 0; i < pages.size(); ++i)
    text += fmt::format(".BR {} (1){}\n", roff_text(pages[i]), i + 1 < pages.size() ? "," : "");
  return text;
}

std::string examples(const OperationSpec& spec) {
  if (spec.examples.empty()) return "";
  std::string text = ".SH EXAMPLES\n";
  bool is_first = true;
  for (const auto& [command, what] : spec.examples) {
    text += (is_first ? "" : ".PP\n") + prose(what + ":");
    text += fmt::format(".PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff_text(command));
    is_first = false;
  }
  return text;
}

}  // namespace

std::string roff_text(const std::string& text) {
  std::string roff;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = std::max<std::size_t>(1, utf8_bytes(std::string_view(text).substr(i)));
    if (length > 1)
      roff += by_number(std::string_view(text).substr(i, length));
    else if (byte == '\\')
      roff += "\\e";
    else if (byte == '-')
      roff += "\\-";
    else if (byte == '\'')
      roff += "\\(aq";
    else if (byte == '`')
      roff += "\\(ga";
    else if (byte == '^')
      roff += "\\(ha";
    else if (byte == '~')
      roff += "\\(ti";
    else if (byte == '.' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\n'))
      roff += "\\&.";
    else
      roff += text[i];
    i += length;
  }
  return roff;
}

std::string program_man_page(const std::vector<OperationSpec>& operations, const OperationSpec& global) {
  std::string page = head("orthocover", "land-cover maps from drone orthophotos");
  page += ".SH SYNOPSIS\n\\fBorthocover\\fR \\fIOPERATION\\fR [options] \\fIARGUMENTS\\fR\n";
  page += ".SH DESCRIPTION\n" +
          prose(
              "Makes land-cover maps and polygons from georeferenced orthophotos of any size, trains and "
              "evaluates the models that it runs, and measures areas. Every operation has a page of its "
              "own.");
  page += ".SS Operations\n";
  for (const OperationSpec& spec : operations)
    page += entry(fmt::format("\\fB{}\\fR", roff_text(spec.name)), spec.summary + ".");
  page += ".SH OPTIONS\n" + options(global);
  page += ".SH ENVIRONMENT\n" + entry("\\fBORTHOCOVER_MODELS\\fR",
                                      "Folder with the shipped models, in place of the installed one.");
  page += exit_status();
  std::vector<std::string> pages;
  for (const OperationSpec& spec : operations) pages.push_back("orthocover-" + spec.name);
  std::ranges::sort(pages);
  return page + see_also(pages);
}

std::string operation_man_page(const OperationSpec& spec, const std::vector<OperationSpec>& operations,
                               const OperationSpec& global) {
  std::string page = head("orthocover-" + spec.name, spec.summary);
  page += fmt::format(".SH SYNOPSIS\n\\fBorthocover {}\\fR {}\n", roff_text(spec.name),
                      roff_text(spec.usage().substr(spec.name.size() + 1)));
  page += ".SH DESCRIPTION\n" + paragraphs(spec.description.empty() ? spec.summary + "." : spec.description);
  page += ".SH OPTIONS\n" + options(spec) + options(global);
  page += examples(spec) + exit_status();
  std::vector<std::string> pages = {"orthocover"};
  for (const OperationSpec& other : operations) {
    if (other.name != spec.name) pages.push_back("orthocover-" + other.name);
  }
  std::ranges::sort(pages);
  return page + see_also(pages);
}

}  // namespace orthocover
