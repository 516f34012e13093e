#include "core/operations/batch/scene_files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/operation/command_text.h"
#include "core/operations/batch/output_extensions.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

/// A file's name where a folder is needed is more likely a slip than a wish.
bool looks_like_file(const std::string& path) {
  const std::string extension = lower_extension(path);
  return std::ranges::any_of(
      std::vector{raster_extensions(), vector_extensions(), picture_extensions()},
      [&](const std::vector<std::string>& known) { return std::ranges::count(known, extension) > 0; });
}

std::string words_of(const OutputKind& kind) {
  std::vector<std::string> words;
  for (const std::string& extension : kind.extensions) words.push_back(extension.substr(1));
  return join(words);
}

/// @param word_allowed whether the name of a format would have done as well
void check_folder(const OutputKind& kind, bool word_allowed) {
  const std::string& target = *kind.target;
  std::error_code ignored;
  const bool is_file = fs::exists(target, ignored) && !fs::is_directory(target, ignored);
  static constexpr std::string_view kOtherFormats =
      " tab mif gml csv fgb kml json gdb dxf sqlite bmp jpg jpeg ";
  const bool is_word = target.find_first_of("./ ") == std::string::npos &&
                       (looks_like_file(fmt::format("x.{}", target)) ||
                        kOtherFormats.find(fmt::format(" {} ", to_lower(target))) != std::string_view::npos);
  if (word_allowed && is_word && !fs::exists(target, ignored)) {
    throw usage_error("{}: '{}' is no format; it takes {}, or a folder, with a slash at the end", kind.option,
                      target, words_of(kind));
  }
  if (!is_file && (target.ends_with('/') || !looks_like_file(target))) return;
  const std::string cure = word_allowed ? fmt::format(", or a format ({})", words_of(kind)) : std::string();
  throw usage_error("{}: {} {} a file; the files of several scenes go into a folder: give its name{}{}",
                    kind.option, target, is_file ? "is" : "looks like",
                    is_file ? "" : ", with a slash at the end", cure);
}

using Parts = std::vector<std::string>;

Parts folders_of(const std::string& path) {
  Parts parts;
  for (const fs::path& part : fs::path(real_path(path)).parent_path()) parts.push_back(part.string());
  return parts;
}

/// Takes away what all begin with.
void drop_common_begin(std::vector<Parts>& all) {
  const auto begins_alike = [&](const Parts& parts) {
    return !parts.empty() && !all.front().empty() && parts.front() == all.front().front();
  };
  while (std::ranges::all_of(all, begins_alike)) {
    for (Parts& parts : all) parts.erase(parts.begin());
  }
}

}  // namespace

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return path.ends_with('/') || (fs::is_directory(path, ignored) && lower_extension(path) != ".gdb");
}

std::string extension_of_word(const std::string& target, const std::vector<std::string>& extensions) {
  if (target.find('/') != std::string::npos || is_folder(target)) return "";
  return extension_named(target, extensions);
}

