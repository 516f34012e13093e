#include "core/operations/scene_files.h"

#include <filesystem>
#include <set>

#include "core/base/error.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) || path.ends_with('/');
}

void check_folder(const OutputKind& kind) {
  std::error_code ignored;
  if (!fs::is_directory(*kind.target, ignored)) {
    throw usage_error("{}: {} is not an existing folder; the files of several scenes go into folders",
                      kind.option, *kind.target);
  }
}

}  // namespace

std::vector<SceneFiles> pair_files(const std::vector<std::string>& inputs,
                                   const std::vector<OutputKind>& kinds) {
  const bool into_folders = inputs.size() > 1 || is_folder(kinds.front().target.value_or(""));
  std::vector<SceneFiles> scenes;
  std::set<std::string> seen;
  for (const std::string& input : inputs) {
    SceneFiles scene{input, {}};
    for (const OutputKind& kind : kinds) {
      std::optional<std::string> output = kind.target;
      if (output && into_folders) {
        check_folder(kind);
        output = (fs::path(*output) / (fs::path(input).stem().string() + kind.extension)).string();
      }
      if (output && !seen.insert(fs::weakly_canonical(*output).string()).second) {
        throw usage_error("{}: would be written twice; give the outputs different names", *output);
      }
      scene.outputs.push_back(std::move(output));
    }
    scenes.push_back(std::move(scene));
  }
  return scenes;
}

std::vector<std::pair<std::string, std::string>> key_values(const std::vector<std::string>& texts,
                                                            const std::string& option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw usage_error("{}: '{}' is not of the form KEY=VALUE", option, text);
    }
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

}  // namespace orthocover::operations
