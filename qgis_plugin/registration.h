#pragma once

namespace orthocover::qgis {

/// Adds the provider to QGIS unless it is there.
/// @return whether it was added
bool register_provider();

/// Takes the provider out of QGIS.
/// @return whether it was there
bool unregister_provider();

}  // namespace orthocover::qgis
