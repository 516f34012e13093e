#include "core/inference/onednn/weight_store.h"

#include "core/inference/onednn/parallel.h"
#include "core/inference/onednn/vectors.h"
#include "core/inference/onednn/winograd.h"

namespace orthocover::onednn {
namespace {

/// The stored channels that mean something, and which channels they are.
struct Meant {
  torch::Tensor stored, channels;

  explicit Meant(const std::vector<int>& lanes) {
    std::vector<std::int64_t> at, which;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      if (lanes[i] < 0) continue;
      at.push_back(static_cast<std::int64_t>(i));
      which.push_back(lanes[i]);
    }
    stored = torch::tensor(at);
    channels = torch::tensor(which);
  }
};

/// Whether the channels are stored in order, and nothing else is.
bool is_plain(const std::vector<int>& lanes, std::int64_t channels) {
  if (static_cast<std::int64_t>(lanes.size()) != channels) return false;
  for (std::size_t i = 0; i < lanes.size(); ++i)
    if (lanes[i] != static_cast<int>(i)) return false;
  return true;
}

/// @shape [out, in / groups, rows, cols] -> [stored out, stored in or 1, rows, cols]
torch::Tensor widened(const Op& conv, const std::vector<int>& out, const std::vector<int>& in) {
  const torch::Tensor weight = conv.weight.detach().contiguous();
  const bool in_is_plain = conv.geometry.groups > 1 || in.empty() || is_plain(in, weight.size(1));
  if (is_plain(out, weight.size(0)) && in_is_plain) return weight;
  const Meant rows(out);
  const auto out_lanes = static_cast<std::int64_t>(out.size());
  torch::Tensor tall = torch::zeros({out_lanes, weight.size(1), weight.size(2), weight.size(3)});
  tall.index_copy_(0, rows.stored, weight.index_select(0, rows.channels));
  if (in_is_plain) return tall;
  const Meant cols(in);
  torch::Tensor wide =
      torch::zeros({out_lanes, static_cast<std::int64_t>(in.size()), weight.size(2), weight.size(3)});
  wide.index_copy_(1, cols.stored, tall.index_select(1, cols.channels));
  return wide;
}

/// The longest run of values that belong to one channel each, throughout.
std::int64_t run_length(const torch::Tensor& channels) {
  for (const std::int64_t run : {16, 8}) {
    if (channels.numel() % run != 0) continue;
    const torch::Tensor rows = channels.reshape({-1, run});
    if (torch::equal(rows, rows.narrow(1, 0, 1).expand_as(rows).contiguous())) return run;
  }
  return 1;
}

}  // namespace

torch::Tensor WeightStore::reordered(const torch::Tensor& plain, const api::Desc& wanted) const {
  const torch::Tensor packed = torch::zeros({static_cast<std::int64_t>(wanted.get_size() / sizeof(float))});
  const dnnl::memory::dims sizes = plain.sizes().vec();
  const auto tag = sizes.size() == 5 ? api::Tag::abcde : api::Tag::abcd;
  dnnl::memory from(api::floats(sizes, tag), m_engine, plain.data_ptr<float>());
  dnnl::memory to(wanted, m_engine, packed.data_ptr<float>());
  dnnl::stream stream(m_engine);
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  return packed;
}

const WeightStore::Packed& WeightStore::packed(const Op& conv, const std::vector<int>& out,
                                               const std::vector<int>& in, const api::Desc& wanted) {
  for (const Entry& entry : m_entries)
    if (entry.id == conv.id && entry.desc == wanted) return *entry.packed;
  auto packed = std::make_unique<Packed>();
  torch::Tensor plain = widened(conv, out, in);
  if (conv.gate >= 0) {
    const torch::Tensor column = torch::arange(plain.size(1), torch::kFloat).reshape({1, -1, 1, 1});
    const torch::Tensor channels = reordered(column.expand_as(plain).contiguous(), wanted);
    packed->run = run_length(channels);
    packed->channels = channels.reshape({-1, packed->run}).select(1, 0).to(torch::kInt).contiguous();
  }
  if (conv.geometry.groups > 1) plain = plain.unsqueeze(1);
  packed->values = reordered(plain.contiguous(), wanted);
  m_entries.push_back({conv.id, wanted, std::move(packed)});
  return *m_entries.back().packed;
}

std::uint64_t WeightStore::bytes() const {
  std::uint64_t sum = 0;
  for (const Entry& entry : m_entries) {
    sum += entry.packed->values.nbytes();
    if (entry.packed->channels.defined()) sum += entry.packed->channels.nbytes();
  }
  for (const auto& [id, values] : m_own) sum += values.nbytes();
  return sum;
}

torch::Tensor WeightStore::by_taps(const Op& conv, const std::vector<int>& lanes, std::int64_t block) {
  const torch::Tensor plain = widened(conv, lanes, {});
  return plain.reshape({-1, block, plain.numel() / plain.size(0)}).transpose(1, 2).contiguous();
}

torch::Tensor WeightStore::winograd(const Op& conv, const std::vector<int>& out, const std::vector<int>& in,
                                    std::int64_t block) {
  torch::Tensor& made = m_own[conv.id];
  if (made.defined()) return made;
  const torch::Tensor plain = widened(conv, out, in).contiguous();
  made = torch::empty({plain.size(0), plain.size(1), winograd::kProducts});
  const auto* from = plain.data_ptr<float>();
  auto* to = made.data_ptr<float>();
  parallel_for(vectors::groups(plain.size(0) / block), 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t group = first; group < last; ++group)
      winograd::transform_weights(from, plain.size(0), plain.size(1), block, group, to);
  });
  return made;
}

torch::Tensor WeightStore::pointwise(const Op& conv, const std::vector<int>& out, const std::vector<int>& in,
                                     std::int64_t block) {
  torch::Tensor& made = m_own[conv.id];
  if (made.defined()) return made;
  const torch::Tensor plain = widened(conv, out, in).flatten(1);
  std::vector<torch::Tensor> groups;
  for (const torch::Tensor& group : plain.split(vectors::kGroup * block))
    groups.push_back(group.t().flatten());
  made = torch::cat(groups);
  return made;
}

torch::Tensor WeightStore::bias(const Op& conv, const std::vector<int>& out) {
  torch::Tensor wide = torch::zeros({static_cast<std::int64_t>(out.size())});
  if (!conv.bias.defined()) return wide;
  const Meant rows(out);
  return wide.index_copy_(0, rows.stored, conv.bias.detach().index_select(0, rows.channels));
}

}  // namespace orthocover::onednn
