#include "core/operations/batch/input_guard.h"

#include <sys/stat.h>

#include "core/base/error.h"

namespace orthocover::operations {
namespace {

void append_texts(const nlohmann::json& value, std::vector<std::string>& texts) {
  if (value.is_string()) texts.push_back(value.get<std::string>());
  if (!value.is_array()) return;
  for (const nlohmann::json& item : value) append_texts(item, texts);
}

/// What the options of some kinds name, but for what is named after inputs.
std::vector<std::string> files_named(const OperationSpec& spec, const nlohmann::json& options,
                                     bool (*is_wanted)(ParameterKind)) {
  std::vector<std::string> files;
  for (const Parameter& parameter : spec.parameters) {
    if (is_wanted(parameter.kind) && !parameter.per_scene) append_texts(options.at(parameter.key()), files);
  }
  return files;
}

}  // namespace

InputGuard::InputGuard(const OperationSpec& spec, const nlohmann::json& options, const GeoIo& geo)
    : m_inputs(files_named(spec, options, names_input)), m_geo(geo) {}

std::optional<InputGuard::Identity> InputGuard::identity(const std::string& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return std::nullopt;
  return Identity(facts.st_dev, facts.st_ino);
}

const std::map<InputGuard::Identity, std::string>& InputGuard::files() {
  if (m_files) return *m_files;
  m_files.emplace();
  for (const std::string& input : m_inputs) {
    for (const std::string& file : m_geo.files_of(input)) {
      if (const auto found = identity(file)) m_files->emplace(*found, input);
    }
  }
  return *m_files;
}

void InputGuard::check(const std::string& output) {
  const auto replaced = identity(output);
  if (!replaced) return;
  const auto found = files().find(*replaced);
  if (found == files().end()) return;
  const std::string& input = found->second;
  if (identity(input) == replaced)
    throw usage_error("{}: the output is the input; choose another name", output);
  throw usage_error("{}: the output belongs to the input {}; choose another name", output, input);
}

void guard_inputs(const OperationSpec& spec, const nlohmann::json& options, const GeoIo& geo) {
  InputGuard guard(spec, options, geo);
  for (const std::string& output : files_named(spec, options, names_output)) guard.check(output);
}

std::unique_ptr<RasterSource> open_confidence(const std::string& path, const RasterInfo& map, GeoIo& geo) {
  std::unique_ptr<RasterSource> confidence = geo.open_raster(path, {});
  if (const std::size_t bands = confidence->info().bands.size(); bands != 1)
    throw usage_error("--confidence: {} has {} bands; give one of one band, in percent", path, bands);
  check_on_grid(confidence->info(), map);
  return confidence;
}

void check_legend(const std::string& path, std::int64_t value, const std::string& name, const Legend& given) {
  const std::optional<int> index = given.index_of(std::string_view(name));
  if (!index) return;
  const int other = given.classes()[static_cast<std::size_t>(*index)].value;
  if (other != value)
    throw data_error(
        "{}: has class {} as '{}', --legend gives that name to {}; leave --legend out, or give one that "
        "agrees",
        path, value, name, other);
}

}  // namespace orthocover::operations
