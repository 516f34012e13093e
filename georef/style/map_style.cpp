#include "georef/style/map_style.h"

#include <fmt/format.h>

#include <vector>

#include "core/legend/class_colors.h"
#include "georef/style/style_file.h"

namespace orthocover {
namespace {

/// A name as a label in a legend of QGIS, which evaluates what stands between [% and %]: a space makes it
/// text.
std::string label_of(std::string name) {
  for (std::size_t at = name.find("[%"); at != std::string::npos; at = name.find("[%", at))
    name.insert(at + 1, 1, ' ');
  return xml_text(name);
}

}  // namespace

std::string raster_style_qml(const Legend& legend) {
  std::string entries;
  for (const LegendClass& entry : legend.classes()) {
    entries += fmt::format("        <paletteEntry value=\"{}\" color=\"{}\" label=\"{}\" alpha=\"255\"/>\n",
                           entry.value, to_hex(entry.color), label_of(entry.name));
  }
  return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
         "<qgis version=\"3.22\" styleCategories=\"AllStyleCategories\">\n"
         "  <pipe made-by=\"orthocover\">\n"
         "    <rasterrenderer type=\"paletted\" band=\"1\" opacity=\"1\" alphaBand=\"-1\" nodataColor=\"\">\n"
         "      <rasterTransparency/>\n"
         "      <colorPalette>\n" +
         entries +
         "      </colorPalette>\n"
         "    </rasterrenderer>\n"
         "    <brightnesscontrast brightness=\"0\" contrast=\"0\" gamma=\"1\"/>\n"
         "    <huesaturation saturation=\"0\" grayscaleMode=\"0\"/>\n"
         "    <rasterresampler maxOversampling=\"2\"/>\n"
         "  </pipe>\n"
         "  <blendMode>0</blendMode>\n"
         "</qgis>\n";
}

std::string vector_style_qml(std::span<const ClassEntry> classes) {
  std::vector<std::string> names;
  for (const ClassEntry& entry : classes)
    names.push_back(entry.name.empty() ? std::to_string(entry.value) : entry.name);
  const std::vector<Color> spare = distinct_colors(names);
  std::string categories;
  std::string symbols;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const ClassEntry& entry = classes[i];
    const Color color = entry.color.value_or(spare[i]);
    categories += fmt::format("      <category symbol=\"{}\" value=\"{}\" label=\"{}\" render=\"true\"/>\n",
                              i, entry.value, label_of(names[i]));
    symbols += fmt::format(
        "      <symbol type=\"fill\" name=\"{}\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">\n"
        "        <layer class=\"SimpleFill\" enabled=\"1\" locked=\"0\" pass=\"0\">\n"
        "          <Option type=\"Map\">\n"
        "            <Option type=\"QString\" name=\"color\" value=\"{},{},{},255\"/>\n"
        "            <Option type=\"QString\" name=\"outline_color\" value=\"35,35,35,255\"/>\n"
        "            <Option type=\"QString\" name=\"outline_style\" value=\"solid\"/>\n"
        "            <Option type=\"QString\" name=\"outline_width\" value=\"0.05\"/>\n"
        "            <Option type=\"QString\" name=\"outline_width_unit\" value=\"MM\"/>\n"
        "            <Option type=\"QString\" name=\"style\" value=\"solid\"/>\n"
        "          </Option>\n"
        "        </layer>\n"
        "      </symbol>\n",
        i, color.red, color.green, color.blue);
  }
  return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
         "<qgis version=\"3.22\" styleCategories=\"Symbology\">\n"
         "  <renderer-v2 type=\"categorizedSymbol\" attr=\"class\" symbollevels=\"0\" enableorderby=\"0\" "
         "made-by=\"orthocover\">\n"
         "    <categories>\n" +
         categories +
         "    </categories>\n"
         "    <symbols>\n" +
         symbols +
         "    </symbols>\n"
         "  </renderer-v2>\n"
         "  <blendMode>0</blendMode>\n"
         "  <layerGeometryType>2</layerGeometryType>\n"
         "</qgis>\n";
}

}  // namespace orthocover
