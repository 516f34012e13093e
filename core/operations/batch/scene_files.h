#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace orthocover::operations {

/// A kind of file that an operation makes of every scene.
struct OutputKind {
  std::string option;                   ///< how the user calls it: `OUTPUT`, `--vector`
  std::optional<std::string> target;    ///< file, folder or format word; nothing: not wanted
  std::string suffix;                   ///< between the scene's name and the extension: `.confidence`
  std::vector<std::string> extensions;  ///< that it may have, the usual one first: `.gpkg`
};

/// One scene with its outputs, in the order of the kinds.
struct SceneFiles {
  std::string input;
  std::vector<std::optional<std::string>> outputs;
};

/// Whether outputs go into it under names of their own. A folder that is a database (.gdb) is a file to its
/// driver.
bool is_folder(const std::string& path);

/// The extension that a target stands for as a format word; empty where it is none.
std::string extension_of_word(const std::string& target, const std::vector<std::string>& extensions);

/// Gives every scene its output names. A kind's target is a folder when it exists as one, ends in a slash, or
/// several inputs need one: its files are called like their scenes. Of the kinds after the first, the name of
/// a format (`shp`, `.shp`) puts the file beside the first output, under the same name. Anything else is the
/// file itself, of one input. Nothing is created.
/// @param kinds the first decides between file and folder, and knows no format words
/// @throws Error{Usage} for an input that comes twice, two files that would share a name, an output that is
/// an input, and a file where a folder is needed; every message names what collides
std::vector<SceneFiles> pair_files(const std::vector<std::string>& inputs,
                                   const std::vector<OutputKind>& kinds);

/// Folders of the kinds that are to be made where they are missing: those that end in a slash, and all that
/// several inputs need.
/// @param many whether there are several inputs
std::vector<std::string> folders_to_make(const std::vector<OutputKind>& kinds, bool many);

/// @param option of another file that the run makes of all scenes
/// @throws Error{Usage} when it is an output of one of them
void check_is_no_output(const std::vector<SceneFiles>& scenes, const std::string& option,
                        const std::string& file);

/// A batch that was made before is gone on with or replaced, as the user says.
/// @param noun of the first outputs together
/// @throws Error{Usage} when one of the first outputs is there
void check_nothing_made(const std::vector<SceneFiles>& scenes, const std::string& noun);

/// A server's address without its query, which may hold keys; other names as they are.
std::string without_query(const std::string& input);

/// Names of files without extension, by path; where some are alike, the folders in which they differ come
/// before: `east-ortho`, `west-ortho`.
std::map<std::string, std::string> stems_of(const std::vector<std::string>& inputs);

/// `KEY=VALUE` texts as pairs.
/// @throws Error{Usage} naming `option` for a text of another form
std::vector<std::pair<std::string, std::string>> key_values(const std::vector<std::string>& texts,
                                                            const std::string& option);

}  // namespace orthocover::operations
