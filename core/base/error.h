#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace orthocover {

/// What went wrong; the value is the program's exit code.
enum class ErrorKind {
  Usage = 2,       ///< a wrong option or combination of options
  Data = 3,        ///< a scene, label or vector file that can't be used
  Model = 4,       ///< weights or a model package that can't be used
  Resource = 5,    ///< disk, memory, permission, device
  Internal = 70,   ///< a defect of the program itself
  Cancelled = 130  ///< the user stopped the run
};

/// `Usage`, `Data`, ... as a word.
std::string_view to_string(ErrorKind kind);

/// The one exception type of the engine: one line that names the thing, its value, what is allowed and the
/// cure.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, bool wrong_for_all = false);

  ErrorKind kind() const noexcept { return m_kind; }
  /// Whether an option is wrong whatever the scene, so that every scene of a batch would fail.
  bool is_wrong_for_all() const noexcept { return m_wrong_for_all; }
  /// The exit code of the program for this error.
  int exit_code() const noexcept { return static_cast<int>(m_kind); }

 private:
  ErrorKind m_kind;
  bool m_wrong_for_all;
};

/// What a run ends with that the user stopped.
Error cancelled_error();

/// What an exception says, as an Error; called where any is caught.
/// @param memory_cure what helps where memory is short, from its semicolon on
Error caught_error(const std::string& memory_cure = "");

/// Builds an Error with a formatted message: `throw usage_error("--overlap: {} is outside 0..0.5", value)`.
template <class... Args>
Error usage_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Usage, fmt::format(format, std::forward<Args>(args)...)};
}
/// The same of an option that is wrong whatever the scene.
template <class... Args>
Error option_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Usage, fmt::format(format, std::forward<Args>(args)...), true};
}
template <class... Args>
Error data_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Data, fmt::format(format, std::forward<Args>(args)...)};
}
template <class... Args>
Error model_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Model, fmt::format(format, std::forward<Args>(args)...)};
}
template <class... Args>
Error resource_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Resource, fmt::format(format, std::forward<Args>(args)...)};
}
template <class... Args>
Error internal_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::Internal, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace orthocover
