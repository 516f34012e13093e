#include "core/nn/weights/pickle_opcodes.h"

#include <fmt/format.h>

#include <unordered_map>

namespace orthocover::nn {

std::string refused_opcode(std::uint8_t code) {
  static const std::unordered_map<std::uint8_t, const char*> names{{'o', "OBJ"},
                                                                   {0x81, "NEWOBJ"},
                                                                   {0x92, "NEWOBJ_EX"},
                                                                   {0x82, "EXT1"},
                                                                   {0x83, "EXT2"},
                                                                   {0x84, "EXT4"},
                                                                   {'P', "PERSID"},
                                                                   {0x8f, "EMPTY_SET"},
                                                                   {0x90, "ADDITEMS"},
                                                                   {0x91, "FROZENSET"},
                                                                   {0x96, "BYTEARRAY8"},
                                                                   {0x97, "NEXT_BUFFER"},
                                                                   {0x98, "READONLY_BUFFER"},
                                                                   {'I', "INT"},
                                                                   {'L', "LONG"},
                                                                   {'F', "FLOAT"},
                                                                   {'S', "STRING"},
                                                                   {'V', "UNICODE"},
                                                                   {'p', "PUT"},
                                                                   {'g', "GET"}};
  const auto found = names.find(code);
  return found != names.end() ? found->second : fmt::format("0x{:02x}", code);
}

}  // namespace orthocover::nn
