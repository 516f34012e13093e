#include "cli/completion.h"

#include <fmt/format.h>

#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr const char* kHead = R"(# Completion of orthocover for bash, written by `orthocover completion bash`.
_orthocover_words() {
    COMPREPLY=($(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}"))
}

_orthocover_nothing() {
    COMPREPLY=()
    compopt +o default +o bashdefault
}

_orthocover() {
    local previous="${COMP_WORDS[COMP_CWORD-1]}" options=""
    COMPREPLY=()
)";

constexpr const char* kTail = R"(    if [[ "${COMP_WORDS[COMP_CWORD]}" == -* ]]; then
        _orthocover_words "$options"
    fi
}

complete -o bashdefault -o default -F _orthocover orthocover
)";

std::vector<std::string> names(const std::vector<OperationSpec>& operations) {
  std::vector<std::string> all;
  for (const OperationSpec& spec : operations) all.push_back(spec.name);
  return all;
}

/// What follows an option: a word of a list, a file (bash's default), or something that can't be guessed.
std::string after_option(const Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::Flag:
      return "";
    case ParameterKind::Choice:
      return fmt::format("_orthocover_words \"{}\"", join(parameter.choices, " "));
    case ParameterKind::Number:
    case ParameterKind::Text:
      return "_orthocover_nothing";
    default:
      return ":";
  }
}

std::string option_case(const Parameter& parameter) {
  const std::string action = after_option(parameter);
  if (parameter.positional || action.empty()) return "";
  const std::string pattern =
      "--" + parameter.name + (parameter.short_name == 0 ? "" : fmt::format("|-{}", parameter.short_name));
  return fmt::format("                {}) {}; return ;;\n", pattern, action);
}

std::string operation_case(const OperationSpec& spec, const OperationSpec& global) {
  std::string cases;
  std::vector<std::string> options;
  for (const OperationSpec* part : {&spec, &global}) {
    for (const Parameter& parameter : part->parameters) {
      cases += option_case(parameter);
      if (!parameter.positional) options.push_back("--" + parameter.name);
    }
  }
  return fmt::format(
      "        {})\n            case \"$previous\" in\n{}            esac\n            options=\"{}\"\n      "
      "      ;;\n",
      spec.name, cases, join(options, " "));
}

}  // namespace

const std::vector<std::string>& builtin_names() {
  static const std::vector<std::string> kNames = {"help", "completion", "schema", "reference", "man"};
  return kNames;
}

std::string bash_completion(const std::vector<OperationSpec>& operations, const OperationSpec& global) {
  const std::string all = join(names(operations), " ");
  std::string script = kHead;
  script += fmt::format(
      "    if [[ $COMP_CWORD -eq 1 ]]; then\n        _orthocover_words \"{} {} --help --version\"\n        "
      "return\n"
      "    fi\n",
      all, join(builtin_names(), " "));
  script += "    case \"${COMP_WORDS[1]}\" in\n";
  script += fmt::format("        help|schema|reference|man) _orthocover_words \"{}\"; return ;;\n", all);
  script += "        completion) _orthocover_words \"bash zsh\"; return ;;\n";
  for (const OperationSpec& spec : operations) script += operation_case(spec, global);
  return script + "    esac\n" + kTail;
}

}  // namespace orthocover
