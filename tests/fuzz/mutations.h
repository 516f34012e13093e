#pragma once

#include "tests/fuzz/fuzz_reader.h"

namespace orthocover::fuzz {

/// Runs a reader over its seeds, over what fuzzers once found and over some thousand small changes of the
/// seeds, the same in every run; the quick form of the libFuzzer programs.
void run_mutations(const FuzzReader& reader);

}  // namespace orthocover::fuzz
