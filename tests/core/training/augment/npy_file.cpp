#include "npy_file.h"

#include <fstream>
#include <regex>
#include <stdexcept>
#include <vector>

namespace orthocover::test {

cv::Mat read_npy(const std::filesystem::path& file) {
  const auto refuse = [&](const char* why) { throw std::invalid_argument(file.string() + why); };
  std::ifstream stream(file, std::ios::binary);
  std::string start(10, '\0');
  stream.read(start.data(), 10);
  if (!stream || !start.starts_with("\x93NUMPY\x01")) refuse(" is not a .npy file of version 1");
  std::string header(static_cast<unsigned char>(start[8]) + 256U * static_cast<unsigned char>(start[9]),
                     '\0');
  stream.read(header.data(), static_cast<std::streamsize>(header.size()));
  static const std::regex kHeader(
      R"(.*'descr': '(\|u1|<f4)', 'fortran_order': False, 'shape': \((\d+), (\d+)(?:, (\d+))?\).*\n)");
  std::smatch match;
  if (!std::regex_match(header, match, kHeader)) refuse(" is no image of bytes or floats");
  const int bands = match[4].matched ? std::stoi(match[4]) : 1;
  cv::Mat image(std::stoi(match[2]), std::stoi(match[3]),
                CV_MAKETYPE(match[1] == "<f4" ? CV_32F : CV_8U, bands));
  stream.read(reinterpret_cast<char*>(image.data),
              static_cast<std::streamsize>(image.total() * image.elemSize()));
  if (!stream || stream.peek() != EOF) refuse(" has another size than its header says");
  return image;
}

}  // namespace orthocover::test
