#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "qgis_plugin/algorithm_variant.h"

namespace orthocover::qgis {

/// Names the algorithm in the messages of a test that fails.
inline void PrintTo(const AlgorithmVariant& variant, std::ostream* stream) {
  *stream << variant.id().toStdString();
}

/// The algorithm's id, for the names of tests.
inline std::string variant_name(const testing::TestParamInfo<AlgorithmVariant>& variant) {
  return variant.param.id().toStdString();
}

}  // namespace orthocover::qgis
