#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <set>

#include "cli/completion.h"
#include "cli/global_options.h"
#include "cli/help.h"
#include "cli/man_page.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/strict_json.h"
#include "core/base/text.h"
#include "core/operation/arguments.h"
#include "core/operation/config_schema.h"
#include "core/operation/reference_page.h"
#include "core/operation/values.h"
#include "core/operations/registry.h"

namespace orthocover {

/// Names the operation in the messages of a test that fails.
void PrintTo(const OperationSpec& spec, std::ostream* stream) {
  *stream << spec.name;
}

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Json = nlohmann::json;

/// Text with marks of known readers only, see text_for().
constexpr const char* kMarked = "([^{}]|[{](cli|dialog|one|many|model):[^{}]+[}])+";
constexpr std::uintmax_t kLargestPageBytes = 1 << 20;

bool is_file(ParameterKind kind) {
  static const std::set<ParameterKind> kFiles = {
      ParameterKind::RasterIn,  ParameterKind::RasterOut, ParameterKind::VectorIn,
      ParameterKind::VectorOut, ParameterKind::FileIn,    ParameterKind::FileOut,
      ParameterKind::FolderIn,  ParameterKind::FolderOut, ParameterKind::Model};
  return kFiles.count(kind) > 0;
}

/// Every operation, under its own name in the test's name.
class OperationContract : public testing::TestWithParam<OperationSpec> {};

TEST_P(OperationContract, HasANameASummaryADescriptionAndExamples) {
  const OperationSpec& spec = GetParam();
  EXPECT_THAT(spec.name, testing::MatchesRegex("[a-z]+(-[a-z]+)*"));
  EXPECT_FALSE(spec.summary.empty());
  EXPECT_FALSE(spec.summary.ends_with("."));
  EXPECT_THAT(spec.marked_description, testing::MatchesRegex(kMarked));
  ASSERT_FALSE(spec.examples.empty());
  for (const auto& [command, what] : spec.examples) {
    EXPECT_TRUE(command.starts_with("orthocover " + spec.name)) << command;
    EXPECT_FALSE(what.empty()) << command;
  }
}

TEST_P(OperationContract, ExamplesAreValidCommandLines) {
  OperationSpec all = GetParam();
  const OperationSpec global = global_spec();
  all.parameters.insert(all.parameters.end(), global.parameters.begin(), global.parameters.end());
  for (const auto& [command, what] : all.examples) {
    std::vector<std::string> words = split(command, ' ');
    words.erase(words.begin(), words.begin() + 2);
    EXPECT_NO_THROW({
      Json values = default_values(all);
      values.update(parse_arguments(all, words));
      if (values.at("config") != "") continue;
      check_complete(all, values);
    }) << command;
  }
}

TEST_P(OperationContract, EveryParameterIsDescribed) {
  for (const Parameter& parameter : GetParam().parameters) {
    EXPECT_THAT(parameter.name, testing::MatchesRegex("[a-z0-9]+(-[a-z0-9]+)*"));
    EXPECT_THAT(parameter.marked_help, testing::MatchesRegex(kMarked)) << parameter.name;
    EXPECT_FALSE(parameter.help.ends_with(".")) << parameter.name;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(parameter.help.front())) != 0) << parameter.name;
  }
}

TEST_P(OperationContract, KindAndTypeOfEveryParameterAgree) {
  for (const Parameter& parameter : GetParam().parameters) {
    const bool number = parameter.type == ValueType::Integer || parameter.type == ValueType::Real;
    EXPECT_EQ(parameter.kind == ParameterKind::Number, number) << parameter.name;
    EXPECT_EQ(parameter.kind == ParameterKind::Flag, parameter.type == ValueType::Boolean) << parameter.name;
    EXPECT_EQ(parameter.kind == ParameterKind::Choice, !parameter.choices.empty()) << parameter.name;
    EXPECT_TRUE(!is_file(parameter.kind) || parameter.type == ValueType::Text) << parameter.name;
    EXPECT_TRUE(!parameter.per_scene || parameter.help.find("a folder") != std::string::npos);
    EXPECT_TRUE(number || (!parameter.min && !parameter.max)) << parameter.name;
    EXPECT_TRUE(parameter.is_list || (parameter.count == 0 && !parameter.repeat)) << parameter.name;
  }
}

