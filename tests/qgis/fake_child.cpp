/// Stands in for the program: speaks the protocol of --child, well or badly, as ORTHOCOVER_FAKE says.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr useconds_t kMomentUs = 20000;

void say(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void start(const std::string& version) {
  say(R"({"event":"start","operation":"segment","version":")" + version + "\",\"pid\":1}\n");
}

void progress(const std::string& fraction) {
  say(R"({"event":"progress","fraction":)" + fraction + ",\"stage\":\"mapping\"}\n");
}

int well() {
  for (const char* fraction : {"0.1", "0.5", "0.4", "1.0"}) progress(fraction);
  std::fputs("orthocover segment: a message\northocover segment: warning: a doubt\n", stderr);
  say(R"({"event":"result","exit_code":0,"text":"two\nlines","report":{"polygons":3}})");
  return 0;
}

/// Pieces that cut lines and letters in two.
int in_pieces() {
  const std::string line = R"({"event":"result","exit_code":0,"text":"für","report":null})";
  for (const char letter : line) {
    say(std::string(1, letter));
    usleep(kMomentUs / 20);
  }
  return 0;
}

int with_error() {
  std::fputs("orthocover segment: ortho.tif has 1 band\n", stderr);
  say(R"({"event":"error","kind":"data","exit_code":3,"message":"ortho.tif has 1 band"})"
      "\n");
  return 3;
}

/// @param stubborn whether SIGTERM is ignored
[[noreturn]] void go_on_for_ever(bool stubborn) {
  if (stubborn) std::signal(SIGTERM, SIG_IGN);
  progress("0.5");
  for (;;) usleep(kMomentUs);
}

int much_output() {
  const std::string text(1000, 'x');
  for (int i = 0; i < 2000; ++i) std::fprintf(stderr, "orthocover segment: %s\n", text.c_str());
  return well();
}

}  // namespace

int main(int argc, char** argv) {
  const char* variable = std::getenv("ORTHOCOVER_FAKE");
  const std::string mode = variable == nullptr ? "" : variable;
  if (mode == "arguments") {
    for (int i = 1; i < argc; ++i) std::fprintf(stderr, "%s\n", argv[i]);
    return 2;
  }
  start(mode == "other version" ? "9.9.9" : ORTHOCOVER_VERSION);
  if (mode == "well") return well();
  if (mode == "pieces") return in_pieces();
  if (mode == "error") return with_error();
  if (mode == "much") return much_output();
  if (mode == "crash") std::raise(SIGSEGV);
  if (mode == "endless" || mode == "other version") go_on_for_ever(false);
  if (mode == "stubborn") go_on_for_ever(true);
  return 7;
}
