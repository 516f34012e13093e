#include "core/training/loss.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/legend/legend.h"

namespace orthocover {
namespace {

namespace F = torch::nn::functional;

/// Of the likelihood that a pixel lacks, for the focal loss.
constexpr double kLeastMissing = 1e-7;

constexpr std::array<std::pair<const char*, LossKind>, 4> kNames = {
    {{"cross-entropy", LossKind::CrossEntropy},
     {"focal", LossKind::Focal},
     {"dice", LossKind::Dice},
     {"lovasz", LossKind::Lovasz}}};

LossKind kind_of(const std::string& name, const std::string& what) {
  std::vector<std::string> known;
  for (const auto& [text, kind] : kNames) {
    if (name == text) return kind;
    known.emplace_back(text);
  }
  throw usage_error("{}: no loss is called '{}'{}; there are {}, joined as cross-entropy+0.5*lovasz", what,
                    name, did_you_mean(name, known), join(known));
}

LossTerm term_of(const std::string& text, const std::string& what) {
  const std::size_t star = text.find('*');
  if (star == std::string::npos) return {kind_of(text, what), 1};
  const LossTerm term{kind_of(text.substr(star + 1), what),
                      number_of<double>(text.substr(0, star)).value_or(0)};
  if (!(term.weight > 0 && term.weight <= 1000)) {
    throw usage_error("{}: '{}' is no weight; write a number above 0, as in 0.5*lovasz", what,
                      text.substr(0, star));
  }
  return term;
}

bool is_per_pixel(LossKind kind) {
  return kind == LossKind::CrossEntropy || kind == LossKind::Focal;
}

/// 1 where another class lies within `radius` pixels.
torch::Tensor near_boundary(const torch::Tensor& labels, int radius) {
  const torch::Tensor values = labels.to(torch::kFloat).unsqueeze(1);
  const torch::Tensor ignored = labels.eq(kIgnoreLabel).unsqueeze(1);
  const auto largest = [&](const torch::Tensor& of) {
    return F::max_pool2d(of, F::MaxPool2dFuncOptions(2 * radius + 1).stride(1).padding(radius)).squeeze(1);
  };
  const torch::Tensor high = largest(values.masked_fill(ignored, -1));
  const torch::Tensor low = -largest(-values.masked_fill(ignored, kIgnoreLabel + 1));
  return high.gt(low);
}

/// 1 minus the Dice coefficient of one class.
torch::Tensor dice(const torch::Tensor& probability, const torch::Tensor& target) {
  return 1 - (2 * (probability * target).sum() + 1) / (probability.sum() + target.sum() + 1);
}

/// The convex surrogate of 1 minus the IoU of one class.
torch::Tensor lovasz(const torch::Tensor& probability, const torch::Tensor& target) {
  const auto [errors, order] = (target - probability).abs().sort(/*dim=*/0, /*descending=*/true);
  const torch::Tensor sorted = target.index_select(0, order);
  const torch::Tensor total = sorted.sum();
  const torch::Tensor jaccard =
      1 - (total - sorted.cumsum(0)) / (total + (1 - sorted).cumsum(0)).clamp_min(1);
  const torch::Tensor gradient =
      torch::cat({jaccard.narrow(0, 0, 1),
                  jaccard.narrow(0, 1, jaccard.size(0) - 1) - jaccard.narrow(0, 0, jaccard.size(0) - 1)});
  return errors.dot(gradient.detach());
}

}  // namespace

std::vector<LossTerm> parse_loss(const std::string& text, const std::string& what) {
  std::vector<LossTerm> terms;
  for (const std::string& part : split(text, '+')) terms.push_back(term_of(part, what));
  if (terms.empty()) throw usage_error("{}: is empty; cross-entropy is the plainest loss", what);
  return terms;
}

SegmentationLoss::SegmentationLoss(LossOptions options, int classes)
    : m_options(std::move(options)), m_classes(classes) {
  const std::vector<double>& weights = m_options.class_weights;
  if (!weights.empty() && static_cast<int>(weights.size()) != classes) {
    throw usage_error("--class-weights: {} weights for {} classes; give one for each, in the legend's order",
                      weights.size(), classes);
  }
}

torch::Tensor SegmentationLoss::pixel_weights(const torch::Tensor& labels) const {
  torch::Tensor weights = labels.ne(kIgnoreLabel).to(torch::kFloat);
  if (!m_options.class_weights.empty()) {
    torch::Tensor table = torch::ones(256);
    const auto weight_of = [&](int c) { return m_options.class_weights[static_cast<std::size_t>(c)]; };
    for (int c = 0; c < m_classes; ++c) table[c] = weight_of(c);
    for (std::size_t k = 0; k < m_options.groups.size(); ++k) {
      double sum = 0;
      for (const auto member : m_options.groups[k]) sum += weight_of(static_cast<int>(member));
      table[m_classes + static_cast<int>(k)] = sum / static_cast<double>(m_options.groups[k].size());
    }
    weights = weights * table.to(labels.device()).index({labels.to(torch::kLong)});
  }
  if (m_options.boundary_weight > 0) {
    weights = weights * (1 + m_options.boundary_weight * near_boundary(labels, m_options.boundary_px));
  }
  return weights;
}

LossTotals SegmentationLoss::totals(const torch::Tensor& labels) const {
  const torch::NoGradGuard no_gradients;
  // In double: the sum over a large batch must not depend on how it is cut.
  const auto patches = [](const torch::Tensor& counted) {
    return counted.flatten(1).any(1).sum().item<double>();
  };
  return {pixel_weights(labels).sum(torch::kDouble).item<double>() * m_options.hardest_share,
          patches(labels.ne(kIgnoreLabel)), patches(labels.lt(m_classes))};
}

torch::Tensor SegmentationLoss::log_likelihood(const torch::Tensor& log_probability,
                                               const torch::Tensor& labels) const {
  const torch::Tensor index = labels.to(torch::kLong).clamp_max(m_classes - 1).unsqueeze(1);
  torch::Tensor likelihood = log_probability.gather(1, index).squeeze(1);
  for (std::size_t k = 0; k < m_options.groups.size(); ++k) {
    const torch::Tensor of_group = labels.eq(m_classes + static_cast<int>(k));
    const torch::Tensor members =
        torch::tensor(std::vector<std::int64_t>(m_options.groups[k].begin(), m_options.groups[k].end()))
            .to(labels.device());
    likelihood = torch::where(of_group, log_probability.index_select(1, members).logsumexp(1), likelihood);
  }
  return likelihood;
}

torch::Tensor SegmentationLoss::pixel_loss(LossKind kind, const torch::Tensor& log_probability,
                                           const torch::Tensor& labels) const {
  const torch::Tensor likelihood = log_likelihood(log_probability, labels);
  if (kind == LossKind::Focal) {
    // Above 0, where the power has a slope: the sum over a group may be a rounding above 1.
    const torch::Tensor missing = (-likelihood.expm1()).clamp_min(kLeastMissing);
    return -missing.pow(m_options.focal_gamma) * likelihood;
  }
  const double smoothing = m_options.label_smoothing;
  if (smoothing == 0) return -likelihood;
  return -(1 - smoothing) * likelihood - smoothing * log_probability.mean(1);
}

torch::Tensor SegmentationLoss::hardest(const torch::Tensor& losses, const torch::Tensor& weights) const {
  const torch::NoGradGuard no_gradients;
  torch::Tensor kept = torch::zeros_like(weights);
  for (std::int64_t i = 0; i < losses.size(0); ++i) {
    const torch::Tensor labelled = weights[i].flatten().gt(0);
    const double count = labelled.sum().item<double>();
    if (count == 0) continue;
    const torch::Tensor ranked = losses[i].flatten().masked_fill(labelled.logical_not(), -1);
    const double share = m_options.hardest_share * count;
    const auto keep = std::max<std::int64_t>(1, std::llround(share));
    // Whole pixels stand for the share, however few there are.
    kept[i].flatten().index_fill_(0, std::get<1>(ranked.topk(keep)), share / static_cast<double>(keep));
  }
  return weights * kept;
}

torch::Tensor SegmentationLoss::patch_loss(LossKind kind, const torch::Tensor& probability,
                                           const torch::Tensor& labels) const {
  // Has a gradient where no patch counts, too, as every pass needs where several processes add theirs up.
  torch::Tensor sum = 0 * probability.sum();
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    const torch::Tensor flat = labels[i].flatten();
    const torch::Tensor known = flat.lt(m_classes).nonzero().squeeze(1);
    if (known.size(0) == 0) continue;
    const torch::Tensor truth = flat.index_select(0, known);
    const torch::Tensor scores = probability[i].flatten(1).index_select(1, known);
    torch::Tensor of_patch = torch::zeros({}, probability.options());
    int occurring = 0;
    for (int c = 0; c < m_classes; ++c) {
      const torch::Tensor target = truth.eq(c).to(scores.scalar_type());
      if (!target.any().item<bool>()) continue;
      of_patch = of_patch + (kind == LossKind::Dice ? dice(scores[c], target) : lovasz(scores[c], target));
      ++occurring;
    }
    sum = sum + of_patch / occurring;
  }
  return sum;
}

