#pragma once

#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover {

/// No line of help is longer, where words allow.
inline constexpr std::size_t kHelpColumns = 100;

/// Help of the program: operations and what else it can do.
std::string program_help(const std::vector<OperationSpec>& operations);

/// Help of one operation: usage, description, options by group with what is allowed and the defaults,
/// examples.
/// @param global options that every operation takes
std::string operation_help(const OperationSpec& spec, const OperationSpec& global);

/// `text` in lines of at most `columns`, broken at blanks; lines after the first are indented.
std::string wrap(const std::string& text, std::size_t columns, std::size_t indent);

}  // namespace orthocover
