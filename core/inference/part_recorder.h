#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/inference/scene_segmenter.h"
#include "core/parts/part_writer.h"

namespace orthocover {

/// Stands before the sinks of a run and puts every finished block into a part file too.
class PartRecorder {
 public:
  /// What becomes of an error of the part file; the run goes on without it when this returns.
  using OnFailure = std::function<void(const Error&)>;

  /// @param sinks where the blocks go as well; all null for a part alone
  /// @param header what the file says of its bands
  /// @param unreadable SegmentPlan::unreadable
  PartRecorder(PartWriter& writer, const SegmentSinks& sinks, const PartHeader& header, OnFailure on_failure,
               std::function<std::vector<Window>()> unreadable = {});

  /// What the run is to write to. Pixels of one block come one band after the other, as BlockWriter does it.
  SegmentSinks sinks();

 private:
  /// One of the three sinks.
  class Tap final : public RasterSink {
   public:
    Tap(PartRecorder& recorder, RasterSink* sink, int first_band)
        : m_recorder(recorder), m_sink(sink), m_first_band(first_band) {}
    void write(const Window& window, int band, std::span<const std::uint8_t> pixels) override;
    void finish(const ValueCounts&) override {}
    void add_to(CommitSteps&) override {}
    std::string finished_path() const override { return {}; }

   private:
    PartRecorder& m_recorder;
    RasterSink* m_sink;
    int m_first_band;
  };

  void take(const Window& window, int band, std::span<const std::uint8_t> pixels);
  void add_to_file();

  PartWriter& m_writer;
  int m_bands;
  bool m_confidence;
  int m_probabilities;
  OnFailure m_on_failure;
  std::function<std::vector<Window>()> m_unreadable;
  std::size_t m_unreadable_written = 0;
  Tap m_map;
  Tap m_confidence_tap;
  Tap m_probability_tap;
  PartBlock m_block;
  bool m_failed = false;
};

/// Gives a recorded block to the sinks of a run, as if it had just been made.
/// @param counts pixels of the map per value, added to
void replay(const PartBlock& block, const PartHeader& header, const SegmentSinks& sinks, ValueCounts& counts);

}  // namespace orthocover
