#pragma once

#include <optional>
#include <string>
#include <vector>

namespace orthocover::nn {

/// What ranks say to each other over a RankLink.
enum class RankWord : char {
  Hello = 'h',    ///< of a rank that begins: version, rank, size
  Welcome = 'w',  ///< rank 0's answer once all are there
  Beat = 'b',     ///< still alive
  Failed = 'f',   ///< the run ends: kind of the error, a line about it
  End = 'e',      ///< the sender is through and closes
  Set = 's',      ///< key, value
  Get = 'g',      ///< key
  Add = 'a',      ///< key, number
  Erase = 'd',    ///< key
  Reply = 'r',    ///< to the four before: a value, or no field where there is none
};

/// A word with its texts.
struct RankMessage {
  RankWord word = RankWord::Beat;
  std::vector<std::string> fields;
};

/// Bytes for the wire: length, word, then every field behind its length; numbers of four bytes, the highest
/// first.
std::string encode(const RankMessage& message);

/// Takes the first message off the bytes that have arrived; nothing while it is not complete.
/// @throws Error{Data} for what no rank sends: over 1 MiB, or lengths that contradict each other
std::optional<RankMessage> take_message(std::string& bytes);

}  // namespace orthocover::nn
