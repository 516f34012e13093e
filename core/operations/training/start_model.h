#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/run_context.h"
#include "core/nn/model_package.h"

namespace orthocover::operations {

/// The model whose weights a training begins with: --start-from.
class StartModel {
 public:
  /// @param name of a shipped package, or its folder
  /// @param models folder with the shipped ones
  /// @throws Error{Model}
  StartModel(std::string name, const std::filesystem::path& models);

  const nn::ModelManifest& manifest() const { return m_package.manifest; }

  /// Whether it knows all classes.
  bool knows(const Legend& legend) const { return new_classes(legend).empty(); }
  /// Tells which classes it does not know.
  void tell_new_classes(const Legend& legend, RunContext& run) const;
  /// A network as `wanted` describes it, with the model's weights. Classes are known by name; others begin
  /// anew.
  /// @throws Error{Model} where the weights do not fit
  std::shared_ptr<nn::SegmentationNetwork> network(const nn::ModelManifest& wanted) const;

 private:
  std::vector<std::string> new_classes(const Legend& legend) const;

  std::string m_name;
  nn::ModelPackage m_package;
};

}  // namespace orthocover::operations
