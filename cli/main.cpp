#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "cli/program.h"
#include "cli/program_layout.h"

namespace {

namespace fs = std::filesystem;

fs::path program_folder(const char* name) {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  return (failed ? fs::absolute(name, failed) : program).parent_path();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace orthocover;
  const fs::path folder = program_folder(argc > 0 ? argv[0] : "orthocover");
  ProgramPlaces places;
  places.engines = {folder / kInstalledLibraries / kEngineFile, folder / kBuiltLibraries / kEngineFile};
  places.map_engines = {folder / kInstalledLibraries / kMapEngineFile,
                        folder / kBuiltLibraries / kMapEngineFile};
  const char* models = std::getenv("ORTHOCOVER_MODELS");
  places.models = models != nullptr && *models != '\0' ? fs::path(models)
                                                       : (folder / kInstalledModels).lexically_normal();
  return run_program({argv + (argc > 0 ? 1 : 0), argv + argc}, places);
}
