#pragma once

#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover {

/// The man page orthocover(1), in roff: operations, options that every operation takes, exit status.
std::string program_man_page(const std::vector<OperationSpec>& operations, const OperationSpec& global);

/// The man page orthocover-OPERATION(1), in roff.
/// @param operations all, to refer to the others
std::string operation_man_page(const OperationSpec& spec, const std::vector<OperationSpec>& operations,
                               const OperationSpec& global);

/// Text as roff prints it: escapes, no line that starts like a request, hyphens that can be copied,
/// characters beyond ASCII by their number.
std::string roff_text(const std::string& text);

}  // namespace orthocover
