#include "core/operation/operation.h"

#ifdef ORTHOCOVER_ENGINE
#include <array>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/process.h"
#include "core/base/temporary_name.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "core/nn/device.h"
#include "core/nn/model_package.h"
#include "core/nn/torch.h"
#include "core/operations/model/model_location.h"
#include "core/operations/results/fact_list.h"
#include "core/operations/results/machine.h"
#endif

namespace orthocover::operations {
namespace {

struct DoctorOptions {
  bool json = false;
};

void declare(OperationTable<DoctorOptions>& table) {
  table.name("doctor")
      .summary("Check the installation and name the cures")
      .title("Check the installation")
      .group("Information")
      .tags({"diagnosis", "gpu", "cuda", "version"})
      .description(
          "Shows the versions of the program and its libraries, file formats, CUDA devices, threads, memory, "
          "the temporary folder and the default model. What is missing or slow is named with its cure. Exit "
          "code 0 unless something is missing that no run can do without.")
      .example("orthocover doctor", "a report for people")
      .example("orthocover doctor --json", "the same for programs and bug reports");
  table.add("json", &DoctorOptions::json, ParameterKind::Flag, "Write JSON").label("Write JSON").advanced();
}

#ifdef ORTHOCOVER_ENGINE

using Json = nlohmann::ordered_json;

/// Less free memory than segment takes by default.
constexpr std::uint64_t kLittleMemoryBytes = 2ULL << 30;

/// What was found, and what is wrong with it.
struct Diagnosis {
  Json facts;
  std::vector<std::string> warnings;
  std::vector<std::string> problems;  ///< nothing runs without a cure
};

void examine_libraries(OperationContext& context, Diagnosis& diagnosis) {
  diagnosis.facts["version"] = version();
  auto& libraries = diagnosis.facts["libraries"];
  for (const auto& [name, text] : context.geo.versions()) libraries[name] = text;
  libraries["LibTorch"] = TORCH_VERSION;
  auto& drivers = diagnosis.facts["formats"] = Json::object();
  for (const auto& [name, present] : context.geo.drivers()) {
    drivers[name] = present;
    if (present) continue;
    const std::string text =
        fmt::format("GDAL has no driver {}; cure: install a GDAL with all drivers", name);
    (name == "GTiff" ? diagnosis.problems : diagnosis.warnings).push_back(text);
  }
}

void examine_crs(OperationContext& context, Diagnosis& diagnosis) {
  RasterInfo anywhere;
  anywhere.cols = anywhere.rows = 1;
  anywhere.georeference = {R"(LOCAL_CS["anywhere"])", std::array<double, 6>{0, 1, 0, 0, 0, -1}};
  try {
    context.geo.area_scale(anywhere);
  } catch (const Error& error) {
    diagnosis.problems.emplace_back(error.what());
  }
}

void examine_algebra(Diagnosis& diagnosis) {
  const std::string path = nn::blas_library();
  if (path.empty()) {
    diagnosis.facts["blas"] = at::hasMKL() ? "Intel MKL, part of LibTorch" : "part of LibTorch";
    return;
  }
  const BlasLibrary library = identify_blas(path);
  diagnosis.facts["blas"] = fmt::format("{} ({})", library.name, library.path);
  if (!library.is_slow) return;
  diagnosis.warnings.push_back(
      "LibTorch runs on the reference BLAS, many times slower than need be; cure: apt install "
      "libopenblas0-pthread");
}

void examine_devices(Diagnosis& diagnosis) {
  auto& facts = diagnosis.facts;
  nn::set_threads(0);
  facts["threads"] = {{"cores", usable_cores()}, {"libtorch", at::get_num_threads()}};
  const std::vector<std::string> cards = nvidia_cards();
  const std::vector<std::string> devices = nn::available_devices();
  facts["devices"] = devices;
  facts["nvidia_cards"] = cards;
  if (devices.size() == 1 && !cards.empty()) {
    diagnosis.warnings.push_back(fmt::format(
        "there is a {} that LibTorch can't use; cure: build with a LibTorch for CUDA", cards.front()));
  }
}

void examine_room(Diagnosis& diagnosis) {
  const MemoryFacts memory = memory_facts();
  diagnosis.facts["memory"] = {{"total_bytes", memory.total_bytes},
                               {"available_bytes", memory.available_bytes}};
  if (memory.available_bytes < kLittleMemoryBytes) {
    diagnosis.warnings.push_back(
        fmt::format("only {} of memory are free; cure: close programs, or run with --memory 1GiB",
                    format_bytes(memory.available_bytes)));
  }
  std::filesystem::path folder;
  try {
    folder = temporary_folder();
  } catch (const Error& error) {
    diagnosis.warnings.emplace_back(error.what());
  }
  const bool writable = !folder.empty() && is_writable_folder(folder);
  diagnosis.facts["temporary_folder"] = {{"path", folder.string()}, {"writable", writable}};
  if (!folder.empty() && !writable) {
    diagnosis.warnings.push_back(
        fmt::format("the temporary folder {} can't be written; cure: set TMPDIR", folder.string()));
  }
}

void examine_model(const OperationContext& context, Diagnosis& diagnosis) {
  auto& facts = diagnosis.facts["models"];
  facts["folder"] = context.models.string();
  facts["shipped"] = shipped_models(context.models);
  try {
    const auto package = nn::open_model_package(locate_model("default", context.models));
    nn::load_network(package);
    facts["default"] = fmt::format("{} {}", package.manifest.name, package.manifest.version);
  } catch (const Error& error) {
    diagnosis.problems.push_back(fmt::format(
        "{}; cure: install orthocover again, or set ORTHOCOVER_MODELS to the folder with the models",
        error.what()));
  }
}

std::string joined(const Json& list) {
  return join(list.get<std::vector<std::string>>());
}

std::string report(const Diagnosis& diagnosis) {
  const Json& facts = diagnosis.facts;
  FactList list(fmt::format("orthocover {}", version()));
  for (const auto& [name, text] : facts.at("libraries").items()) list.add(name, text.get<std::string>());
  std::vector<std::string> formats;
  for (const auto& [name, present] : facts.at("formats").items())
    formats.push_back(present ? name : "no " + name);
  const Json& memory = facts.at("memory");
  const Json& threads = facts.at("threads");
  list.add("blas", facts.value("blas", "unknown"))
      .add("formats", join(formats))
      .add("threads", fmt::format("{} cores, LibTorch uses {}", threads.at("cores").get<int>(),
                                  threads.at("libtorch").get<int>()))
      .add("memory", fmt::format("{}, {} free", format_bytes(memory.at("total_bytes").get<std::uint64_t>()),
                                 format_bytes(memory.at("available_bytes").get<std::uint64_t>())))
      .add("temporary folder", facts.at("temporary_folder").at("path").get<std::string>())
      .add("models", fmt::format("{} in {}", joined(facts.at("models").at("shipped")),
                                 facts.at("models").at("folder").get<std::string>()))
      .add("default model", facts.at("models").value("default", "missing"));
  for (const std::string& text : diagnosis.problems) list.advise("PROBLEM: " + text);
  for (const std::string& text : diagnosis.warnings) list.advise(text);
  const bool healthy = diagnosis.problems.empty() && diagnosis.warnings.empty();
  return list.text() + (healthy ? "Everything is in order.\n" : "");
}

OperationResult run(const DoctorOptions& options, OperationContext& context) {
  Diagnosis diagnosis;
  examine_libraries(context, diagnosis);
  examine_crs(context, diagnosis);
  examine_algebra(diagnosis);
  examine_devices(diagnosis);
  examine_room(diagnosis);
  examine_model(context, diagnosis);
  const int exit_code = diagnosis.problems.empty() ? 0 : static_cast<int>(ErrorKind::Resource);
  diagnosis.facts["problems"] = diagnosis.problems;
  diagnosis.facts["warnings"] = diagnosis.warnings;
  return {options.json ? json_document(diagnosis.facts) : report(diagnosis), exit_code,
          nlohmann::json(diagnosis.facts)};
}

#endif

}  // namespace
}  // namespace orthocover::operations

ORTHOCOVER_OPERATION(doctor, DoctorOptions)
