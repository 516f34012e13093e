#pragma once

namespace orthocover {

/// From now on the first SIGINT, SIGTERM or SIGHUP only asks the run to stop, a second one ends the program
/// at once; a signal that the parent ignores (nohup) stays ignored. SIGPIPE is ignored: writing fails
/// instead.
void install_signal_handlers();

/// The same for a run that another program started: no number of these signals ends it at once, and none
/// stays ignored or blocked, as that program did not ask for it.
void install_child_signal_handlers();

/// Asks the run to stop, as a signal does. May be called from any thread.
void request_stop();

/// Exit code of a run that stopped because it was asked to, as shells count it: 130 after SIGINT, 143 after
/// SIGTERM.
/// @param otherwise when no signal came, or another program started the run
int stopped_exit_code(int otherwise);

/// Whether the user, or the program that started this one, asked to stop.
bool stop_requested();

}  // namespace orthocover
