#pragma once

#include <functional>
#include <string>

#include "core/nn/ranks/rank_message.h"

namespace orthocover::nn {

/// A TCP connection of a RankLink, or the place where rank 0 waits for them.
class RankSocket {
 public:
  RankSocket() = default;
  RankSocket(RankSocket&& other) noexcept;
  RankSocket& operator=(RankSocket&& other) noexcept;
  ~RankSocket();

  /// Listens at this address alone.
  /// @throws Error{Resource} when it is not this machine's or the port is in use
  static RankSocket listen(const std::string& address, int port);
  /// @param still called again and again while no answer comes; may throw to give up
  /// @return no socket when nobody listens there (yet), or nothing answers for ten seconds
  /// @throws Error{Usage} for an address that can't be resolved, what `still` throws
  static RankSocket connect(
      const std::string& address, int port, const std::function<void()>& still = [] {});
  /// @return no socket when nobody waits
  RankSocket accept() const;

  bool is_open() const { return m_descriptor >= 0; }
  int descriptor() const { return m_descriptor; }
  /// The address of this end, as text.
  std::string own_address() const;
  /// The port of this end.
  int own_port() const;

  /// Sends all; false when the other end is gone or takes nothing for ten seconds.
  bool send(const RankMessage& message) const;
  /// Appends what has arrived, without waiting; false at the end of the connection.
  bool receive(std::string& bytes) const;
  void close();

 private:
  explicit RankSocket(int descriptor) : m_descriptor(descriptor) {}

  int m_descriptor = -1;
};

}  // namespace orthocover::nn
