#pragma once

#include <string>

namespace orthocover::operations {

/// Of a batch in which scenes failed; the others are done.
inline constexpr int kFailedScenesExitCode = 1;

/// Refuses a place for the summary where something else lies; the summary of an earlier batch is replaced.
/// @throws Error{Usage} when the file is no summary and `overwrite` is false, Error{Resource} for its folder
void check_batch_summary(const std::string& path, bool overwrite);

/// Writes the summary whole or not at all.
/// @param csv of batch_csv()
/// @throws Error{Resource}
void write_batch_summary(const std::string& path, const std::string& csv);

}  // namespace orthocover::operations
