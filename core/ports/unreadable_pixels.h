#pragma once

#include <string>
#include <utility>

#include "core/base/error.h"
#include "core/geometry/window.h"

namespace orthocover {

/// Pixels of a raster that can't be read, however often it was tried.
class UnreadablePixels final : public Error {
 public:
  /// @param window pixels of the copy of the raster that was read: of a block of the file, where that is
  /// known
  /// @param overview that copy, as in RasterSource::read()
  UnreadablePixels(const std::string& path, const Window& window, int overview, int tries, std::string cause)
      : Error(ErrorKind::Data, message(path, window, overview, tries, cause)),
        m_window(window),
        m_cause(std::move(cause)) {}

  const Window& window() const { return m_window; }
  /// What the library said.
  const std::string& cause() const { return m_cause; }

 private:
  static std::string message(const std::string& path, const Window& window, int overview, int tries,
                             const std::string& cause) {
    return fmt::format("{}: reading pixels {}{} failed{}, the file is damaged or incomplete: {}", path,
                       to_string(window),
                       overview < 0 ? "" : fmt::format(" of its overview {}", overview + 1),
                       tries > 1 ? fmt::format(" {} times", tries) : "", cause);
  }

  Window m_window;
  std::string m_cause;
};

}  // namespace orthocover
