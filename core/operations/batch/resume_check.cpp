#include "core/operations/batch/resume_check.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <span>
#include <string_view>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/plain_text.h"
#include "core/base/sha256.h"
#include "core/base/strict_json.h"
#include "core/base/temporary_name.h"
#include "core/base/text.h"
#include "core/operation/command_text.h"
#include "core/operation/run_record.h"
#include "core/ports/raster_sink.h"

namespace orthocover::operations {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBlocks = 64;
constexpr std::uint64_t kLeastBlocks = 2;
constexpr std::uint64_t kBlocksOfAllFiles = 4096;
constexpr std::uint64_t kBlockBytes = 16 << 10;
constexpr std::uintmax_t kLargestRecordBytes = 16 << 20;

void add_number(Sha256& hash, std::int64_t number) {
  hash.update(std::as_bytes(std::span(&number, 1)));
}

/// Blocks of a file: all of a small one, else evenly spread ones.
bool add_blocks(Sha256& hash, const std::string& path, std::uint64_t size, std::uint64_t most_blocks) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> buffer(kBlockBytes);
  const std::uint64_t last = size > kBlockBytes ? size - kBlockBytes : 0;
  const std::uint64_t blocks = std::min(most_blocks, (size + kBlockBytes - 1) / kBlockBytes);
  for (std::uint64_t i = 0; i < blocks && file; ++i) {
    const std::uint64_t offset = blocks > 1 ? last / (blocks - 1) * i : 0;
    file.seekg(static_cast<std::streamoff>(i + 1 == blocks ? last : offset));
    file.read(buffer.data(), static_cast<std::streamsize>(std::min(size, kBlockBytes)));
    hash.update(std::as_bytes(std::span(buffer).first(static_cast<std::size_t>(file.gcount()))));
  }
  return static_cast<bool>(file);
}

bool add_file(Sha256& hash, const std::string& path, std::uint64_t most_blocks) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  add_number(hash, facts.st_size);
  add_number(hash, facts.st_mtim.tv_sec);
  add_number(hash, facts.st_mtim.tv_nsec);
  return add_blocks(hash, path, static_cast<std::uint64_t>(facts.st_size), most_blocks);
}

/// What a layer's own header or end says of its size: editing may make it smaller, too, unlike rasters.
/// @source ESRI Shapefile Technical Description (file length), SQLite database file format (page size and
/// count)
bool is_cut_off(const fs::path& path, std::uint64_t bytes) {
  std::ifstream file(path, std::ios::binary);
  std::array<unsigned char, 32> head{};
  file.read(reinterpret_cast<char*>(head.data()), head.size());
  const auto number = [&](std::size_t at, int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 8 | head[at + static_cast<std::size_t>(i)];
    return value;
  };
  const std::string extension = lower_extension(path);
  if (extension == ".shp") return 2 * number(24, 4) != bytes;
  if (extension == ".gpkg") {
    const std::uint64_t page_bytes = number(16, 2) == 1 ? 65536 : number(16, 2);
    return std::memcmp(head.data(), "SQLite format 3", 16) != 0 || page_bytes * number(28, 4) > bytes;
  }
  if (extension == ".tif" || extension == ".tiff") return true;
  if (extension.find("json") == std::string::npos && extension != ".kml") return false;
  file.clear();
  file.seekg(-static_cast<std::streamoff>(std::min<std::uint64_t>(bytes, 16)), std::ios::end);
  std::string end(16, ' ');
  file.read(end.data(), 16);
  const std::size_t last = end.find_last_not_of(std::string_view(" \r\n\t\0", 5));
  return last == std::string::npos || end[last] != (extension == ".kml" ? '>' : '}');
}

/// A scene that is no file on a disk, as it is told from others: without secrets and what passes with them,
/// and with the whole path of an archive.
std::string name_of_source(const std::string& path) {
  for (const std::string prefix : {"/vsizip/", "/vsitar/", "/vsigzip/"}) {
    if (path.starts_with(prefix) && path.size() > prefix.size() &&
        std::string_view("/{").find(path[prefix.size()]) == std::string_view::npos)
      return prefix + real_path(path.substr(prefix.size())).string();
  }
  constexpr std::size_t kLong = 2048;
  if (path.size() > kLong) {
    Sha256 hash;
    hash.update(std::as_bytes(std::span(path)));
    return hash.finish();
  }
  // Parts of signatures, of S3, Google and CloudFront, and where there is one of Azure.
  static const std::regex passing("([?&])(?:x-(?:amz|goog)-[^=&]*|expires|policy)=[^&}]*&?",
                                  std::regex::icase);
  static const std::regex azure(
      "([?&])(?:ss|srt|sp|se|st|spr|sip|sr|skoid|sktid|skt|ske|sks|skv|sv)=[^&}]*&?");
  const std::string name = std::regex_replace(without_secrets(path), passing, "$1");
  const bool is_azure = path.find("?sig=") != std::string::npos || path.find("&sig=") != std::string::npos;
  return is_azure ? std::regex_replace(name, azure, "$1") : name;
}

