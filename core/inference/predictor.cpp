#include "core/inference/predictor.h"

#include <algorithm>
#include <array>
#include <new>

#include "core/base/error.h"
#include "core/base/rows.h"
#include "core/inference/onednn/compiled_network.h"
#include "core/nn/tensor_peak.h"

namespace orthocover {
namespace {

bool is_on(const nn::SegmentationNetwork& network, const torch::Device& device) {
  const auto is_there = [&](const torch::Tensor& tensor) { return tensor.device() == device; };
  return std::ranges::all_of(network.parameters(), is_there) &&
         std::ranges::all_of(network.buffers(), is_there);
}

torch::ScalarType type_of(const nn::SegmentationNetwork& network) {
  const auto parameters = network.parameters();
  return parameters.empty() ? torch::kFloat : parameters.front().scalar_type();
}

/// A patch as a tensor that keeps it alive, or in page-locked memory.
template <class Value>
torch::Tensor tensor_of(const std::shared_ptr<PixelBlockOf<Value>>& patch, bool is_pinned) {
  const std::array<std::int64_t, 4> shape = {1, patch->bands, patch->rows, patch->cols};
  constexpr auto kType = c10::CppTypeToScalarType<Value>::value;
  if (is_pinned) return nn::locked_tensor(shape, kType);
  return torch::from_blob(
      patch->values.data(), shape, [patch](void*) {}, kType);
}

rows::Stretch stretch_of(const BandScaling& s) {
  return {static_cast<float>(s.gain), static_cast<float>(s.offset), static_cast<float>(s.limit),
          static_cast<float>(s.scale / s.std), static_cast<float>(-s.mean / s.std)};
}

/// Whether values are only scaled and shifted, as those of the model's own data type are.
bool is_unstretched(const rows::Stretch& by) {
  return by.gain == 1 && by.offset == 0 && by.limit >= 1e30F;
}

}  // namespace

ReadyNetwork::ReadyNetwork(std::shared_ptr<nn::SegmentationNetwork> loaded, const torch::Device& where,
                           int bands)
    : network(std::move(loaded)), device(where), uploads(where) {
  // What is as it should be is left alone: another thread may be in its forward pass.
  if (!is_on(*network, device)) network->to(device);
  if (network->is_training()) network->eval();
  if (device.is_cpu()) compiled = onednn::CompiledNetwork::make(*network, bands);
}

Predictor::Predictor(ReadyNetwork network, std::vector<BandScaling> scaling)
    : m_ready(std::move(network)),
      m_scaling(std::move(scaling)),
      m_device_scaling(m_scaling, m_ready.device),
      m_type(type_of(*m_ready.network)) {
  std::ranges::transform(m_scaling, std::back_inserter(m_stretches), stretch_of);
}

Predictor::Predictor(std::shared_ptr<nn::SegmentationNetwork> network, const torch::Device& device,
                     std::vector<BandScaling> scaling)
    : Predictor(ReadyNetwork(std::move(network), device, static_cast<int>(scaling.size())), scaling) {}

DeviceScaling::DeviceScaling(const std::vector<BandScaling>& scaling, const torch::Device& device) {
  const auto of_bands = [&](float rows::Stretch::*number) {
    std::vector<float> numbers;
    for (const BandScaling& band : scaling) numbers.push_back(stretch_of(band).*number);
    return nn::sent_to(device, torch::tensor(numbers, torch::kFloat).view({1, -1, 1, 1}));
  };
  m_factor = of_bands(&rows::Stretch::factor);
  m_shift = of_bands(&rows::Stretch::shift);
  if (std::ranges::all_of(scaling, [](const BandScaling& band) { return is_unstretched(stretch_of(band)); }))
    return;
  m_gain = of_bands(&rows::Stretch::gain);
  m_offset = of_bands(&rows::Stretch::offset);
  m_limit = of_bands(&rows::Stretch::limit);
}

torch::Tensor DeviceScaling::operator()(const torch::Tensor& bytes) const {
  // In the order that the network's kernels want: each pass over the values costs a device as much as a
  // layer.
  const auto order = bytes.is_cpu() ? torch::MemoryFormat::Contiguous : torch::MemoryFormat::ChannelsLast;
  torch::Tensor values = bytes.to(torch::kFloat, /*non_blocking=*/false, /*copy=*/false, order);
  if (m_gain.defined()) values = torch::minimum(values.mul_(m_gain).add_(m_offset).clamp_min_(0), m_limit);
  return values.mul_(m_factor).add_(m_shift);
}

torch::Tensor Predictor::prepare(std::shared_ptr<PixelBlock> patch) const {
  const PixelBlock& from = *patch;
  const torch::Tensor input = tensor_of(patch, m_ready.device.is_cuda());
  const std::int64_t pixels = from.cols * from.rows;
  for (int band = 0; band < from.bands; ++band) {
    const rows::Stretch& by = m_stretches[static_cast<std::size_t>(band)];
    float* const to = input.data_ptr<float>() + band * pixels;
    if (is_unstretched(by))
      rows::scale(from.band(band), pixels, by.factor, by.shift, to);
    else
      rows::stretch(from.band(band), pixels, by, to);
  }
  return input;
}

torch::Tensor Predictor::prepare(std::shared_ptr<ByteBlock> patch) const {
  const bool is_pinned = m_ready.device.is_cuda();
  const torch::Tensor input = tensor_of(patch, is_pinned);
  if (is_pinned) std::ranges::copy(patch->values, input.data_ptr<std::uint8_t>());
  return input;
}

torch::Tensor Predictor::forward(const std::vector<torch::Tensor>& inputs) {
  const nn::InferenceScope scope;
  const torch::Tensor batch = inputs.size() == 1 ? inputs.front() : torch::cat(inputs);
  if (m_ready.compiled != nullptr)
    if (torch::Tensor scores = m_ready.compiled->forward(batch, m_stretches); scores.defined()) return scores;
  const torch::Tensor numbers = batch.scalar_type() == torch::kByte ? m_device_scaling(batch) : batch;
  return m_ready.network->forward_scores(numbers).to(torch::kFloat32).contiguous();
}

torch::Tensor Predictor::upload(const std::vector<torch::Tensor>& inputs) const {
  const torch::Tensor& first = inputs.front();
  const auto count = static_cast<std::int64_t>(inputs.size());
  torch::Tensor batch;
  nn::DeviceEvent uploaded;
  {
    const nn::DeviceStream::Scope beside(m_ready.uploads);
    batch = torch::empty({count, first.size(1), first.size(2), first.size(3)},
                         torch::TensorOptions(m_ready.device).dtype(first.scalar_type()));
    for (std::int64_t i = 0; i < count; ++i)
      batch.select(0, i).copy_(inputs[static_cast<std::size_t>(i)].select(0, 0), /*non_blocking=*/true);
    uploaded = nn::DeviceEvent::now(m_ready.device);
  }
  uploaded.hold_back(m_ready.device);
  nn::use_on_this_stream(batch);
  return batch.scalar_type() == torch::kFloat ? batch : m_device_scaling(batch);
}

torch::Tensor Predictor::forward_on_device(const std::vector<torch::Tensor>& inputs) {
  const nn::InferenceScope scope;
  const torch::Tensor batch = upload(inputs);
  return m_ready.network->forward_scores(
      batch.to(m_type, /*non_blocking=*/false, /*copy=*/false, torch::MemoryFormat::ChannelsLast));
}

torch::Tensor Predictor::scores(const std::vector<torch::Tensor>& inputs) {
  return scores_on_device(inputs).to(torch::kCPU, torch::kFloat32).contiguous();
}

torch::Tensor Predictor::scores_on_device(const std::vector<torch::Tensor>& inputs) {
  if (inputs.size() <= m_most_at_once)
    if (torch::Tensor scores = pass(inputs, {}); scores.defined()) return scores;
  return torch::stack(scores_of_each(inputs));
}

std::vector<torch::Tensor> Predictor::scores_of_each(const std::vector<torch::Tensor>& inputs,
                                                     const Then& then) {
  std::vector<torch::Tensor> each;
  while (each.size() < inputs.size()) {
    const auto first = inputs.begin() + static_cast<std::ptrdiff_t>(each.size());
    const std::size_t count = std::min(m_most_at_once, inputs.size() - each.size());
    const torch::Tensor scores = pass({first, first + static_cast<std::ptrdiff_t>(count)}, then);
    for (std::int64_t i = 0; scores.defined() && i < scores.size(0); ++i) each.push_back(scores[i]);
  }
  return each;
}

/// Undefined when memory was short for so many patches.
torch::Tensor Predictor::pass(const std::vector<torch::Tensor>& inputs, const Then& then) {
  try {
    const torch::Tensor scores = m_ready.device.is_cpu() ? forward(inputs) : forward_on_device(inputs);
    return then ? then(scores) : scores;
  } catch (const c10::Error& error) {
    const bool is_short = nn::is_out_of_memory(error) || (inputs.size() > 1 && nn::lacks_plan(error));
    if (!is_short) throw internal_error("the network failed: {}", error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    // What is not a tensor is short of memory as well.
  }
  shrink(inputs);
  return {};
}

/// @throws Error{Resource} when there is nothing to shrink
void Predictor::shrink(const std::vector<torch::Tensor>& inputs) {
  if (inputs.size() == 1) {
    throw resource_error(
        "a patch of {} x {} px does not fit into the memory of {}; use a smaller --patch-size",
        inputs.front().size(3), inputs.front().size(2), m_ready.device.str());
  }
  m_most_at_once = std::min(m_most_at_once, inputs.size() / 2);
}

double Predictor::tensor_bytes_per_pixel() {
  const std::int64_t side = std::max<std::int64_t>(256, m_ready.network->size_multiple());
  const auto pixels = static_cast<double>(side * side);
  if (m_ready.compiled != nullptr)
    if (const auto bytes = m_ready.compiled->tensor_bytes(side, side))
      return static_cast<double>(*bytes) / pixels;
  const torch::Tensor input = torch::zeros({1, static_cast<std::int64_t>(m_scaling.size()), side, side});
  const TensorPeak peak(m_ready.device.is_cpu());
  scores_on_device({input});
  return static_cast<double>(peak.bytes()) / pixels;
}

std::uint64_t Predictor::weight_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& tensor : m_ready.network->parameters()) bytes += tensor.numel() * tensor.element_size();
  if (m_ready.compiled != nullptr) bytes += m_ready.compiled->weight_bytes();
  for (const auto& tensor : m_ready.network->buffers()) bytes += tensor.numel() * tensor.element_size();
  return bytes;
}

}  // namespace orthocover
