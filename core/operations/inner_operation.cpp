#include "core/operations/inner_operation.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/operations/registry.h"

namespace orthocover::operations {

OperationSpec spec_of(std::string_view operation) {
  const std::vector<OperationSpec> operations = all_operations();
  const auto found = std::ranges::find(operations, operation, &OperationSpec::name);
  if (found == operations.end()) throw internal_error("there is no operation '{}'", operation);
  return *found;
}

void run_inner(const OperationSpec& spec, const nlohmann::json& values, OperationContext& context) {
  OperationContext inner{context.run, context.geo, context.models, spec, values};
  find_run(spec.name)(values, inner);
}

}  // namespace orthocover::operations
