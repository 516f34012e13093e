#pragma once

// Included before everything else by the fuzz build. LibTorch 1.13 has vectors of a class that is not
// complete yet. In C++20 libstdc++'s vector is constexpr, for which clang wants the class complete; gcc does
// not.
#include <bits/alloc_traits.h>
#include <bits/allocator.h>

#if defined(__clang__) && defined(_GLIBCXX20_CONSTEXPR)
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#include <algorithm>
#include <tuple>
#include <vector>
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR constexpr
#endif
