#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace orthocover::nn {

/// The message with which `action` refuses; fails the test when it does not, or with another kind.
template <class Action>
std::string refusal(Action action, ErrorKind kind = ErrorKind::Model) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

}  // namespace orthocover::nn
