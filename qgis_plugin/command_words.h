#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover::qgis {

/// The words of a command line that give these values: the operation's name, options, positional arguments.
/// The opposite of parse_arguments().
/// @param values only what differs from the defaults, each allowed by check_value()
/// @throws Error{Usage} for an output without the input before it
std::vector<std::string> command_words(const OperationSpec& spec, const nlohmann::json& values);

/// A command line that a POSIX shell reads as these words.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace orthocover::qgis