namespace {

/// A file's name without extension; of a part of a file, as GDAL names it, with the part's:
/// `GPKG:maps.gpkg:north`, `GTIFF_DIR:2:maps.tif`.
std::string stem_of(const std::string& input) {
  static const std::regex kPart(R"re([A-Za-z]\w+:(?:[A-Z_]+:)?(?!//)"?([^:]*\.[^:"]*|\d+)"?:/*(.+))re");
  std::smatch found;
  std::error_code ignored;
  if (fs::exists(input, ignored) || !std::regex_match(input, found, kPart))
    return fs::path(without_query(input)).stem().string();
  std::string file = found[1], part = found[2];
  if (number_of(file)) std::swap(file, part);
  std::erase(part, '"');
  std::ranges::replace_if(
      part, [](char c) { return c == '/' || c == ':'; }, '-');
  return fmt::format("{}-{}", fs::path(file).stem().string(), part);
}

}  // namespace

std::string without_query(const std::string& input) {
  const std::size_t address = input.find("://");
  return input.substr(0, address == std::string::npos ? address : input.find('?', address));
}

std::map<std::string, std::string> stems_of(const std::vector<std::string>& inputs) {
  std::map<std::string, std::vector<std::string>> alike;
  for (const std::string& input : inputs) alike[stem_of(input)].push_back(input);
  std::map<std::string, std::string> stems;
  for (const auto& [stem, paths] : alike) {
    std::vector<Parts> folders;
    for (const std::string& path : paths) folders.push_back(folders_of(without_query(path)));
    if (paths.size() == 1) folders.front().clear();
    for (int end = 0; paths.size() > 1 && end < 2; ++end) {
      drop_common_begin(folders);
      for (Parts& parts : folders) std::ranges::reverse(parts);
    }
    for (std::size_t i = 0; i < paths.size(); ++i) {
      folders[i].push_back(stem);
      const std::string name = fmt::format("{}", fmt::join(folders[i], "-"));
      const auto is_taken = [&](const std::string& path) {
        return stems.contains(path) && stems[path] == name;
      };
      const bool asks = without_query(paths[i]) != paths[i] && !stems.contains(paths[i]);
      stems[paths[i]] =
          asks && std::ranges::any_of(paths, is_taken) ? fmt::format("{}-{}", name, i + 1) : name;
    }
  }
  return stems;
}

namespace {

/// Gives one scene's files their names.
class Naming {
 public:
  Naming(const std::vector<OutputKind>& kinds, const std::vector<std::string>& inputs)
      : m_kinds(kinds), m_stems(stems_of(inputs)), m_many(inputs.size() > 1) {}

  SceneFiles files_of(const std::string& input) const {
    SceneFiles scene{input, {}};
    for (const OutputKind& kind : m_kinds) {
      scene.outputs.push_back(kind.target ? std::optional(name(kind, scene)) : std::nullopt);
    }
    return scene;
  }

 private:
  std::string name(const OutputKind& kind, const SceneFiles& scene) const {
    const bool first = scene.outputs.empty();
    const std::string word = first ? "" : extension_of_word(*kind.target, kind.extensions);
    if (!word.empty()) return fs::path(*scene.outputs.front()).replace_extension(kind.suffix + word).string();
    if (m_many) check_folder(kind, !first);
    if (!m_many && !is_folder(*kind.target)) return *kind.target;
    const std::string file = m_stems.at(scene.input) + kind.suffix + kind.extensions.front();
    return (fs::path(*kind.target) / file).string();
  }

  const std::vector<OutputKind>& m_kinds;
  std::map<std::string, std::string> m_stems;  ///< by input
  bool m_many;
};

void check_inputs(const std::vector<std::string>& inputs) {
  std::map<std::string, std::string> seen;
  for (const std::string& input : inputs) {
    const auto [before, is_new] = seen.emplace(real_path(input), input);
    if (is_new) continue;
    const std::string name = without_secrets(input);
    if (before->second == input) throw usage_error("{}: is given twice; name every scene once", name);
    throw usage_error("{}: is the same scene as {}; name every scene once", name,
                      without_secrets(before->second));
  }
}

void check_outputs(const std::vector<SceneFiles>& scenes) {
  std::map<std::string, std::string> inputs;
  for (const SceneFiles& scene : scenes) inputs.emplace(real_path(scene.input), scene.input);
  std::map<std::string, std::string> writers;
  for (const SceneFiles& scene : scenes) {
    for (const std::optional<std::string>& output : scene.outputs) {
      if (!output) continue;
      const std::string file = real_path(*output);
      const auto input = inputs.find(file);
      if (input != inputs.end() && input->second != scene.input)
        throw usage_error("{}: the output of {} is an input; choose another folder", *output, scene.input);
      const auto [before, is_new] = writers.emplace(file, scene.input);
      if (is_new) continue;
      if (before->second == scene.input)
        throw usage_error("{}: would be written twice; give the outputs different names", *output);
      throw usage_error("{}: would be written for {} and for {}; map them into different folders", *output,
                        without_secrets(before->second), without_secrets(scene.input));
    }
  }
}

}  // namespace

std::vector<SceneFiles> pair_files(const std::vector<std::string>& inputs,
                                   const std::vector<OutputKind>& kinds) {
  check_inputs(inputs);
  const Naming naming(kinds, inputs);
  std::vector<SceneFiles> scenes;
  for (const std::string& input : inputs) scenes.push_back(naming.files_of(input));
  check_outputs(scenes);
  return scenes;
}

std::vector<std::string> folders_to_make(const std::vector<OutputKind>& kinds, bool many) {
  std::vector<std::string> folders;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::optional<std::string>& target = kinds[i].target;
    const bool is_word = i > 0 && target && !extension_of_word(*target, kinds[i].extensions).empty();
    if (target && !is_word && (many || target->ends_with('/'))) folders.push_back(*target);
  }
  return folders;
}

void check_is_no_output(const std::vector<SceneFiles>& scenes, const std::string& option,
                        const std::string& file) {
  const std::string own = real_path(file);
  for (const SceneFiles& scene : scenes) {
    for (const std::optional<std::string>& output : scene.outputs) {
      if (output && real_path(*output) == own)
        throw usage_error("{}: {} is an output of {} already; choose another name", option, file,
                          scene.input);
    }
  }
}

void check_nothing_made(const std::vector<SceneFiles>& scenes, const std::string& noun) {
  std::vector<std::string> made;
  for (const SceneFiles& scene : scenes) {
    std::error_code ignored;
    if (fs::exists(*scene.outputs.front(), ignored)) made.push_back(*scene.outputs.front());
  }
  if (made.empty()) return;
  throw usage_error(
      "{}: exists already{}; add --resume to make only what is missing, or --overwrite", made.front(),
      made.size() == 1 ? "" : fmt::format(", as {} of the {} {} do", made.size(), scenes.size(), noun));
}

std::vector<std::pair<std::string, std::string>> key_values(const std::vector<std::string>& texts,
                                                            const std::string& option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw option_error("{}: '{}' is not of the form KEY=VALUE", option, text);
    }
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

}  // namespace orthocover::operations
