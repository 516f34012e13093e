#pragma once

#include <memory>
#include <QString>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover::qgis {

/// What an algorithm takes as its first input, where the operation takes several kinds of it.
enum class InputForm {
  One,   ///< one layer
  Many,  ///< a list of layers, and a folder as output
  Model  ///< a model package in place of a layer
};

/// One algorithm of the provider: an operation, seen with one form of input.
struct AlgorithmVariant {
  std::shared_ptr<const OperationSpec> spec;
  InputForm form = InputForm::One;
  bool splits = false;  ///< whether the operation's list of inputs has a dialog for one and another for many

  /// `segment`, `segmentbatch`; never translated.
  QString id() const;
  QString title() const;
  /// A text of the declaration as this dialog has it, in the user's language.
  /// @param marked see text_for()
  QString text(const std::string& marked) const;
  /// Whether the parameter is the list of rasters that the two dialogs differ in.
  bool is_split_input(const Parameter& parameter) const;
};

/// All algorithms, in the order of the operations.
std::vector<AlgorithmVariant> all_variants();

/// Name of a QGIS parameter: the JSON key in upper case.
QString parameter_name(const Parameter& parameter);

}  // namespace orthocover::qgis
