#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace orthocover {

/// Where the program finds what belongs to it.
struct ProgramPlaces {
  std::vector<std::filesystem::path> engines;      ///< where the engine library may lie, likeliest first
  std::vector<std::filesystem::path> map_engines;  ///< the same for the engine without LibTorch
  std::filesystem::path models;                    ///< folder with the shipped models
};

/// Does what the command line asks for.
/// @param arguments without the program's name
/// @return the exit code
int run_program(const std::vector<std::string>& arguments, const ProgramPlaces& places);

}  // namespace orthocover