/// A name that is not UTF-8 as its bytes, since JSON has no place for such text.
nlohmann::json json_name(const std::string& name) {
  if (!is_utf8(name)) return std::vector<std::uint8_t>(name.begin(), name.end());
  return name;
}

std::string name_of(const nlohmann::json& json) {
  if (json.is_string()) return json.get<std::string>();
  const auto bytes = json.get<std::vector<std::uint8_t>>();
  return {bytes.begin(), bytes.end()};
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// 0 where there is none.
std::uintmax_t bytes_of(const fs::path& path) {
  std::error_code status;
  const std::uintmax_t bytes = fs::file_size(path, status);
  return status ? 0 : bytes;
}

}  // namespace

std::optional<std::string> digest_of_files(const std::vector<std::string>& files) {
  if (files.empty()) return std::nullopt;
  const std::uint64_t blocks = std::clamp(kBlocksOfAllFiles / files.size(), kLeastBlocks, kMostBlocks);
  Sha256 hash;
  for (const std::string& file : files) {
    if (!add_file(hash, file, blocks)) return std::nullopt;
  }
  return hash.finish();
}

std::vector<std::string> files_with_sidecars(const std::vector<std::string>& outputs) {
  std::vector<std::string> files;
  const auto add = [&](const fs::path& file) {
    if (is_file(file) && std::ranges::count(files, file.string()) == 0) files.push_back(file.string());
  };
  for (const std::string& output : outputs) {
    add(output);
    add(output + ".aux.xml");
    add(style_path(output));
    if (fs::path(output).extension() != ".shp") continue;
    for (const char* extension : {".shx", ".dbf", ".prj", ".cpg"})
      add(fs::path(output).replace_extension(extension));
  }
  return files;
}

nlohmann::json resume_facts(const fs::path& record, const RunPrint& print,
                            const std::vector<std::string>& files, bool complete) {
  const fs::path folder = real_path(record).parent_path();
  nlohmann::json names = nlohmann::json::array();
  nlohmann::json bytes = nlohmann::json::array();
  for (const std::string& file : files) {
    names.push_back(json_name(real_path(file).lexically_relative(folder).string()));
    bytes.push_back(bytes_of(file));
  }
  const std::string scene =
      is_there(print.path) ? real_path(print.path).lexically_relative(folder).string() : "";
  return {{"complete", complete},
          {"scene", json_name(scene)},
          {"source", json_name(scene.empty() ? name_of_source(print.path) : "")},
          {"scene_digest", or_null(print.scene)},
          {"model_digest", print.model},
          {"options_digest", print.options},
          {"files", names},
          {"bytes", bytes}};
}

void count_gdal_options(const GeoIo& geo, nlohmann::json& counted) {
  static constexpr std::array<std::string_view, 10> kOthers = {
      "AWS_", "AZURE_", "CPL_", "GDAL_CACHEMAX", "GDAL_HTTP_", "GDAL_MAX_DATASET", "GDAL_NUM_THREADS",
      "GS_",  "OSS_",   "VSI_"};
  for (const std::string& option : geo.options()) {
    const auto begins = [&](std::string_view prefix) { return option.starts_with(prefix); };
    if (std::ranges::none_of(kOthers, begins)) counted["gdal"].push_back(option);
  }
}

EarlierRun::EarlierRun(const fs::path& record, const std::string& operation) : m_exists(is_file(record)) {
  if (!m_exists) return;
  try {
    read(record, operation);
  } catch (const std::exception& error) {
    m_fault = fmt::format("{}: can't be read as a run record: {}", record.string(), error.what());
  }
}

