#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover {

/// Reads the arguments of one operation into JSON values, only those that were given, each checked by itself.
///
/// `--name value`, `--name=value`, `-x value`; flags `--name`, `--no-name` or `--name=yes|no`; lists with
/// commas, or repeated where the parameter says so, or as `count` values in a row; `--` ends the options. A
/// value that starts with a dash is taken when it is a number, else after `=`. Without `repeat` the last one
/// counts. Positional arguments may stand between options; of a list followed by single ones, the last go to
/// those (cp's way).
/// @throws Error{Usage} naming the option, its value, what is allowed; unknown options with the nearest name
nlohmann::json parse_arguments(const OperationSpec& spec, const std::vector<std::string>& arguments);

}  // namespace orthocover
