#include "georef/style/style_file.h"

#include <cpl_conv.h>
#include <cpl_string.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "georef/gdal/gdal_error.h"
#include "georef/style/qgis_style.h"

namespace orthocover {
namespace {

constexpr std::string_view kEnd = "</qgis>";
constexpr std::string_view kOwnStyle = "made-by=\"orthocover\"";

/// Elements of a style that show one kind of layer.
/// @source QGIS 3 style files
const std::vector<std::string_view>& elements_of(StyledLayer layer) {
  static const std::vector<std::string_view> kRaster = {"pipe", "pipe-data-defined-properties"};
  static const std::vector<std::string_view> kVector = {"renderer-v2", "labeling", "layerGeometryType"};
  return layer == StyledLayer::Raster ? kRaster : kVector;
}

/// The named elements of a style as text; empty for what is no style.
std::string elements_in(const std::string& qml, const std::vector<std::string_view>& names) {
  const GdalErrors silent;
  const CPLXMLTreeCloser tree(CPLParseXMLString(qml.c_str()));
  const CPLXMLNode* root = tree.get() != nullptr ? CPLGetXMLNode(tree.get(), "=qgis") : nullptr;
  std::string text;
  for (CPLXMLNode* node = root != nullptr ? root->psChild : nullptr; node != nullptr; node = node->psNext) {
    if (node->eType != CXT_Element || std::ranges::find(names, node->pszValue) == names.end()) continue;
    text += element_text(*node);
  }
  return text;
}

}  // namespace

std::string xml_text(const std::string& text) {
  char* escaped = CPLEscapeString(text.c_str(), -1, CPLES_XML);
  std::string copy = escaped;
  CPLFree(escaped);
  return copy;
}

std::string element_text(CPLXMLNode& node) {
  CPLXMLNode* const next = std::exchange(node.psNext, nullptr);  // what follows is no part of it
  char* written = CPLSerializeXMLTree(&node);
  node.psNext = next;
  std::string text = written;
  CPLFree(written);
  return text;
}

std::string read_style_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? read_small_file(path, kMostStyleBytes) : std::string();
}

std::string joined_style(const std::string& own, StyledLayer layer, const std::string& beside) {
  const StyledLayer other = layer == StyledLayer::Raster ? StyledLayer::Vector : StyledLayer::Raster;
  const std::size_t end = own.rfind(kEnd);
  if (end == std::string::npos || !elements_in(own, elements_of(other)).empty()) return own;
  return own.substr(0, end) + elements_in(beside, elements_of(other)) + own.substr(end);
}

void join_style_file(const std::filesystem::path& own, StyledLayer layer, const std::filesystem::path& target,
                     bool is_shared) {
  const std::string beside = read_style_file(target);
  if (beside.empty()) return;
  std::string style = joined_style(read_style_file(own), layer, beside);
  if (is_shared) style = with_categories_of(beside, style).value_or(style);
  write_file(own, style);
}

void check_beside_layer(const std::filesystem::path& layer, StyledLayer kind) {
  std::error_code ignored;
  if (std::filesystem::exists(layer, ignored)) return;
  const auto refuse = [&](const std::filesystem::path& found) {
    throw usage_error("{}: exists already, though {} does not; choose another name, or add --overwrite",
                      found.string(), layer.filename().string());
  };
  const std::filesystem::path metadata = layer.string() + ".aux.xml";
  if (kind == StyledLayer::Raster && std::filesystem::exists(metadata, ignored)) refuse(metadata);
  const std::filesystem::path style = style_path(layer);
  const std::string found = elements_in(read_style_file(style), elements_of(kind));
  if (!found.empty() && found.find(kOwnStyle) == std::string::npos) refuse(style);
}

}  // namespace orthocover
