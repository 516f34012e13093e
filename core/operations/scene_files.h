#pragma once

#include <optional>
#include <string>
#include <vector>

namespace orthocover::operations {

/// A kind of file that an operation makes of every scene.
struct OutputKind {
  std::string option;                 ///< how the user calls it: `OUTPUT`, `--vector`
  std::optional<std::string> target;  ///< file, or folder for several scenes; nothing: not wanted
  std::string extension;              ///< of the files in a folder: `.tif`
};

/// One scene with its outputs, in the order of the kinds.
struct SceneFiles {
  std::string input;
  std::vector<std::optional<std::string>> outputs;
};

/// Gives every scene its output names, as cp does: one input and files, or any number of inputs and existing
/// folders, in which each output is called like its scene.
/// @param kinds the first decides between file and folder
/// @throws Error{Usage} when a folder is missing or two outputs would share a name
std::vector<SceneFiles> pair_files(const std::vector<std::string>& inputs,
                                   const std::vector<OutputKind>& kinds);

/// `KEY=VALUE` texts as pairs.
/// @throws Error{Usage} naming `option` for a text of another form
std::vector<std::pair<std::string, std::string>> key_values(const std::vector<std::string>& texts,
                                                            const std::string& option);

}  // namespace orthocover::operations
