#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/operation/declaration.h"

namespace orthocover {

/// The command line that gives an operation these values, quoted for a shell: `orthocover segment --overlap
/// 0.3 'my ortho.tif' map.tif`. Values at their defaults are left out.
/// @param values as a run config has them; keys that the operation does not have are left out too
std::string command_text(const OperationSpec& spec, const nlohmann::json& values);

/// A word in quotes where a shell wants them.
std::string shell_word(const std::string& word);

/// A path as records tell it: users of URLs and values of keys, tokens and signatures in queries are `***`.
std::string without_secrets(const std::string& text);

}  // namespace orthocover
