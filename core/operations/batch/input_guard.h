#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/operation/declaration.h"
#include "core/ports/geo_io.h"

namespace orthocover::operations {

/// Keeps the files that a run reads from its outputs: its inputs, and what they consist of, such as the
/// sources of a VRT, .msk and .ovr.
class InputGuard {
 public:
  /// @param options resolved, all keys present; what they name as inputs is kept
  InputGuard(const OperationSpec& spec, const nlohmann::json& options, const GeoIo& geo);

  /// @cost opens the inputs, where the first of the outputs exists already
  /// @throws Error{Usage} when `output` would replace what is read
  void check(const std::string& output);

 private:
  /// A file on a disk, whatever its name.
  using Identity = std::pair<std::uint64_t, std::uint64_t>;

  static std::optional<Identity> identity(const std::string& file);
  const std::map<Identity, std::string>& files();

  std::vector<std::string> m_inputs;
  const GeoIo& m_geo;
  std::optional<std::map<Identity, std::string>> m_files;  ///< with the input that each belongs to
};

/// The confidence of a map, pixel by pixel.
/// @throws Error{Usage} for a raster of several bands, as probabilities are, Error{Data} for another grid
std::unique_ptr<RasterSource> open_confidence(const std::string& path, const RasterInfo& map, GeoIo& geo);

/// @param value that `path` has for a class of this name
/// @throws Error{Data} where a legend gives the name to another value: areas and scores would change places
void check_legend(const std::string& path, std::int64_t value, const std::string& name, const Legend& given);

/// Checks what the options of an operation name. Outputs that are named after inputs are the operation's own
/// matter.
/// @param options resolved, all keys present
/// @throws Error{Usage}
void guard_inputs(const OperationSpec& spec, const nlohmann::json& options, const GeoIo& geo);

}  // namespace orthocover::operations
