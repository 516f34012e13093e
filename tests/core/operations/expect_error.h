#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/base/error.h"

namespace orthocover::test {

/// Expects that `action` throws an Error of this kind with exactly this message.
template <class Action>
void expect_error(ErrorKind kind, const std::string& message, Action action) {
  try {
    action();
    ADD_FAILURE() << "no error; expected: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    EXPECT_EQ(std::string(error.what()), message);
  }
}

}  // namespace orthocover::test