void EarlierRun::read(const fs::path& record, const std::string& operation) {
  const auto json = parse_strict_json(read_small_file(record, kLargestRecordBytes), "record");
  if (json.at("operation") != operation) {
    m_exists = false;
    return;
  }
  m_facts = json.at("orthocover");
  const fs::path folder = real_path(record).parent_path();
  const auto resume = m_facts.find("resume");
  if (resume == m_facts.end()) {
    // Such a record does not tell what its outputs were made of.
    for (const auto& output : m_facts.at("outputs")) m_files.push_back(real_path(output.get<std::string>()));
    return;
  }
  for (const auto& file : resume->at("files")) m_files.push_back(real_path(folder / name_of(file)));
  m_facts.value("pixels_per_class", std::map<std::string, std::uint64_t>());
  m_bytes = resume->value("bytes", m_bytes);
  if (const auto name = resume->find("scene"); name != resume->end() && *name != "")
    m_scene = real_path(folder / name_of(*name)).string();
  else if (const auto source = resume->find("source"); source != resume->end())
    m_scene = name_of(*source);
  const auto& scene = resume->at("scene_digest");
  if (!scene.is_null()) m_print.scene = scene.get<std::string>();
  m_print.model = resume->at("model_digest").get<std::string>();
  m_print.options = resume->at("options_digest").get<std::string>();
  m_complete = resume->at("complete").get<bool>();
}

std::string EarlierRun::other_scene(const RunPrint& now) const {
  const bool is_told = m_exists && m_fault.empty() && !m_scene.empty() && !now.path.empty();
  if (!is_told || (now.scene && now.scene == m_print.scene)) return "";
  const bool is_same =
      m_scene == real_path(now.path) || (!is_there(now.path) && m_scene == name_of_source(now.path));
  return is_same ? "" : m_scene;
}

bool EarlierRun::wrote(const std::string& file) const {
  return m_exists && std::ranges::count(m_files, real_path(file)) > 0;
}

std::vector<std::string> EarlierRun::left_by(const std::vector<std::string>& outputs) const {
  static constexpr std::array kBeside = {".xml", ".qml", ".shx", ".dbf", ".prj", ".cpg"};
  std::set<fs::path> made;
  for (const std::string& output : outputs) made.insert(real_path(output));
  std::vector<std::string> left;
  for (const fs::path& file : m_files) {
    const bool is_beside = std::ranges::find(kBeside, file.extension()) != kBeside.end();
    if (!is_beside && !made.contains(file) && is_file(file)) left.push_back(file.filename().string());
  }
  return left;
}

std::string EarlierRun::reason_to_redo(const RunPrint& now, const std::vector<std::string>& outputs) const {
  if (!m_exists) return "it was not finished before";
  if (!m_fault.empty()) return "its run record can't be read";
  if (m_print.options.empty()) return "its run record does not tell what it was made of";
  if (!m_complete) return "it was interrupted";
  if (!now.scene) return "it is no file on a disk, so whether it changed can't be told";
  if (now.scene != m_print.scene) return "the scene changed";
  if (now.model != m_print.model) return "the model changed";
  if (now.options != m_print.options) return "the options changed, or a file that they name";
  for (const std::string& output : outputs) {
    if (!wrote(output)) return fmt::format("{} is wanted too", output);
  }
  for (std::size_t i = 0; i < m_files.size(); ++i) {
    const std::string name = m_files[i].filename().string();
    if (!is_file(m_files[i])) return name + " is missing";
    const std::uintmax_t bytes = bytes_of(m_files[i]);
    const bool has_shrunk = i < m_bytes.size() && bytes < m_bytes[i];
    if (has_shrunk && (bytes == 0 || is_cut_off(m_files[i], bytes))) return name + " is not whole";
  }
  return "";
}

void refuse_other_scene(const EarlierRun& earlier, const RunPrint& now, const std::string& output) {
  if (const std::string other = earlier.other_scene(now); !other.empty())
    throw usage_error("{}: is of {}, not of {}; choose another output, or add --overwrite", output, other,
                      without_secrets(now.path));
}

void remove_leftovers(const std::vector<std::string>& outputs) {
  std::map<fs::path, std::set<std::string>> stems;
  for (const std::string& output : outputs) {
    const fs::path target(output);
    std::set<std::string>& names = stems[folder_of(target)];
    names.insert({target.stem().string(), run_record_path(target).stem().string()});
  }
  for (const auto& [folder, names] : stems) remove_abandoned(folder, names);
}

}  // namespace orthocover::operations
