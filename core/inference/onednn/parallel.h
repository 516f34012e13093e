#pragma once

#include <cstdint>
#include <functional>

namespace orthocover {

/// Calls `work(first, last)` for ranges that make up 0 to `count`, each but the last at least `fewest` long,
/// in as many threads as OpenMP has been given, which are those of LibTorch and oneDNN. LibTorch's own
/// at::parallel_for is serial in code that isn't compiled for OpenMP, which its headers don't survive
/// together with ours. Serial where this build has no oneDNN that shares its threads.
/// @throws what `work` throws first
void parallel_for(std::int64_t count, std::int64_t fewest,
                  const std::function<void(std::int64_t first, std::int64_t last)>& work);

/// Threads of OpenMP that computations of the calling thread use from now on, LibTorch's and oneDNN's too.
/// @return false: no effect, since this build has no oneDNN that shares its threads
bool set_threads_of_caller(int threads);

}  // namespace orthocover
