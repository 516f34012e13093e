#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

/// Which work of which stream is known to come before which other (vector clocks), and who uses which memory.
namespace simulated_cuda {

constexpr int kStreams = 33;  ///< the main one, and a pool

/// How far each stream is known to have come.
using Clock = std::array<long, kStreams>;

struct Use {
  std::size_t stream = 0;
  long time = 0;
};

struct Block {
  std::size_t made_by = 0;  ///< the stream, which alone may have the memory next
  std::optional<Use> written;
  std::map<std::size_t, long> read;  ///< by streams
  std::set<std::size_t> kept_for;    ///< record_stream()
};

/// What page-locked memory gets once somebody waits.
struct Late {
  Use copied;
  at::Tensor host;
  std::string bytes;
};

inline std::mutex the_mutex;  ///< of what follows
inline std::array<Clock, kStreams> the_streams{};
inline Clock the_finished{};  ///< work that a thread has waited for
inline std::unordered_map<void*, Block> the_blocks;
inline std::vector<Late> the_late;
inline thread_local Clock the_thread{};
inline thread_local std::size_t the_stream = 0;

inline void catch_up(Clock& clock, const Clock& with) {
  std::ranges::transform(clock, with, clock.begin(), [](long a, long b) { return std::max(a, b); });
}

[[noreturn]] inline void race(const char* what, const std::string& operation, const Use& other) {
  std::fprintf(stderr, "simulated CUDA: %s (%s on stream %zu, stream %zu)\n", what, operation.c_str(),
               the_stream, other.stream);
  std::abort();
}

/// The calling thread gives work to its stream.
inline long launch() {
  Clock& clock = the_streams[the_stream];
  catch_up(clock, the_thread);
  return ++clock[the_stream];
}

/// The calling thread waits.
inline void wait_for(const Clock& work) {
  catch_up(the_thread, work);
  catch_up(the_finished, work);
  std::erase_if(the_late, [](const Late& late) {
    const bool is_done = the_finished[late.copied.stream] >= late.copied.time;
    if (is_done) std::ranges::copy(late.bytes, static_cast<char*>(late.host.data_ptr()));
    return is_done;
  });
}

inline void wait_for_stream() {
  const std::scoped_lock lock(the_mutex);
  wait_for(the_streams[the_stream]);
}

inline void show_later(const at::Tensor& host) {
  const std::scoped_lock lock(the_mutex);
  auto* const bytes = static_cast<char*>(host.data_ptr());
  the_late.push_back({{the_stream, the_streams[the_stream][the_stream]}, host, {bytes, host.nbytes()}});
  std::fill_n(bytes, host.nbytes(), '\xEE');
}

inline void use(const at::Tensor& tensor, bool writes, long time, const std::string& operation) {
  const auto found = the_blocks.find(tensor.has_storage() ? tensor.storage().data() : nullptr);
  if (found == the_blocks.end()) return;
  Block& block = found->second;
  const Clock& known = the_streams[the_stream];
  const auto is_done = [&](const Use& other) { return known[other.stream] >= other.time; };
  if (block.written && !is_done(*block.written)) race("not written yet", operation, *block.written);
  if (!writes) {
    block.read[the_stream] = time;
    return;
  }
  for (const auto& [stream, when] : block.read)
    if (!is_done({stream, when})) race("still read", operation, {stream, when});
  block.written = Use{the_stream, time};
  block.read.clear();
}

/// Memory that its stream may have anew.
inline void forget(void* memory) {
  const Block& block = the_blocks.at(memory);
  const auto check = [&](const Use& last) {
    const bool is_done =
        the_streams[block.made_by][last.stream] >= last.time || the_finished[last.stream] >= last.time;
    if (last.stream != block.made_by && !block.kept_for.contains(last.stream) && !is_done)
      race("given back in use", "free", last);
  };
  if (block.written) check(*block.written);
  for (const auto& [stream, when] : block.read) check({stream, when});
  the_blocks.erase(memory);
}

}  // namespace simulated_cuda
