#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "core/base/atomic_file.h"
#include "tests/fuzz/fuzz_reader.h"

namespace orthocover::fuzz {
namespace {

constexpr int kInputsPerReader = 4000;
constexpr int kMaxChanges = 4;

/// Small changes of sound inputs, the same in every run.
class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : m_seeds(std::move(seeds)) {}

  std::string next() {
    std::string text = m_seeds[below(m_seeds.size())];
    for (std::size_t changes = 1 + below(kMaxChanges); changes > 0; --changes) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : m_random() % bound; }

  void change(std::string& text) {
    static constexpr std::string_view kTelling("\x00\x01\x7f\x80\xff()[]{}.\"0R", 16);
    if (text.empty()) return;
    const std::size_t at = below(text.size());
    const std::size_t length = std::min(text.size() - at, 1 + below(8));
    switch (below(7)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        text[at] = kTelling[below(kTelling.size())];
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.erase(at, length);
        break;
      case 4:
        text.insert(below(text.size()), text.substr(at, length));
        break;
      case 5:
        std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), length, kTelling[below(5)]);
        break;
      default:
        splice(text, m_seeds[below(m_seeds.size())]);
    }
  }

  void splice(std::string& text, const std::string& other) {
    text.resize(below(text.size()));
    text += other.substr(below(other.size()));
  }

  std::vector<std::string> m_seeds;
  std::mt19937 m_random{20240607};
};

/// What a fuzzer once found, kept in tests/fuzz/corpus/NAME.
std::vector<std::string> kept_inputs(const FuzzReader& reader) {
  std::vector<std::string> inputs;
  const auto folder = std::filesystem::path(ORTHOCOVER_SOURCE_DIR) / "tests/fuzz/corpus" / reader.name;
  if (!std::filesystem::is_directory(folder)) return inputs;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    inputs.push_back(read_small_file(entry.path(), 1U << 20));
  return inputs;
}

/// Runs a reader over its seeds, over what fuzzers once found and over some thousand small changes of the
/// seeds, the same in every run; the quick form of the libFuzzer programs. The build says which readers.
class Mutation : public testing::TestWithParam<FuzzReader> {};

TEST_P(Mutation, IsReadOrRefused) {
  const FuzzReader& reader = GetParam();
  const std::vector<std::string> seeds = reader.seeds();
  for (const std::string& seed : seeds) reader.read(std::as_bytes(std::span(seed)));
  for (const std::string& input : kept_inputs(reader)) {
    ASSERT_NO_THROW(reader.read(std::as_bytes(std::span(input)))) << reader.name;
  }
  Mutator mutator(seeds);
  for (int i = 0; i < kInputsPerReader; ++i) {
    const std::string text = mutator.next();
    ASSERT_NO_THROW(reader.read(std::as_bytes(std::span(text)))) << reader.name << " input " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Readers, Mutation, testing::Values(ORTHOCOVER_READERS),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace orthocover::fuzz
