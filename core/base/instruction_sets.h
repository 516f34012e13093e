#pragma once

/// ORTHOCOVER_CLONES before a function compiles it once for each of several instruction sets, among which the
/// loader chooses; for loops over numbers, in files that are compiled with -O3. The sets have the names of
/// features: those of architectures (arch=...) are only chosen on processors of that maker.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define ORTHOCOVER_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ORTHOCOVER_CLONES
#endif

/// Before a loop whose steps don't touch each other's numbers, though its input may be its output.
#ifdef __clang__
#define ORTHOCOVER_INDEPENDENT_STEPS _Pragma("clang loop vectorize(assume_safety)")
#else
#define ORTHOCOVER_INDEPENDENT_STEPS _Pragma("GCC ivdep")
#endif
