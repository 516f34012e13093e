#include "georef/style/qgis_style.h"
#include "tests/fuzz/fuzz_reader.h"

namespace orthocover::fuzz {
namespace {

std::vector<std::string> style_seeds() {
  return {R"(<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'><qgis version="3.22.16-Białowieża">
<renderer-v2 type="categorizedSymbol" attr="&quot;class&quot;"><categories>
<category symbol="0" value="1" label="forest &amp; wood"/><category symbol="1" value="2" label="water"/>
</categories><symbols><symbol name="0" type="fill"><layer class="SimpleFill"><Option type="Map">
<Option name="color" type="QString" value="0,100,0,255"/></Option></layer></symbol>
<symbol name="1" type="fill"><layer class="SimpleFill"><prop k="color" v="0,0,255,255"/></layer></symbol>
</symbols></renderer-v2></qgis>)",
          R"(<qgis><renderer-v2 type="categorizedSymbol" attr="c"><categories><category symbol="0" label="x">
<val value="1"/><val value="2"/></category></categories></renderer-v2></qgis>)"};
}

}  // namespace

FuzzReader style_reader() {
  return {"style",
          [](std::span<const std::byte> bytes) { parse_categorized_style(std::string(text_of(bytes))); },
          style_seeds};
}

}  // namespace orthocover::fuzz
