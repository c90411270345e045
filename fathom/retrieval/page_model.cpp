#include "fathom/retrieval/page_model.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "fathom/model/safetensors.h"
#include "fathom/pages/sentence_selection.h"

namespace fathom::retrieval {
namespace {

constexpr double least_length = 1e-12;
constexpr const char *scale_name = "scale", *table_name = "embeddings";  // scale: log(1/temperature), no part of the encoder

at::Tensor unit(const at::Tensor& x) { return x / x.norm(2, -1, true).clamp_min(least_length); }

bool ends_with(const std::string& name, const char* end) { return name.ends_with(end); }

// What each parameter begins with: see the constructor.
at::Tensor initial(const pages::TensorShape& shape, std::int64_t width, at::Generator& generator) {
  const bool norm_weight = ends_with(shape.name, "norm.weight");
  const bool off_at_first = ends_with(shape.name, ".bias") || ends_with(shape.name, "down.weight") || shape.name == "context_out.weight" ||
                            ends_with(shape.name, ".out.weight");
  if (norm_weight) return at::ones({shape.rows, shape.columns});
  if (shape.name == "neighbours") return at::tensor({0.0F, std::log(20.0F), std::log(0.5F)}).view({1, 3});
  if (shape.name == "page_parts" || shape.name == "query_parts") {
    // Near the identity, each part a little different.
    const std::int64_t parts = shape.rows / width;
    return at::eye(width).repeat({parts, 1}) +
           at::empty({shape.rows, width}).normal_(0.0, 0.5 / std::sqrt(static_cast<double>(width)), generator);
  }
  if (off_at_first || (shape.name == "pool" && shape.rows == 1)) return at::zeros({shape.rows, shape.columns});
  const double deviation = shape.name == "positions" || shape.name == "roles" ? 0.1 : 1.0 / std::sqrt(static_cast<double>(shape.columns));
  return at::empty({shape.rows, shape.columns}).normal_(0.0, deviation, generator);
}

}  // namespace

PageModel::PageModel(const pages::EncoderConfig& config, const at::Tensor& rows, const at::Tensor& word_weights, std::uint64_t seed,
                     at::Device device)
    : config_(config), table_(rows.clone().to(device)) {
  at::Generator generator = at::detail::createCPUGenerator(seed + 1);
  for (const pages::TensorShape& shape : pages::tensor_shapes(config_)) {
    if (shape.name == table_name) continue;
    const at::Tensor value = shape.name == "word_weights" ? word_weights.clone() : initial(shape, config_.width, generator);
    parameters_[shape.name] = value.to(device).contiguous();
  }
  parameters_[scale_name] = at::zeros({1, 1}, table_.options());
}

std::vector<nn::Parameter> PageModel::parameters() const {
  std::vector<nn::Parameter> out;
  for (const auto& [name, tensor] : parameters_)
    out.push_back({name, tensor, ends_with(name, ".weight") && !ends_with(name, "norm.weight")});
  return out;
}

at::Tensor PageModel::scale() const { return parameter(scale_name).exp().clamp_max(200.0); }

void PageModel::set_temperature(double temperature) { parameters_.at(scale_name).detach().fill_(std::log(1.0 / temperature)); }

at::Tensor PageModel::linear(const std::string& name, const at::Tensor& x) const {
  return at::linear(x, parameter(name + ".weight"), parameter(name + ".bias").view({-1}));
}

at::Tensor PageModel::norm(const std::string& name, const at::Tensor& x) const {
  return at::layer_norm(x, {config_.width}, parameter(name + ".weight").view({-1}), parameter(name + ".bias").view({-1}));
}

at::Tensor PageModel::feed_forward(const std::string& prefix, const at::Tensor& x) const {
  return linear(prefix + "down", at::gelu(linear(prefix + "up", x)));
}

at::Tensor PageModel::attend(const at::Tensor& qkv, const at::Tensor& absent) const {
  const std::int64_t chunks = qkv.size(0), length = qkv.size(1), head_width = config_.width / config_.heads;
  const at::Tensor parts = qkv.view({chunks, length, 3, config_.heads, head_width}).permute({2, 0, 3, 1, 4});
  const at::Tensor scores = at::matmul(parts[0] / std::sqrt(static_cast<double>(head_width)), parts[1].transpose(2, 3));
  const at::Tensor share =
      at::softmax(scores.masked_fill(absent.view({chunks, 1, 1, length}), -std::numeric_limits<float>::infinity()), -1);
  return at::matmul(share, parts[2]).transpose(1, 2).reshape({chunks, length, config_.width});
}

at::Tensor PageModel::transform(const PageBatch& batch, const at::Tensor& titles, const at::Tensor& sentences) const {
  const at::Tensor sums = at::zeros({batch.pages, config_.width}, sentences.options()).index_add(0, batch.page_of, sentences);
  std::vector<std::int64_t> sizes;
  for (std::size_t p = 0; p + 1 < batch.begins.size(); ++p) sizes.push_back(batch.begins[p + 1] - batch.begins[p]);
  const at::Tensor means = sums / at::tensor(sizes, at::kFloat).to(sums.device()).unsqueeze(1);
  const at::Tensor placed = sentences + parameter("positions").index_select(0, batch.positions);
  const at::Tensor all = at::cat({titles, means, placed, at::zeros({1, config_.width}, sentences.options())});
  const std::int64_t chunks = batch.chunk_slots.size(0), length = batch.chunk_slots.size(1);
  const auto gather = [&](const at::Tensor& from, const at::Tensor& slots) {
    return from.index_select(0, slots.view({-1})).view({chunks, length, config_.width});
  };
  const at::Tensor absent = batch.chunk_slots.eq(2 * batch.pages + batch.sentences);
  at::Tensor x = gather(all, batch.chunk_slots) + gather(parameter("roles"), batch.chunk_roles);
  for (std::int64_t i = 0; i < config_.layers; ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    x = x + linear(layer + "out", attend(linear(layer + "qkv", norm(layer + "attention_norm", x)), absent));
    x = x + feed_forward(layer, norm(layer + "feed_forward_norm", x));
  }
  return x.reshape({chunks * length, config_.width}).index_select(0, batch.sentence_slots);
}

EncodedPages PageModel::encode(const PageBatch& batch, const at::Tensor& rows) const {
  const at::Tensor weights = parameter("word_weights").view({-1}).index_select(0, batch.weights).exp() * batch.coefficients;
  const at::Tensor sums = std::get<0>(at::embedding_bag(rows, batch.entries, batch.offsets, /*scale_grad_by_freq=*/false, /*mode=sum*/ 0,
                                                        /*sparse=*/false, weights));
  const at::Tensor z = unit(sums) * std::sqrt(static_cast<double>(config_.width));
  EncodedPages encoded;
  const at::Tensor queries = z.narrow(0, 0, batch.queries);
  encoded.queries = unit(queries + feed_forward("query.", queries));
  const at::Tensor texts = z.narrow(0, batch.queries, batch.pages + batch.sentences);
  const at::Tensor s = texts + feed_forward("sentence.", texts);
  const at::Tensor sentences = s.narrow(0, batch.pages, batch.sentences);
  encoded.context = norm("context_norm", transform(batch, s.narrow(0, 0, batch.pages), sentences));
  encoded.base = unit(sentences + linear("context_out", encoded.context));
  encoded.clicks = feed_forward("click.", encoded.context).view({-1});
  return encoded;
}

at::Tensor PageModel::padded(const PageBatch& batch, const at::Tensor& sentences) const {
  const std::int64_t width = sentences.size(1);
  return at::cat({sentences, at::zeros({1, width}, sentences.options())})
      .index_select(0, batch.page_slots.view({-1}))
      .view({batch.pages, -1, width});
}

PageVectors PageModel::page_vectors(const PageBatch& batch, const EncodedPages& encoded, std::int64_t most) const {
  return config_.form == pages::PageForm::several ? several(batch, encoded, most) : pooled(batch, encoded);
}

PageVectors PageModel::several(const PageBatch& batch, const EncodedPages& encoded, std::int64_t most) const {
  PageVectors result;
  result.sentences.resize(static_cast<std::size_t>(batch.pages));
  const at::Tensor base = encoded.base.detach().cpu().contiguous(), clicks = encoded.clicks.detach().cpu().contiguous();
  at::parallel_for(0, batch.pages, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t p = from; p < to; ++p) {
      const std::int64_t begin = batch.begins[static_cast<std::size_t>(p)], count = batch.begins[static_cast<std::size_t>(p) + 1] - begin;
      result.sentences[static_cast<std::size_t>(p)] = pages::select_sentences(
          base.data_ptr<float>() + begin * config_.width, clicks.data_ptr<float>() + begin, count, config_.width, most, config_.selection);
    }
  });
  std::vector<std::int64_t> slots(static_cast<std::size_t>(batch.pages * most), batch.sentences);
  for (std::int64_t p = 0; p < batch.pages; ++p) {
    const std::vector<std::int64_t>& chosen = result.sentences[static_cast<std::size_t>(p)];
    for (std::size_t k = 0; k < chosen.size(); ++k)
      slots[static_cast<std::size_t>(p * most) + k] = batch.begins[static_cast<std::size_t>(p)] + chosen[k];
    result.counts.push_back(static_cast<std::int64_t>(chosen.size()));
  }
  constexpr float never = -std::numeric_limits<float>::infinity();
  const at::Tensor kept = at::tensor(slots, at::kLong).to(base.device()).to(encoded.base.device()).view({batch.pages, most});
  result.present = kept.ne(batch.sentences);
  const at::Tensor all = padded(batch, encoded.base);
  const at::Tensor own = at::cat({encoded.base, at::zeros({1, config_.width}, encoded.base.options())})
                             .index_select(0, kept.view({-1}))
                             .view({batch.pages, most, config_.width});
  const at::Tensor neighbours = parameter("neighbours").view({-1}).exp();
  const at::Tensor near = at::bmm(all, own.transpose(1, 2)) * neighbours[1];
  const at::Tensor belongs = at::softmax(near.masked_fill(result.present.logical_not().unsqueeze(1), never), -1);
  const at::Tensor there = batch.page_slots.ne(batch.sentences);
  const at::Tensor pull =
      at::softmax(padded(batch, at::matmul(encoded.context, parameter("pool").t())).squeeze(2).masked_fill(there.logical_not(), never), -1);
  const at::Tensor shares = belongs * pull.unsqueeze(2);  // [pages, longest, most]
  const at::Tensor mixed = at::bmm(shares.transpose(1, 2), all) / (shares.sum(1).unsqueeze(2) + least_length);
  const at::Tensor whole = at::bmm(pull.unsqueeze(1), all);  // [pages, 1, width]
  result.values = unit(own + neighbours[0] * mixed + neighbours[2] * whole) * result.present.unsqueeze(2);
  return result;
}

