#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace orthocover {

/// The shipped model that `default` stands for.
inline constexpr const char* kDefaultModel = "orthonet-small-landcover";

/// Names of the model packages in a folder, sorted; none when the folder is missing.
std::vector<std::string> shipped_models(const std::filesystem::path& models);

/// Folder of the model package that the user means: `default`, the name of a shipped package, or the path of
/// a package folder or of its model.json. Shipped names win over folders of the same name in the current
/// folder;
/// `./name` means the latter.
/// @param models folder with the shipped packages
/// @throws Error{Model} that lists what there is and the nearest name
std::filesystem::path locate_model(const std::string& name, const std::filesystem::path& models);

}  // namespace orthocover
