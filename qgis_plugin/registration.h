#pragma once

class QgisInterface;

namespace orthocover::qgis {

/// Adds the provider to QGIS unless it is there.
/// @return whether it was added
bool register_provider();

/// Takes the provider out of QGIS.
/// @return whether it was there
bool unregister_provider();

/// Adds the page of orthocover to QGIS's options. It lies in a library of its own, since it needs the library
/// of QGIS's windows, which programs without windows should not load; without that library there is no page.
void add_options_page(QgisInterface* interface);

void remove_options_page();

}  // namespace orthocover::qgis