torch::Tensor SegmentationLoss::operator()(const torch::Tensor& logits, const torch::Tensor& labels,
                                           const LossTotals& totals) const {
  const torch::Tensor log_probability = logits.to(torch::kFloat).log_softmax(1);
  const torch::Tensor weights = pixel_weights(labels);
  const double patches = std::max(1.0, totals.patches);
  torch::Tensor sum = torch::zeros({}, log_probability.options());
  for (const LossTerm& term : m_options.terms) {
    if (!is_per_pixel(term.kind)) {
      sum = sum + term.weight / std::max(1.0, totals.class_patches) *
                      patch_loss(term.kind, log_probability.exp(), labels);
      continue;
    }
    const torch::Tensor losses = pixel_loss(term.kind, log_probability, labels);
    const torch::Tensor counted = m_options.hardest_share < 1 ? hardest(losses, weights) : weights;
    if (m_options.mean_over_patches) {
      const torch::Tensor of_patch = weights.sum({1, 2}) * m_options.hardest_share;
      sum = sum + term.weight / patches * ((losses * counted).sum({1, 2}) / of_patch.clamp_min(1e-6)).sum();
    } else {
      sum = sum + term.weight / std::max(1e-6, totals.pixel_weight) * (losses * counted).sum();
    }
  }
  return sum;
}

}  // namespace orthocover
