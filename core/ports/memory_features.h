#pragma once

#include <vector>

#include "core/ports/feature_sink.h"

namespace orthocover {

/// Keeps what is written: the in-memory twin of a vector layer.
class MemoryFeatureSink final : public FeatureSink {
 public:
  void write(std::span<const RasterPolygon> polygons) override {
    m_polygons.insert(m_polygons.end(), polygons.begin(), polygons.end());
  }
  void finish() override {}
  void add_to(CommitSteps&) override { m_committed = true; }

  const std::vector<RasterPolygon>& polygons() const { return m_polygons; }
  bool committed() const { return m_committed; }

 private:
  std::vector<RasterPolygon> m_polygons;
  bool m_committed = false;
};

}  // namespace orthocover