TEST_P(OperationContract, EveryNumberIsBoundedOrFreeOnPurpose) {
  // Coordinates, seeds and values of classes may be anything, and a manifest is checked as a whole; every
  // other number has a least value.
  static const std::set<std::string> kFree = {"projwin",           "seed",   "scale", "mean", "std",
                                              "ground-size-range", "exclude"};
  for (const Parameter& parameter : GetParam().parameters) {
    if (parameter.kind != ParameterKind::Number || kFree.count(parameter.name) > 0) continue;
    EXPECT_TRUE(parameter.min.has_value()) << parameter.name;
  }
}

TEST_P(OperationContract, DefaultsAreAllowedValues) {
  for (Parameter parameter : GetParam().parameters) {
    const Json value = parameter.default_value;
    if (parameter.required || value.is_null() || value == "" || (value.is_array() && value.empty())) continue;
    parameter.default_value = nullptr;  // else the default would be allowed for being the default
    EXPECT_NO_THROW(check_value(parameter, value)) << parameter.name;
  }
}

TEST_P(OperationContract, NamesAreUniqueAndDoNotHideGlobalOptions) {
  std::set<std::string> names;
  std::set<char> letters;
  const OperationSpec global = global_spec();
  for (const OperationSpec* spec : {&global, &GetParam()}) {
    for (const Parameter& parameter : spec->parameters) {
      EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
      EXPECT_TRUE(parameter.short_name == 0 || letters.insert(parameter.short_name).second) << parameter.name;
    }
  }
  for (const std::string& annotation : config_annotations()) EXPECT_EQ(names.count(annotation), 0U);
}

TEST_P(OperationContract, AtMostOneListIsPositional) {
  const auto& parameters = GetParam().parameters;
  EXPECT_LE(std::ranges::count_if(parameters, [](const auto& p) { return p.positional && p.is_list; }), 1);
}

TEST_P(OperationContract, HelpNamesEveryParameterAndFitsTheTerminal) {
  const std::string help = operation_help(GetParam(), global_spec());
  for (const Parameter& parameter : GetParam().parameters) EXPECT_THAT(help, HasSubstr(signature(parameter)));
  for (const std::string& line : split(help, '\n')) {
    const bool example = line.find("orthocover ") != std::string::npos;
    EXPECT_TRUE(example || line.size() <= kHelpColumns) << line;
  }
}

TEST_P(OperationContract, CompletionOffersEveryOption) {
  const std::string script = bash_completion({GetParam()}, global_spec());
  for (const Parameter& parameter : GetParam().parameters) {
    if (parameter.positional) continue;
    EXPECT_THAT(script, HasSubstr("--" + parameter.name));
  }
}

TEST_P(OperationContract, ZshCompletionOffersEveryOptionWithItsDescription) {
  const std::string script = zsh_completion({GetParam()}, global_spec());
  for (const Parameter& parameter : GetParam().parameters) {
    if (parameter.positional) continue;
    EXPECT_THAT(script, HasSubstr("-" + parameter.name));
    // Up to what the shell wants escaped.
    EXPECT_THAT(script, HasSubstr("[" + parameter.help.substr(0, parameter.help.find_first_of("'[]"))));
  }
}

