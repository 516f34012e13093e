#include "core/operations/model/model_location.h"

#include <algorithm>
#include <system_error>

#include "core/base/error.h"
#include "core/base/pending_output.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

bool is_package(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "model.json", ignored);
}

[[noreturn]] void refuse(const std::string& name, const fs::path& models) {
  std::error_code ignored;
  if (fs::is_directory(name, ignored)) throw model_error("model {}: the folder has no model.json", name);
  const std::vector<std::string> known = shipped_models(models);
  if (known.empty()) {
    throw model_error("model '{}': not found, and there are no shipped models in {}", name, models.string());
  }
  throw model_error("model '{}': no such shipped model or folder{}; shipped are {}", name,
                    did_you_mean(name, known), join(known));
}

}  // namespace

std::vector<std::string> shipped_models(const fs::path& models) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(models, ignored)) {
    if (is_package(entry.path())) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

fs::path locate_model(const std::string& name, const fs::path& models) {
  const std::string wanted = name == "default" ? kDefaultModel : name;
  const std::vector<std::string> known = shipped_models(models);
  if (std::ranges::count(known, wanted) > 0) return models / wanted;
  const fs::path path(wanted);
  if (path.filename() == "model.json" && is_package(path.parent_path())) return folder_of(path);
  if (!wanted.empty() && is_package(path)) return path;
  refuse(wanted, models);
}

}  // namespace orthocover
