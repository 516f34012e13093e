#include "georef/driver_options.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

/// Names that a driver's list of options knows.
std::vector<std::string> known_options(GDALDriver& driver, const char* item) {
  std::vector<std::string> names;
  const char* list = driver.GetMetadataItem(item);
  const std::string text = list != nullptr ? list : "";
  const std::string marker = "<Option name='";
  for (std::size_t at = 0; (at = text.find("<Option name=", at)) != std::string::npos;) {
    at += marker.size();
    names.push_back(text.substr(at, text.find_first_of("'\"", at) - at));
  }
  return names;
}

}  // namespace

GDALDriver& driver_named(const std::string& name) {
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(name.c_str());
  if (driver == nullptr) throw resource_error("this GDAL has no {} driver; install one that has", name);
  return *driver;
}

CPLStringList driver_options(GDALDriver& driver, const char* list, const char* flag,
                             const DriverOptions& defaults, const DriverOptions& given) {
  const std::vector<std::string> known = known_options(driver, list);
  CPLStringList options;
  for (const auto& [key, value] : defaults) options.SetNameValue(key.c_str(), value.c_str());
  for (const auto& [key, value] : given) {
    const bool is_known = std::ranges::any_of(
        known, [&, &name = key](const std::string& other) { return EQUAL(other.c_str(), name.c_str()); });
    if (!is_known) {
      throw usage_error("{}: {} has no creation option {}{}", flag, driver.GetDescription(), key,
                        did_you_mean(key, known));
    }
    options.SetNameValue(key.c_str(), value.c_str());
  }
  return options;
}

}  // namespace orthocover
