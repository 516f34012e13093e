#include "cli/engine_loader.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "core/base/error.h"
#include "core/base/process.h"
#include "core/base/text.h"
#include "core/base/version.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

/// Of a processor, for what takes 0.6 of them where there is memory.
constexpr rlim_t kMostLoadingSeconds = 10;

/// Beside the libraries: OpenBLAS has buffers of 128 MiB, and waits for ever for one that doesn't fit.
constexpr std::size_t kLeastRoomBytes = 320UL << 20;

fs::path find_engine(const std::vector<fs::path>& candidates) {
  for (const fs::path& path : candidates) {
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return path;
  }
  throw resource_error("{}: the engine library is missing; install orthocover again",
                       candidates.front().lexically_normal().string());
}

[[noreturn]] void load_and_exit(const fs::path& path) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // OpenBLAS asks for memory that it doesn't get over and over, for ever.
  const rlimit seconds{kMostLoadingSeconds, kMostLoadingSeconds};
  setrlimit(RLIMIT_CPU, &seconds);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* room =
      mmap(nullptr, kLeastRoomBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  _exit(room == MAP_FAILED ? 1 : 0);
}

/// Libraries that run out of memory while they are loaded end the process with a signal, or never come to an
/// end. Where the address space is limited, a child finds that out.
void check_address_space(const fs::path& path) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const pid_t child = fork();
  if (child == 0) load_and_exit(path);
  int status = 0;
  pid_t ended = -1;
  while (child > 0 && (ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) continue;
  if (child < 0 || (ended == child && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))) {
    throw resource_error(
        "out of memory: the engine does not fit into the {} that this process may have; raise "
        "the limit (ulimit -v)",
        format_bytes(limit.rlim_cur));
  }
}

/// Idle threads of OpenMP and OpenBLAS sleep, unless the user wants otherwise. By default they turn in
/// circles, which takes the processor from the threads that read and write, and from other runs. Both look
/// when they are loaded.
/// @param threads of the computation, 0: not asked for; threads that libraries start by themselves have as
/// many
void settle_threads(int threads) {
  constexpr int kKeep = 0;
  setenv("OMP_NUM_THREADS", std::to_string(threads_or_all(threads)).c_str(), threads > 0);
  setenv("OMP_WAIT_POLICY", "PASSIVE", kKeep);
  setenv("OPENBLAS_THREAD_TIMEOUT", "4", kKeep);  // 2^4 ticks, its least
}

template <class Function>
Function* find_symbol(void* library, const char* name, const fs::path& path) {
  void* symbol = dlsym(library, name);
  if (symbol == nullptr) throw resource_error("{}: is not the engine of orthocover", path.string());
  return reinterpret_cast<Function*>(symbol);
}

}  // namespace

EngineReply run_in_engine(const std::vector<fs::path>& candidates, const EngineRequest& request) {
  const fs::path path = find_engine(candidates);
  check_address_space(path);
  const auto threads = request.options.find("threads");
  const bool is_told = threads != request.options.end() && threads->is_number_integer();
  settle_threads(is_told ? threads->get<int>() : 0);
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw resource_error("the engine can't be loaded: {}", dlerror());
  const std::string_view engine_version = find_symbol<EngineVersion>(library, kEngineVersionSymbol, path)();
  if (engine_version != version()) {
    throw resource_error("{}: is the engine of version {}, the program is {}; install both again",
                         path.string(), engine_version, version());
  }
  EngineReply reply;
  find_symbol<EngineRun>(library, kEngineRunSymbol, path)(request, reply);
  return reply;
}

}  // namespace orthocover
