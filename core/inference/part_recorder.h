#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/inference/segment_plan.h"
#include "core/parts/part_writer.h"

namespace orthocover {

/// Puts every finished block of a run into a part file too.
class PartRecorder {
 public:
  /// What becomes of an error of the part file; the run goes on without it when this returns.
  using OnFailure = std::function<void(const Error&)>;

  /// @param sinks where the blocks go as well; all null for a part alone
  /// @param header what the file says of its bands
  /// @param unreadable SegmentPlan::unreadable
  PartRecorder(PartWriter& writer, const SegmentSinks& sinks, const PartHeader& header, OnFailure on_failure,
               std::function<std::vector<Window>()> unreadable = {});

  /// What the run is to write to.
  SegmentSinks sinks();

 private:
  /// Makes the run work out a band that only the file wants.
  class NoSink final : public RasterSink {
   public:
    void write(const Window&, int, std::span<const std::uint8_t>) override {}
    void finish(const ValueCounts&) override {}
    void add_to(CommitSteps&) override {}
    std::string finished_path() const override { return {}; }
  };

  void add(const std::string& record);

  PartWriter& m_writer;
  SegmentSinks m_sinks;
  OnFailure m_on_failure;
  std::function<std::vector<Window>()> m_unreadable;
  std::size_t m_unreadable_written = 0;
  NoSink m_none;
  bool m_failed = false;
};

/// Gives a recorded block to the sinks of a run, as if it had just been made.
/// @param counts pixels of the map per value, added to
void replay(const PartBlock& block, const PartHeader& header, const SegmentSinks& sinks, ValueCounts& counts);

}  // namespace orthocover
