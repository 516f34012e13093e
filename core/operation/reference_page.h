#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover {

/// Parameters under their headings, in the order of declaration: positional ones first (`Arguments`), those
/// without a group under `Options`.
std::vector<std::pair<std::string, std::vector<const Parameter*>>> grouped_parameters(
    const OperationSpec& spec);

/// `--patch-size PX`, `-m, --model MODEL`, `--projwin ULX ULY LRX LRY`, `INPUT...`.
std::string signature(const Parameter& parameter);

/// The default as the user would type it; empty when there is none (flags that are off, required arguments).
std::string default_text(const Parameter& parameter);

/// The help sentence with what is allowed: choices, range and unit, how lists are given.
std::string full_help(const Parameter& parameter);

/// The page of an operation in the reference manual, in Markdown.
std::string reference_page(const OperationSpec& spec);

/// The table of all operations, in Markdown.
std::string reference_index(const std::vector<OperationSpec>& specs);

}  // namespace orthocover