TEST_P(OperationContract, ManPageNamesEveryOptionAndPrintsNoLineAsRequest) {
  const std::string page = operation_man_page(GetParam(), {GetParam()}, global_spec());
  for (const char* heading :
       {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"})
    EXPECT_THAT(page, HasSubstr(std::string("\n.SH ") + heading + "\n"));
  for (const Parameter& parameter : GetParam().parameters)
    EXPECT_THAT(page, HasSubstr(roff_text(parameter.positional ? signature(parameter) : parameter.name)));
  static const std::set<std::string> kRequests = {".SH", ".SS", ".TP", ".PP", ".RS",  ".RE",
                                                  ".nf", ".fi", ".BR", ".TH", ".\\\""};
  for (const std::string& line : split(page, '\n')) {
    EXPECT_TRUE(line.empty() || line[0] != '\'') << line;
    EXPECT_TRUE(line.empty() || line[0] != '.' || kRequests.count(line.substr(0, 3)) > 0) << line;
    EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) << line;
    // A backslash begins an escape that man pages know: \- \& \e \(xx \[uXXXX] \fB \fI \fR.
    for (std::size_t at = line.find('\\'); at != std::string::npos; at = line.find('\\', at + 2))
      EXPECT_NE(std::string("-&e([f\"").find(line[at + 1]), std::string::npos) << line;
  }
}

TEST_P(OperationContract, CommittedSchemaIsCurrent) {
  const fs::path file =
      fs::path(ORTHOCOVER_SOURCE_DIR) / "schemas/run/v1" / (GetParam().name + ".schema.json");
  EXPECT_EQ(read_small_file(file, kLargestPageBytes), schema_text(config_schema(GetParam())))
      << "build the target update-generated";
}

TEST_P(OperationContract, CommittedReferencePageIsCurrent) {
  const fs::path file = fs::path(ORTHOCOVER_SOURCE_DIR) / "docs/operations" / (GetParam().name + ".md");
  EXPECT_EQ(read_small_file(file, kLargestPageBytes), reference_page(GetParam()))
      << "build the target update-generated";
}

/// A few values of a parameter that are allowed, none of them the default where there is a choice.
std::vector<Json> items_of(const Parameter& parameter) {
  const double low = parameter.min.value_or(-3);
  const double high = parameter.max.value_or(low + 7);
  switch (parameter.type) {
    case ValueType::Boolean:
      return {true, false};
    case ValueType::Integer:
      return {static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)};
    case ValueType::Real:
      return {low, high, (low + high) / 2};
    case ValueType::Text:
      break;
  }
  if (parameter.choices.empty()) return {"text", "with blank", "a=b", "-dash", "ünïcode"};
  return Json(parameter.choices).get<std::vector<Json>>();
}

std::string typed(const Json& item) {
  return item.is_string() ? item.get<std::string>() : item.dump();
}

/// A value and the words that give it on the command line.
struct Spelling {
  Json value;
  std::vector<std::string> words;
};

std::vector<Spelling> spellings_of(const Parameter& parameter) {
  const std::vector<Json> items = items_of(parameter);
  std::vector<Spelling> spellings;
  if (!parameter.is_list) {
    for (const Json& item : items) {
      const std::string equals = "--" + parameter.name + "=" + typed(item);
      spellings.push_back(parameter.positional ? Spelling{item, {"--", typed(item)}}
                                               : Spelling{item, {equals}});
    }
    return spellings;
  }
  Json list = Json::array();
  const std::size_t count = parameter.count > 0 ? static_cast<std::size_t>(parameter.count) : items.size();
  for (std::size_t i = 0; i < count; ++i) list.push_back(items[i % items.size()]);
  Spelling spelling{list, {}};
  if (parameter.positional) spelling.words.push_back("--");
  std::vector<std::string> parts;
  for (const Json& item : list) {
    parts.push_back(typed(item));
    if (parameter.positional) spelling.words.push_back(parts.back());
    if (parameter.repeat) spelling.words.push_back("--" + parameter.name + "=" + parts.back());
  }
  if (spelling.words.empty()) spelling.words = {"--" + parameter.name + "=" + join(parts, ",")};
  return {spelling};
}

TEST_P(OperationContract, CommandLineAndConfigGiveTheSameValues) {
  const OperationSpec& spec = GetParam();
  for (const Parameter& parameter : spec.parameters) {
    // Alone, so that a positional one is not shared out among its neighbours.
    OperationSpec alone = spec;
    std::erase_if(alone.parameters,
                  [&](const Parameter& p) { return p.positional && p.name != parameter.name; });
    for (const Spelling& spelling : spellings_of(parameter)) {
      SCOPED_TRACE(join(spelling.words, " "));
      Json from_config = default_values(spec);
      apply_config(spec, Json{{parameter.key(), spelling.value}}, "config", from_config);
      Json from_words = default_values(spec);
      from_words.update(parse_arguments(alone, spelling.words));
      EXPECT_EQ(from_words, from_config);
    }
  }
}

TEST_P(OperationContract, ValuesOutsideTheRangeAreRefusedOnBothWays) {
  const OperationSpec& spec = GetParam();
  for (const Parameter& parameter : spec.parameters) {
    if (!parameter.min || parameter.count > 0) continue;
    const Json outside = static_cast<std::int64_t>(*parameter.min) - 1;
    const Json value = parameter.is_list ? Json::array({outside}) : outside;
    Json values = default_values(spec);
    EXPECT_THROW(parse_arguments(spec, {"--" + parameter.name + "=" + outside.dump()}), Error)
        << parameter.name;
    EXPECT_THROW(apply_config(spec, Json{{parameter.key(), value}}, "config", values), Error)
        << parameter.name;
  }
}

