#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orthocover {

/// Value of pixels without data or class in a land-cover map.
inline constexpr std::uint8_t kNoClass = 0;
/// Value of pixels in label rasters that no loss and no metric counts.
inline constexpr std::uint8_t kIgnoreLabel = 255;

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  friend bool operator==(const Color&, const Color&) = default;
};

/// `#rrggbb`.
std::string to_hex(Color color);
/// @throws Error{Model} naming `what` unless the text is `#rrggbb`
Color parse_color(std::string_view text, std::string_view what);

/// One land-cover class.
struct LegendClass {
  std::uint8_t value = 0;  ///< pixel value in maps and labels, 1..254
  std::string name;
  Color color;
  std::string description;
};

/// Ordered classes of a model: class i of the network's output is classes()[i]. Values and names are unique,
/// 0 and 255 are reserved.
class Legend {
 public:
  Legend() = default;
  /// @throws Error{Model} when empty, longer than 254, or a value or name is reserved, unfit or used twice
  explicit Legend(std::vector<LegendClass> classes);

  /// From `{"classes": [{"value", "name", "color", "description"?}, ...]}` or the array itself.
  /// @param what names the file in messages
  /// @throws Error{Model}
  static Legend from_json(const nlohmann::json& json, std::string_view what);
  /// `count` classes named class_1 ... with distinct colours, for weights that come without a legend.
  static Legend numbered(int count);
  nlohmann::json to_json() const;

  const std::vector<LegendClass>& classes() const { return m_classes; }
  /// Those of the classes, in their order.
  std::vector<std::string> names() const;
  int size() const { return static_cast<int>(m_classes.size()); }
  /// Position of the class with this pixel value.
  std::optional<int> index_of(std::uint8_t value) const;
  /// Position of the class with this name; case does not matter.
  std::optional<int> index_of(std::string_view name) const;

 private:
  std::vector<LegendClass> m_classes;
};

/// The classes of a legend file.
/// @throws Error{Data} for a file that is no legend
Legend read_legend(const std::string& file);

}  // namespace orthocover
