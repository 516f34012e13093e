#include "cli/engine_loader.h"

#include <dlfcn.h>

#include <system_error>

#include "core/base/error.h"
#include "core/base/version.h"

namespace orthocover {
namespace {

namespace fs = std::filesystem;

fs::path find_engine(const std::vector<fs::path>& candidates) {
  for (const fs::path& path : candidates) {
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return path;
  }
  throw resource_error("{}: the engine library is missing; install orthocover again",
                       candidates.front().lexically_normal().string());
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