PageVectors PageModel::pooled(const PageBatch& batch, const EncodedPages& encoded) const {
  const at::Tensor all = padded(batch, encoded.base), there = batch.page_slots.ne(batch.sentences);
  const at::Tensor pulls = padded(batch, at::matmul(encoded.context, parameter("pool").t()));
  const at::Tensor shares = at::softmax(pulls.masked_fill(there.logical_not().unsqueeze(2), -std::numeric_limits<float>::infinity()), 1);
  at::Tensor values = at::bmm(shares.transpose(1, 2), all);  // [pages, pools, width]
  if (config_.form == pages::PageForm::one_wide) {
    const at::Tensor parts = parameter("page_parts").view({config_.parts, config_.width, config_.width});
    values = at::bmm(values.transpose(0, 1), parts.transpose(1, 2)).transpose(0, 1).reshape({batch.pages, 1, -1});
  }
  PageVectors result;
  result.values = unit(values);
  result.present = at::ones({batch.pages, 1}, values.options().dtype(at::kBool));
  result.counts.assign(static_cast<std::size_t>(batch.pages), 1);
  return result;
}

at::Tensor PageModel::query_vectors(const at::Tensor& queries) const {
  if (config_.form != pages::PageForm::one_wide) return queries;
  return unit(at::linear(queries, parameter("query_parts")));
}

void PageModel::save(const std::filesystem::path& file) const {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const pages::TensorShape& shape : pages::tensor_shapes(config_))
    tensors.emplace_back(shape.name, (shape.name == table_name ? table_ : parameter(shape.name)).detach());
  model::write_safetensors(file, tensors);
}

std::map<std::string, at::Tensor> PageModel::snapshot() const {
  std::map<std::string, at::Tensor> values = {{table_name, table_.detach().to(at::kCPU, at::kFloat, false, true)}};
  for (const auto& [name, tensor] : parameters_) values[name] = tensor.detach().to(at::kCPU, at::kFloat, false, true);
  return values;
}

void PageModel::restore(const std::map<std::string, at::Tensor>& values) {
  const at::NoGradGuard no_grad;
  table_.copy_(values.at(table_name));
  for (auto& [name, tensor] : parameters_) tensor.copy_(values.at(name));
}

}  // namespace fathom::retrieval
