# Sources of core/nn/weights and of the model package, relative to core/nn; tensor_map.cpp is listed there.
set(ORTHOCOVER_NN_WEIGHTS_SOURCES
  model_manifest.cpp
  model_package.cpp
  weights/checkpoint.cpp
  weights/dtype.cpp
  weights/encoder_weights.cpp
  weights/json_field.cpp
  weights/pending_folder.cpp
  weights/pickle_opcodes.cpp
  weights/pickle_tensor.cpp
  weights/restricted_pickle.cpp
  weights/safetensors.cpp
  weights/torch_stream.cpp
  weights/torch_zip.cpp
  weights/weight_fit.cpp
  weights/zip_reader.cpp)