std::string test_name(const testing::TestParamInfo<OperationSpec>& operation) {
  std::string name = operation.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, OperationContract, testing::ValuesIn(all_operations()), test_name);

TEST(ManPages, EscapeWhatRoffWouldTakeForItsOwn) {
  EXPECT_EQ(roff_text(".dot and 'quote'"), "\\&.dot and \\(aqquote\\(aq");
  EXPECT_EQ(roff_text("a\\b --x ~^`"), "a\\eb \\-\\-x \\(ti\\(ha\\(ga");
  EXPECT_EQ(roff_text("Lov\u00e1sz \u2265 1"), "Lov\\[u00E1]sz \\[u2265] 1");
}

/// Runs a checker on a file; its exit code and what it said, or nothing where it is not installed.
std::optional<std::string> complaints(const std::string& checker, const std::string& text) {
  const std::string name = checker.substr(0, checker.find(' '));
  if (std::system(("command -v " + name + " >/dev/null").c_str()) != 0) return std::nullopt;
  const fs::path file = fs::path(testing::TempDir()) / ("orthocover-checked-by-" + name);
  const fs::path said = fs::path(testing::TempDir()) / ("orthocover-said-by-" + name);
  write_file_atomically(file, text);
  const std::string command = fmt::format("{} {} >/dev/null 2>{}", checker, file.string(), said.string());
  const int status = std::system(command.c_str());
  std::string found = read_small_file(said, kLargestPageBytes);
  fs::remove(file);
  fs::remove(said);
  if (status != 0 && found.empty()) found = "exit code " + std::to_string(status);
  return found;
}

TEST(ManPages, GiveNoWarningsInGroff) {
  const std::vector<OperationSpec> operations = all_operations();
  std::string pages = program_man_page(operations, global_spec());
  for (const OperationSpec& spec : operations) pages += operation_man_page(spec, operations, global_spec());
  const auto found = complaints("groff -man -Tutf8 -ww -z", pages);
  if (!found) GTEST_SKIP() << "groff is not installed";
  EXPECT_EQ(*found, "");
}

TEST(ZshCompletion, IsReadByZsh) {
  const auto found = complaints("zsh -n", zsh_completion(all_operations(), global_spec()));
  if (!found) GTEST_SKIP() << "zsh is not installed";
  EXPECT_EQ(*found, "");
}

TEST(Operations, LoadNetworksForModelsOnly) {
  EXPECT_TRUE(needs_networks("segment", {}, "models"));
  EXPECT_FALSE(needs_networks("vectorize", {}, "models"));
  EXPECT_FALSE(needs_networks("info", {{"input", "scene.tif"}}, "models"));
  EXPECT_TRUE(needs_networks("info", {{"input", "default"}}, "models"));
}

TEST(Operations, DoNotReplaceTheListOfTheirInputs) {
  const auto list = testing::TempDir() + "/in";
  write_file_atomically(list, "a.tif\n");
  for (const OperationSpec& spec : all_operations()) {
    const Parameter* out = spec.find("output");
    if (!out || !out->positional || !spec.parameters[0].is_list) continue;
    EXPECT_THROW(parse_arguments(spec, {"@" + list, list}), Error) << spec.name;
  }
}

TEST(Operations, HaveACurrentIndexPage) {
  const fs::path file = fs::path(ORTHOCOVER_SOURCE_DIR) / "docs/operations/README.md";
  EXPECT_EQ(read_small_file(file, kLargestPageBytes), reference_index(all_operations()));
}

TEST(Operations, HaveNoPageOrSchemaLeftOver) {
  std::set<std::string> known = {"README"};
  for (const OperationSpec& spec : all_operations()) known.insert(spec.name);
  for (const char* folder : {"docs/operations", "schemas/run/v1"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(ORTHOCOVER_SOURCE_DIR) / folder)) {
      const std::string file = entry.path().filename().string();
      EXPECT_EQ(known.count(file.substr(0, file.find('.'))), 1U) << entry.path();
    }
  }
}

}  // namespace
}  // namespace orthocover
