#pragma once

/// The one header through which c10d, LibTorch's communication between processes, enters; differences between
/// its versions and builds live here.
///
/// LibTorch names its backends in macros of its CMake package, but their headers want those of gloo (Debian:
/// libgloo-dev) and of NCCL (nccl.h), which not every LibTorch brings. A build without them knows that
/// backend not, and says so when it is wanted.

#include <torch/version.h>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <torch/csrc/distributed/c10d/Types.hpp>
#include <torch/csrc/distributed/c10d/Work.hpp>

#if defined(USE_C10D_GLOO) && !defined(ORTHOCOVER_FOREIGN_GLOO) && __has_include(<gloo/rendezvous/store.h>)
#define ORTHOCOVER_GLOO 1
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif

#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define ORTHOCOVER_NCCL 1
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/distributed/c10d/Backend.hpp>
#else
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#endif

namespace orthocover::nn {

/// What gloo's and NCCL's groups have in common.
#if TORCH_VERSION_MAJOR >= 2
using CollectiveGroup = c10d::Backend;
#else
using CollectiveGroup = c10d::ProcessGroup;
#endif

/// Ends a group of which nothing is under way; later versions complain when that is left to the destructor.
inline void end_group([[maybe_unused]] CollectiveGroup& group) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 11)
  group.shutdown();
#endif
}

}  // namespace orthocover::nn
