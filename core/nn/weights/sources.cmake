# Sources of core/nn/weights, relative to core/nn; tensor_map.cpp is listed there.
set(ORTHOCOVER_NN_WEIGHTS_SOURCES
  model_manifest.cpp
  model_package.cpp
  weights/byte_source.cpp
  weights/dtype.cpp
  weights/json_field.cpp
  weights/pending_folder.cpp
  weights/safetensors.cpp
  weights/strict_json.cpp)
