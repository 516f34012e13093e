#include "cli/rank_environment.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr int kMostRanks = 4096;

/// How a launcher calls what each process must know.
struct Convention {
  const char* rank;
  const char* size;
  const char* local_rank;
  const char* local_size;
  const char* sign;  ///< set when this launcher started the process
  bool one_by_hand;  ///< started without a launcher where nothing says how many a machine has
};

// A batch script of Slurm has SLURM_PROCID and SLURM_NTASKS without being one of several; srun's tasks have a
// step.
constexpr std::array<Convention, 5> kConventions = {
    {{"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "WORLD_SIZE", true},
     {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "RANK", true},
     {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
      "OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_SIZE", false},
     {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_STEP_TASKS_PER_NODE", "SLURM_STEP_ID",
      false},
     {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", "PMI_SIZE", false}}};

/// @param text may go on behind the number where `open_end`, as in Slurm's 2(x4)
int number(const char* name, const std::string& text, int least, int most, bool open_end = false) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || (stop != end && !open_end))
    throw usage_error("{}: '{}' is no whole number", name, one_line(text));
  if (value < least || value > most) throw usage_error("{}: {} is outside {}..{}", name, value, least, most);
  return value;
}

std::string needed(const Environment& environment, const char* name, const char* sign) {
  const std::optional<std::string> text = environment(name);
  if (!text) throw usage_error("{}: is not set, though {} is; set both, or neither", name, sign);
  return *text;
}

int number_or(const Environment& environment, const char* name, int most, int otherwise) {
  const std::optional<std::string> text = environment(name);
  return text ? number(name, *text, 0, most, /*open_end=*/true) : otherwise;
}

std::string address_of(const Environment& environment, const RankPlace& place) {
  if (const std::optional<std::string> given = environment("MASTER_ADDR")) return *given;
  if (place.local_size == place.size) return "127.0.0.1";
  throw usage_error(
      "MASTER_ADDR: is not set, and the {} processes may be on several machines; set it to the address of "
      "the machine of rank 0 (127.0.0.1 if there is only one machine)",
      place.size);
}

int port_of(const Environment& environment, int otherwise) {
  const std::optional<std::string> given = environment("MASTER_PORT");
  const int port = given ? number("MASTER_PORT", *given, 1, 65534) : otherwise;
  // torchrun itself listens at that port then.
  return environment("TORCHELASTIC_USE_AGENT_STORE") == "True" ? port + 1 : port;
}

RankPlace place_by(const Convention& by, const Environment& environment) {
  RankPlace place;
  place.size = number(by.size, needed(environment, by.size, by.sign), 1, kMostRanks);
  place.rank = number(by.rank, needed(environment, by.rank, by.sign), 0, place.size - 1);
  const bool unknown = !environment(by.local_size);
  const int all_here = by.one_by_hand ? place.size : 1;
  place.local_size = unknown ? all_here : number_or(environment, by.local_size, kMostRanks, 1);
  place.local_rank = number_or(environment, by.local_rank, kMostRanks, by.one_by_hand ? place.rank : 0);
  if (place.is_alone()) return {};
  place.address = address_of(environment, place);
  place.port = port_of(environment, place.port);
  return place;
}

/// MPICH may start one helper a machine through srun, which then starts the processes.
bool is_helper_step(const Convention& by, const Environment& environment) {
  const std::optional<std::string> of_mpi = environment("PMI_SIZE");
  return std::string_view(by.sign) == "SLURM_STEP_ID" && of_mpi && of_mpi != environment(by.size);
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
  };
}

bool runs_in_ranks(const std::string& operation) {
  return operation == "train";
}

RankPlace rank_place(const Environment& environment) {
  for (const Convention& convention : kConventions) {
    if (environment(convention.sign) && !is_helper_step(convention, environment))
      return place_by(convention, environment);
  }
  return {};
}

}  // namespace orthocover
