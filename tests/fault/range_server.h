#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace orthocover::test {

/// How a server answers one request for bytes.
struct RangeAnswer {
  int status = 206;               ///< of HTTP; 0: closes the connection without a word
  double share = 1;               ///< of the body that is sent before the connection closes
  int pause_ms = 0;               ///< before the answer
  int bytes_per_pause = 1 << 30;  ///< of the body, with a pause after each piece
};

/// A web server of one file on the loopback, for /vsicurl/: one connection for each request, ranges, faults.
class RangeServer {
 public:
  /// @param answer decides by the number of the request, counted from 0, how it is answered
  explicit RangeServer(std::string content, std::function<RangeAnswer(int request)> answer = {});
  ~RangeServer();
  RangeServer(const RangeServer&) = delete;
  RangeServer& operator=(const RangeServer&) = delete;

  /// As GDAL names the file.
  std::string path() const;
  int requests() const { return m_requests; }

  /// From now on requests for any of the bytes [begin, end) are answered with status 500, so many times.
  /// @param until_opened_anew ends that early, when the file's first byte is asked for after a refusal
  void refuse(std::size_t begin, std::size_t end, int times, bool until_opened_anew = false);
  /// How many of these refusals are left.
  int refusals_left() const;

 private:
  void serve();
  void answer(int connection);
  bool is_refused(std::size_t begin, std::size_t end);
  bool send_body(int connection, std::string_view body, const RangeAnswer& how) const;

  std::string m_content;
  std::function<RangeAnswer(int)> m_answer;
  int m_listener = -1;
  std::uint16_t m_port = 0;
  std::atomic<int> m_requests = 0;
  std::atomic<bool> m_ends = false;
  mutable std::mutex m_mutex;
  std::size_t m_refused_begin = 0;
  std::size_t m_refused_end = 0;
  int m_refusals = 0;
  bool m_until_opened_anew = false;
  bool m_has_refused = false;
  std::thread m_thread;
};

}  // namespace orthocover::test
