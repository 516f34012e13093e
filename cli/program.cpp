#include "cli/program.h"

#include <algorithm>
#include <optional>

#include "cli/audience.h"
#include "cli/completion.h"
#include "cli/engine_loader.h"
#include "cli/global_options.h"
#include "cli/help.h"
#include "cli/man_page.h"
#include "cli/rank_environment.h"
#include "cli/shard_environment.h"
#include "core/base/error.h"
#include "core/base/strict_json.h"
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

/// @param known what else could have been meant
const OperationSpec& find_operation(const std::vector<OperationSpec>& operations, const std::string& name,
                                    Words known) {
  const auto found = std::ranges::find(operations, name, &OperationSpec::name);
  if (found != operations.end()) return *found;
  for (const OperationSpec& spec : operations) known.push_back(spec.name);
  const auto nearest = nearest_name(name, known);
  throw usage_error("{}: no such operation{}", name,
                    nearest ? fmt::format(" (did you mean {}?)", *nearest) : "; see orthocover --help");
}

/// Of a config of the operation whose command line this one takes, what this one has.
nlohmann::json config_of(const OperationSpec& spec, const std::string& file) {
  nlohmann::json config = read_config(file);
  const std::string other(command_line_of(spec.name));
  if (other.empty() || config.value("operation", nlohmann::json()) != other) return config;
  const std::vector<OperationSpec> operations = all_operations();
  const OperationSpec& whole = find_operation(operations, other, {});
  nlohmann::json checked = default_values(whole);
  apply_config(whole, config, file, checked);
  nlohmann::json own = nlohmann::json::object();
  for (const auto& [key, value] : config.items())
    if (spec.find(key) != nullptr) own[key] = value;
  return own;
}

nlohmann::json resolve(const OperationSpec& spec, const nlohmann::json& arguments,
                       const std::string& config) {
  nlohmann::json values = default_values(spec);
  if (!config.empty()) apply_config(spec, config_of(spec, config), config, values);
  for (const auto& [key, value] : arguments.items()) {
    if (values.contains(key)) values[key] = value;
  }
  check_complete(spec, values);
  return values;
}

EngineReply said(std::string text) {
  EngineReply reply;
  reply.text = std::move(text);
  return reply;
}

EngineReply run_operation(const OperationSpec& spec, const Words& words, const ProgramPlaces& places,
                          Audience& audience) {
  const OperationSpec global = global_spec();
  if (has_flag(words, {"--help", "-h"})) return said(operation_help(spec, global));
  OperationSpec all = spec;
  all.parameters.insert(all.parameters.end(), global.parameters.begin(), global.parameters.end());
  const nlohmann::json arguments = parse_arguments(all, words);
  GlobalOptions options = global_options(arguments);
  if (options.version) return said(version_line());
  const RankPlace ranks = runs_in_ranks(spec.name) ? rank_place(process_environment()) : RankPlace();
  // One of them speaks for all, but for errors.
  if (!ranks.is_first()) options.quiet = true, options.progress = "none";
  nlohmann::json values = resolve(spec, arguments, options.config);
  resolve_places(values);
  return run_in_engine(needs_networks(spec.name, values, places.models) ? places.engines : places.map_engines,
                       {spec, values, audience.begin(spec.name, options), places.models.string(),
                        gdal_options(options), ranks});
}

std::string builtin_text(const std::vector<OperationSpec>& operations, const Words& words) {
  const std::string& name = words.front();
  if (words.size() > 2) throw usage_error("'{}': one argument too many", words[2]);
  const std::string subject = words.size() > 1 ? words[1] : "";
  if (name == "completion") {
    if (subject == "zsh") return zsh_completion(operations, global_spec());
    if (subject.empty()) throw usage_error("completion: name the shell: bash or zsh");
    if (subject != "bash")
      throw usage_error("completion: '{}' is not a shell that is known; there are: bash, zsh", subject);
    return bash_completion(operations, global_spec());
  }
  if (name == "help" && subject.empty()) return program_help(operations);
  if (name == "reference" && subject.empty()) return reference_index(operations);
  if (name == "man" && subject.empty()) return program_man_page(operations, global_spec());
  if (subject.empty()) throw usage_error("{0}: of which operation? orthocover {0} OPERATION", name);
  const OperationSpec& spec = find_operation(operations, subject, {});
  if (name == "man") return operation_man_page(spec, operations, global_spec());
  if (name == "schema") return schema_text(config_schema(spec));
  return name == "help" ? operation_help(spec, global_spec()) : reference_page(spec);
}

bool is_builtin(const std::string& word) {
  return std::ranges::count(builtin_names(), word) > 0;
}

/// @param name set to the operation as soon as it is known, for messages
EngineReply dispatch(const Words& arguments, const ProgramPlaces& places, Audience& audience,
                     std::string& name) {
  const std::vector<OperationSpec> operations = all_operations();
  const std::string first = arguments.empty() ? "--help" : arguments.front();
  if (first == "--help" || first == "-h") return said(program_help(operations));
  if (first == "--version") return said(version_line());
  if (is_builtin(first) && has_flag(arguments, {"--help", "-h"})) return said(program_help(operations));
  if (is_builtin(first)) return said(builtin_text(operations, arguments));
  if (first.starts_with("-"))
    throw usage_error("{0}: options follow the operation: orthocover OPERATION {0}", first);
  const OperationSpec& spec = find_operation(operations, first, builtin_names());
  name = spec.name;
  return run_operation(spec, {arguments.begin() + 1, arguments.end()}, places, audience);
}

template <class Action>
EngineReply or_failure(const Action& action) {
  try {
    return action();
  } catch (...) {
    const Error error = caught_error();
    return failure(error.kind(), error.what());
  }
}

}  // namespace

int run_program(const Words& arguments, const ProgramPlaces& places) {
  std::optional<Audience> audience;
  EngineReply reply = or_failure([&] { return audience.emplace(arguments), EngineReply(); });
  if (!audience)
    return Console("", ProgressStyle::None, false).error(reply.exit_code, reply.error), reply.exit_code;
  std::string name;
  reply = or_failure([&] { return dispatch(arguments, places, *audience, name); });
  return audience->end(name, std::move(reply));
}

}  // namespace orthocover
