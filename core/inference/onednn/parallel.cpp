#include "core/inference/onednn/parallel.h"

#include <algorithm>
#include <exception>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace orthocover {

void parallel_for(std::int64_t count, std::int64_t fewest,
                  const std::function<void(std::int64_t first, std::int64_t last)>& work) {
  if (count <= 0) return;
#ifdef _OPENMP
  const std::int64_t useful = std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, fewest));
  const auto ranges = std::min<std::int64_t>(omp_in_parallel() != 0 ? 1 : omp_get_max_threads(), useful);
  if (ranges == 1) return work(0, count);
  std::exception_ptr failure;
#pragma omp parallel for num_threads(static_cast <int>(ranges)) schedule(static, 1)
  for (std::int64_t i = 0; i < ranges; ++i) {
    try {
      work(i * count / ranges, (i + 1) * count / ranges);
    } catch (...) {
#pragma omp critical(orthocover_parallel_for)
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
#else
  static_cast<void>(fewest);
  work(0, count);
#endif
}

bool set_threads_of_caller([[maybe_unused]] int threads) {
#ifdef _OPENMP
  omp_set_num_threads(threads);
  return true;
#else
  return false;
#endif
}

}  // namespace orthocover
