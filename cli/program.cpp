#include "cli/program.h"

#include <unistd.h>

#include <algorithm>
#include <new>

#include "cli/completion.h"
#include "cli/console.h"
#include "cli/engine_loader.h"
#include "cli/global_options.h"
#include "cli/help.h"
#include "cli/signals.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/operation/arguments.h"
#include "core/operation/config_schema.h"
#include "core/operation/reference_page.h"
#include "core/operation/values.h"
#include "core/operations/registry.h"

namespace orthocover {
namespace {

using Words = std::vector<std::string>;

std::string version_line() {
  return fmt::format("orthocover {}\n", version());
}

const OperationSpec& find_operation(const std::vector<OperationSpec>& operations, const std::string& name) {
  const auto found = std::ranges::find(operations, name, &OperationSpec::name);
  if (found != operations.end()) return *found;
  Words known = builtin_names();
  for (const OperationSpec& spec : operations) known.push_back(spec.name);
  const auto nearest = nearest_name(name, known);
  throw usage_error("{}: no such operation{}", name,
                    nearest ? fmt::format(" (did you mean {}?)", *nearest) : "; see orthocover --help");
}

/// True when `word` stands before a `--`.
bool has_flag(const Words& arguments, std::initializer_list<std::string_view> words) {
  const auto end = std::ranges::find(arguments, "--");
  return std::find_first_of(arguments.begin(), end, words.begin(), words.end()) != end;
}

/// The style of messages has to be known even when the arguments can't be read.
bool wants_json(const Words& arguments) {
  const auto pair = std::ranges::adjacent_find(
      arguments, [](const auto& a, const auto& b) { return a == "--progress" && b == "json"; });
  return pair != arguments.end() || has_flag(arguments, {"--progress=json"});
}

nlohmann::json resolve(const OperationSpec& spec, const nlohmann::json& arguments,
                       const std::string& config) {
  nlohmann::json values = default_values(spec);
  if (!config.empty()) apply_config(spec, read_config(config), config, values);
  for (const auto& [key, value] : arguments.items()) {
    if (values.contains(key)) values[key] = value;
  }
  check_complete(spec, values);
  return values;
}

int run_operation(const OperationSpec& spec, const Words& words, const ProgramPlaces& places) {
  const OperationSpec global = global_spec();
  if (has_flag(words, {"--help", "-h"})) return print(operation_help(spec, global)), 0;
  OperationSpec all = spec;
  all.parameters.insert(all.parameters.end(), global.parameters.begin(), global.parameters.end());
  const nlohmann::json arguments = parse_arguments(all, words);
  const GlobalOptions options = global_options(arguments);
  if (options.version) return print(version_line()), 0;
  const nlohmann::json values = resolve(spec, arguments, options.config);

  Console console(spec.name, progress_style(options, isatty(STDERR_FILENO) == 1), options.quiet);
  install_signal_handlers();
  const EngineReply reply =
      run_in_engine(needs_networks(spec.name) ? places.engines : places.map_engines,
                    {spec, values, console, places.models.string(), gdal_options(options)});
  print(reply.text);
  if (!reply.error.empty()) console.error(reply.exit_code, reply.error);
  return reply.exit_code;
}

int run_builtin(const std::vector<OperationSpec>& operations, const Words& words) {
  const std::string& name = words.front();
  if (words.size() > 2) throw usage_error("'{}': one argument too many", words[2]);
  const std::string subject = words.size() > 1 ? words[1] : "";
  if (name == "completion") {
    if (subject != "bash")
      throw usage_error("completion: '{}' is not a shell that is known; there is: bash", subject);
    return print(bash_completion(operations, global_spec())), 0;
  }
  if (name == "help" && subject.empty()) return print(program_help(operations)), 0;
  if (name == "reference" && subject.empty()) return print(reference_index(operations)), 0;
  if (subject.empty()) throw usage_error("{0}: of which operation? orthocover {0} OPERATION", name);
  const OperationSpec& spec = find_operation(operations, subject);
  if (name == "schema")
    print(config_schema(spec).dump(2) + "\n");
  else
    print(name == "help" ? operation_help(spec, global_spec()) : reference_page(spec));
  return 0;
}

bool is_builtin(const std::string& word) {
  return std::ranges::count(builtin_names(), word) > 0;
}

/// @param name set to the operation as soon as it is known, for messages
int dispatch(const Words& arguments, const ProgramPlaces& places, std::string& name) {
  const std::vector<OperationSpec> operations = all_operations();
  const std::string first = arguments.empty() ? "--help" : arguments.front();
  if (first == "--help" || first == "-h") return print(program_help(operations)), 0;
  if (first == "--version") return print(version_line()), 0;
  if (is_builtin(first)) return run_builtin(operations, arguments);
  if (first.starts_with("-"))
    throw usage_error("{0}: options follow the operation: orthocover OPERATION {0}", first);
  const OperationSpec& spec = find_operation(operations, first);
  name = spec.name;
  return run_operation(spec, {arguments.begin() + 1, arguments.end()}, places);
}

}  // namespace

int run_program(const Words& arguments, const ProgramPlaces& places) {
  std::string name;
  const auto fail = [&](ErrorKind kind, std::string_view message) {
    const auto style = wants_json(arguments) ? ProgressStyle::Json : ProgressStyle::None;
    Console(name, style, false).error(static_cast<int>(kind), message);
    return static_cast<int>(kind);
  };
  try {
    return dispatch(arguments, places, name);
  } catch (const Error& error) {
    return fail(error.kind(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::Resource, "out of memory");
  } catch (const std::exception& error) {
    return fail(ErrorKind::Internal, fmt::format("internal error: {}", error.what()));
  }
}

}  // namespace orthocover
