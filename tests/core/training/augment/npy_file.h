#pragma once

#include <filesystem>
#include <opencv2/core.hpp>

namespace orthocover::test {

/// An array of NumPy with shape [rows, cols] or [rows, cols, bands], bytes or 32-bit floats in C order.
/// @throws std::invalid_argument
cv::Mat read_npy(const std::filesystem::path& file);

}  // namespace orthocover::test
