#include "core/legend/class_colors.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/text.h"

namespace orthocover {
namespace {

/// Parts of names that tell the colour; the first that a name holds decides.
struct Usual {
  const char* words;  ///< separated by spaces
  Color color;
};

constexpr std::array<Usual, 12> kUsual = {{
    {"shadow ombre schatten sombra", {0x40, 0x40, 0x50}},
    {"building built roof house edificio batiment bâtiment gebäude gebaeude dach toit techo maison urban",
     {0xd7, 0x19, 0x1c}},
    {"vehicle car_ cars truck voiture fahrzeug auto", {0x98, 0x4e, 0xa3}},
    {"water river lake sea_ ocean pond pool eau_ wasser agua", {0x2c, 0x7b, 0xb6}},
    {"snow ice_ schnee neige nieve", {0xe8, 0xf4, 0xff}},
    {"grass low_veg lawn meadow herb wiese rasen prairie herbe hierba pasture", {0xb8, 0xe1, 0x86}},
    {"crop field agri culture acker cultivo farm", {0xe6, 0xe0, 0x5a}},
    {"tree wood forest shrub bush baum wald arbre arbol árbol forêt foret bosque canopy", {0x1b, 0x78, 0x37}},
    {"veg green plant", {0x4d, 0xac, 0x26}},
    {"unpaved bare soil sand dirt ground land boden sol_ suelo mud rock gravel", {0xd8, 0xb3, 0x65}},
    {"paved road asphalt street impervious concrete pavement parking route strasse straße camino carretera",
     {0x7f, 0x7f, 0x7f}},
    {"background other clutter unknown hintergrund autre otro", {0xc8, 0xc8, 0xc8}},
}};

/// Of the 844 colours that numbered_color() has in bytes; further classes repeat some.
constexpr std::size_t kMostDistinct = 800;

}  // namespace

Color numbered_color(int index) {
  const double hue = std::fmod(index * 0.61803398875, 1.0) * 6.0;
  const auto channel = [&](double shift) {
    const double k = std::fmod(shift + hue, 6.0);
    const double v = 0.85 - 0.55 * std::clamp(std::min(k, 4.0 - k), 0.0, 1.0);
    return static_cast<std::uint8_t>(std::lround(255 * v));
  };
  return {channel(5.0), channel(3.0), channel(1.0)};
}

std::optional<Color> usual_color(std::string_view class_name) {
  // A closing mark, so that `car_` is found in "car" and not in "carpet".
  std::string name = to_lower(class_name) + "_";
  std::ranges::replace(name, ' ', '_');
  for (const Usual& usual : kUsual) {
    for (const std::string& word : split(usual.words, ' ')) {
      if (name.find(word) != std::string::npos) return usual.color;
    }
  }
  return std::nullopt;
}

std::vector<Color> distinct_colors(const std::vector<std::string>& class_names) {
  std::vector<Color> colors;
  const auto is_free = [&](Color color) { return std::ranges::find(colors, color) == colors.end(); };
  int next = 0;
  for (const std::string& name : class_names) {
    const std::optional<Color> usual = usual_color(name);
    Color color = usual && is_free(*usual) ? *usual : numbered_color(next++);
    while (colors.size() < kMostDistinct && !is_free(color)) color = numbered_color(next++);
    colors.push_back(color);
  }
  return colors;
}

}  // namespace orthocover
