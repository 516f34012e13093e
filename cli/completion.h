#pragma once

#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover {

/// Words of the program that are no operations: `help`, `completion`, ...
const std::vector<std::string>& builtin_names();

/// The script that makes bash complete operations, options and choices.
std::string bash_completion(const std::vector<OperationSpec>& operations, const OperationSpec& global);

/// The same for zsh, with descriptions: the file `_orthocover` of a folder of completions.
std::string zsh_completion(const std::vector<OperationSpec>& operations, const OperationSpec& global);

}  // namespace orthocover
