#pragma once

#include <string>

namespace orthocover {

/// The place of this process among those that do one run together, its ranks.
struct RankPlace {
  int rank = 0;                       ///< 0 .. size - 1
  int size = 1;                       ///< how many processes there are
  int local_rank = 0;                 ///< among those of this machine
  int local_size = 1;                 ///< how many this machine runs, as far as known
  std::string address = "127.0.0.1";  ///< at which rank 0 listens, and at no other
  int port = 29500;

  bool is_alone() const { return size <= 1; }
  bool is_first() const { return rank == 0; }
};

}  // namespace orthocover
