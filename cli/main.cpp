#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
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

/// Mosaics and parts of a map need more files at a time than the 1024 that systems begin with.
void allow_many_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

/// A closed standard stream would become the first file that is opened, and take messages. What can't be
/// written stays an error.
void fill_standard_streams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", O_RDONLY);
  }
}

/// All output is whole by now. What libraries would still take apart, LibTorch's operators one by one, the
/// kernel frees in a fraction of the time.
[[noreturn]] void end_at_once(int code) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  std::exit(code);
#else
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(code);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  using namespace orthocover;
  fill_standard_streams();
  allow_many_open_files();
  const fs::path folder = program_folder(argc > 0 ? argv[0] : "orthocover");
  ProgramPlaces places;
  places.engines = {folder / kInstalledLibraries / kEngineFile, folder / kBuiltLibraries / kEngineFile};
  places.map_engines = {folder / kInstalledLibraries / kMapEngineFile,
                        folder / kBuiltLibraries / kMapEngineFile};
  const char* models = std::getenv("ORTHOCOVER_MODELS");
  places.models = models != nullptr && *models != '\0' ? fs::path(models)
                                                       : (folder / kInstalledModels).lexically_normal();
  end_at_once(run_program({argv + (argc > 0 ? 1 : 0), argv + argc}, places));
}
