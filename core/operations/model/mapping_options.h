#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover::operations {

/// How a scene is mapped: shared by the operations that run a model over scenes. The initialisers are the
/// defaults, the meaning is in the declarations below.
struct MappingOptions {
  std::string model = "default";
  std::vector<int> bands;
  std::string scaling = "auto";
  std::string ground_size = "model";
  std::optional<double> pixel_size;
  std::vector<int> levels;
  std::optional<int> patch_size;
  std::optional<double> overlap;
  std::string fusion = "model";
  std::optional<std::string> area;
  std::vector<double> projwin;
  std::string device = "auto";
  int batch_size = 0;
  std::string precision = "auto";
  int threads = 0;
  std::string memory = "auto";
};

/// Declares members of MappingOptions, which `Options` inherits, under one heading.
template <class Options>
class MappingDeclarations {
 public:
  MappingDeclarations(OperationTable<Options>& table, const char* group) : m_table(table), m_group(group) {}

  template <class Value>
  ParameterBuilder add(std::string name, Value MappingOptions::*member, ParameterKind kind,
                       std::string help) const {
    return m_table.add(std::move(name), member, kind, std::move(help)).group(m_group);
  }

 private:
  OperationTable<Options>& m_table;
  const char* m_group;
};

template <class Options>
void declare_model_choice(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const MappingDeclarations<Options> model(table, "Model");
  model
      .add("model", &MappingOptions::model, Kind::Model,
           "{cli:Model package: a folder, or the name of a shipped one}{dialog:Model that comes with "
           "orthocover, or lies in the folder of the settings}")
      .short_name('m')
      .label("Model");
  model
      .add("bands", &MappingOptions::bands, Kind::Number,
           "Scene bands to use, in the order of the model's bands; counted from 1")
      .at_least(1)
      .label("Bands");
  model
      .add("scaling", &MappingOptions::scaling, Kind::Text,
           "How pixel values are brought to the model's range: auto, none, percentile or LOW,HIGH")
      .label("Value scaling")
      .advanced();
  model
      .add("ground-size", &MappingOptions::ground_size, Kind::Text,
           "Ground size of a pixel of level 1: model, native or metres")
      .unit("m")
      .label("Ground size of a pixel")
      .advanced();
  model
      .add("pixel-size", &MappingOptions::pixel_size, Kind::Number,
           "What a pixel of the scene covers on the ground, where the file doesn't tell")
      .unit("m")
      .range(1e-4, 1000)
      .label("Pixel size of scenes without georeference")
      .advanced();
}

template <class Options>
void declare_tiling(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const MappingDeclarations<Options> tiling(table, "Tiling");
  tiling
      .add("levels", &MappingOptions::levels, Kind::Number,
           "Stitch levels, finest first; those of the model if not given")
      .range(1, 64)
      .label("Stitch levels");
  tiling
      .add("patch-size", &MappingOptions::patch_size, Kind::Number,
           "Side of the network's input, rounded up to what it needs; that of the model if not given")
      .unit("px")
      .range(32, 8192)
      .label("Patch size")
      .advanced();
  tiling
      .add("overlap", &MappingOptions::overlap, Kind::Number,
           "Least overlap of neighbouring patches, as share of the patch; that of the model if not given, or "
           "0.125 where it says none")
      .range(0, 0.5)
      .label("Overlap")
      .advanced();
  tiling
      .add("fusion", &MappingOptions::fusion, Kind::Choice,
           "How the levels become one; model: as its manifest says")
      .choices({"model", "log-linear", "mean-softmax"})
      .label("Fusion of the levels")
      .advanced();
}

template <class Options>
void declare_scene_part(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const MappingDeclarations<Options> part(table, "Part of the scene");
  part.add("area", &MappingOptions::area, Kind::VectorIn,
           "Map only inside the polygons of this {cli:file ('FILE|layername=NAME': of one "
           "layer)}{dialog:layer}; the output is cut to them")
      .label("Mask layer");
  part.add("projwin", &MappingOptions::projwin, Kind::Number,
           "Map only this box in the scene's CRS: upper-left x and y, lower-right x and y")
      .metavar("ULX ULY LRX LRY")
      .count(4)
      .label("Extent");
}

template <class Options>
void declare_machine_use(OperationTable<Options>& table) {
  using Kind = ParameterKind;
  const MappingDeclarations<Options> machine(table, "Machine");
  machine
      .add("device", &MappingOptions::device, Kind::Text,
           "Where the network runs: auto, cpu, cuda, cuda:N, or cuda:auto: each process that a launcher "
           "starts on a machine on a GPU of its own")
      .label("Device")
      .advanced();
  machine
      .add("batch-size", &MappingOptions::batch_size, Kind::Number,
           "Patches in one forward pass; 0: 1 on the CPU, on CUDA as many as its memory holds and its speed "
           "wants")
      .range(0, 256)
      .label("Patches at once")
      .advanced();
  machine
      .add("precision", &MappingOptions::precision, Kind::Choice,
           "Numbers that the network computes with; the half precisions are for CUDA, where auto is float32 "
           "with factors rounded to 10 bits (TF32) and float32 rounds nothing")
      .choices({"auto", "float32", "float16", "bfloat16"})
      .label("Precision")
      .advanced();
  machine
      .add("threads", &MappingOptions::threads, Kind::Number,
           "CPU threads: of the network, or of reading and writing where it is on CUDA; 0: all cores")
      .range(0, 1024)
      .label("CPU threads")
      .advanced();
  machine
      .add(
          "memory", &MappingOptions::memory, Kind::Text,
          "Most memory that the run may take, e.g. 4GiB; auto: 2GiB, on CUDA half of what is free, 2 to 8GiB")
      .label("Memory limit")
      .advanced();
}

}  // namespace orthocover::operations
