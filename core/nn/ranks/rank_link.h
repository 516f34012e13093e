#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/base/rank_place.h"
#include "core/nn/ranks/rank_socket.h"

namespace orthocover::nn {

/// Ends this rank because another one failed, was stopped or is gone.
class RankError final : public Error {
 public:
  using Error::Error;
};

/// How long ranks wait for each other.
struct RankPatience {
  std::chrono::milliseconds start{120'000};  ///< for all to begin
  std::chrono::milliseconds beat{1'000};     ///< between signs of life
  int silent_beats = 30;                     ///< without a sign of life a rank is taken to be gone
};

/// A connection from every rank to rank 0, apart from the one for gradients: ranks find each other, and hear
/// within seconds that another one failed (with its message), was killed or cut off. Rank 0 listens at the
/// given address alone, until all have come; whoever reaches it then can take part.
class RankLink {
 public:
  /// Waits until all ranks are there.
  /// @param cancelled whether to give up
  /// @throws Error{Usage} when ranks contradict each other in their number or two are the same,
  /// Error{Resource} when one does not come in time, Error{Cancelled}
  RankLink(const RankPlace& place, const std::function<bool()>& cancelled, const RankPatience& patience = {});
  RankLink(const RankLink&) = delete;
  RankLink& operator=(const RankLink&) = delete;
  /// Without finish() or fail() before, the others take this rank to be gone.
  ~RankLink();

  const RankPlace& place() const { return m_place; }
  /// Of this machine, as the others reach it.
  const std::string& own_address() const { return m_own_address; }

  /// Texts that rank 0 keeps for all. Values may hold any bytes, up to half a MiB.
  /// @throws RankError
  void set(const std::string& key, const std::string& value);
  std::optional<std::string> get(const std::string& key);
  std::int64_t add(const std::string& key, std::int64_t number);
  bool erase(const std::string& key);
  std::int64_t keys() const;

  /// @throws RankError once another rank can't go on
  void check() const;
  /// check() for news that may come late.
  void expect_failure() const;

  /// Tells the others why this rank ends.
  void fail(ErrorKind kind, const std::string& text) noexcept;
  /// This rank is through; the others may go on.
  void finish() noexcept;

 private:
  struct Peer {
    RankSocket socket;
    int rank = -1;  ///< -1 until it has said it
    std::string bytes;
    int silent = 0;      ///< beats since the last sign of life
    bool ended = false;  ///< said that it is through
  };
  struct Failure {
    ErrorKind kind;
    std::string text;
  };

  void wait_for_ranks(const std::function<bool()>& cancelled);
  void find_first(const std::function<bool()>& cancelled);
  void greet(Peer& peer);
  int missing() const;
  std::string missing_names() const;

  void watch();
  void listen_to(Peer& peer, bool readable);
  void answer(Peer& peer, const RankMessage& message);
  std::vector<std::string> serve(const RankMessage& request);
  std::optional<std::string> ask(RankMessage request);
  void lose(Peer& peer, const std::string& how);
  void note(ErrorKind kind, const std::string& text);
  void tell(const RankMessage& message) noexcept;

  RankPlace m_place;
  RankPatience m_patience;
  std::string m_own_address;
  RankSocket m_listener;
  std::vector<std::unique_ptr<Peer>> m_peers;  ///< of rank 0: all others; else rank 0 alone

  mutable std::mutex m_mutex;  ///< of what follows
  mutable std::condition_variable m_changed;
  std::map<std::string, std::string> m_values;  ///< of rank 0
  std::optional<std::vector<std::string>> m_reply;
  std::optional<Failure> m_failure;

  std::mutex m_sending;
  std::mutex m_asking;
  std::atomic<bool> m_through{false};
  std::thread m_watch;
};

}  // namespace orthocover::nn
