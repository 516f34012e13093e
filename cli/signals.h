#pragma once

namespace orthocover {

/// From now on the first SIGINT, SIGTERM or SIGHUP only asks the run to stop, a second one ends the program
/// at once; a signal that the parent ignores (nohup) stays ignored. SIGPIPE is ignored: writing fails
/// instead.
void install_signal_handlers();

/// Whether the user asked to stop.
bool stop_requested();

}  // namespace orthocover
