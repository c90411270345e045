#include "fathom/pages/click_page_encoder.h"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"
#include "fathom/pages/sentence_selection.h"
#include "fathom/vectors/weighted_rows.h"

namespace fathom::pages {
namespace {

void add(std::vector<float>& to, const std::vector<float>& what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i];
}

void append_sum(std::vector<float>& to, const float* a, const float* b, std::int64_t width) {
  for (std::int64_t i = 0; i < width; ++i) to.push_back(a[i] + b[i]);
}

float dot(const float* a, const float* b, std::int64_t width) {
  float sum = 0;
  for (std::int64_t i = 0; i < width; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

std::vector<float> ClickPageEncoder::FeedForward::apply(const float* x, std::int64_t rows) const {
  std::vector<float> inner = up.apply(x, rows);
  gelu(inner);
  return down.apply(inner.data(), rows);
}

bool ClickPageEncoder::append_words(std::string_view text, std::vector<float>& out) const {
  std::vector<std::int32_t> rows;
  std::vector<float> weights;
  for (const std::string& word : encoder_words(text, config_.max_words)) {
    const WordId id = vocabulary_.find(word);
    if (id >= 0) {
      rows.push_back(id);
      weights.push_back(word_weights_[static_cast<std::size_t>(id)]);
      continue;
    }
    const std::vector<std::int32_t> ngrams = vocabulary_.ngram_rows(word);
    rows.insert(rows.end(), ngrams.begin(), ngrams.end());
    weights.resize(rows.size(), word_weights_.back() / std::sqrt(static_cast<float>(ngrams.size())));
  }
  if (rows.empty()) return false;
  const auto width = static_cast<std::size_t>(config_.width);
  out.resize(out.size() + width);
  float* z = out.data() + out.size() - width;
  vectors::sum_weighted_rows(weights.data(), rows.data(), rows.size(), embeddings_.data(), width, z);
  set_length(z, config_.width, std::sqrt(static_cast<float>(config_.width)));
  return true;
}

std::vector<float> ClickPageEncoder::encode_query(std::string_view query) const {
  std::vector<float> z;
  if (!append_words(query, z)) return std::vector<float>(static_cast<std::size_t>(width()), 0.0F);
  add(z, query_.apply(z.data(), 1));
  set_length(z.data(), config_.width, 1.0F);
  if (config_.form != PageForm::one_wide) return z;
  std::vector<float> wide;
  for (const Linear& part : query_parts_) {
    const std::vector<float> projected = part.apply(z.data(), 1);
    wide.insert(wide.end(), projected.begin(), projected.end());
  }
  set_length(wide.data(), width(), 1.0F);
  return wide;
}

std::vector<float> ClickPageEncoder::attend(const std::vector<float>& qkv) const {
  const std::int64_t width = config_.width, head_width = width / config_.heads, rows = static_cast<std::int64_t>(qkv.size()) / (3 * width);
  const auto part = static_cast<std::size_t>(rows * head_width);
  std::vector<float> out(static_cast<std::size_t>(rows * width)), q(part), k(part), v(part);
  const float scale = 1.0F / std::sqrt(static_cast<float>(head_width));
  for (std::int64_t head = 0; head < config_.heads; ++head) {
    for (std::int64_t i = 0; i < rows; ++i) {
      const float* row = qkv.data() + i * 3 * width + head * head_width;
      std::copy_n(row, head_width, q.begin() + i * head_width);
      std::copy_n(row + width, head_width, k.begin() + i * head_width);
      std::copy_n(row + 2 * width, head_width, v.begin() + i * head_width);
    }
    for (float& value : q) value *= scale;
    const Products scores = products(q.data(), rows, k.data(), rows, head_width);
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::vector<float> share = softmax(scores.row(i), rows);
      vectors::sum_weighted_rows(share.data(), nullptr, static_cast<std::size_t>(rows), v.data(), static_cast<std::size_t>(head_width),
                                 out.data() + i * width + head * head_width);
    }
  }
  return out;
}

void ClickPageEncoder::transform(std::vector<float>& x) const {
  const std::int64_t rows = static_cast<std::int64_t>(x.size()) / config_.width;
  for (const Layer& layer : layers_) {
    std::vector<float> normed = x;
    layer.attention_norm.apply(normed.data(), rows);
    add(x, layer.out.apply(attend(layer.qkv.apply(normed.data(), rows)).data(), rows));
    normed = x;
    layer.feed_forward_norm.apply(normed.data(), rows);
    add(x, layer.feed_forward.apply(normed.data(), rows));
  }
}

ClickPageEncoder::Page ClickPageEncoder::read(std::string_view title, const std::vector<std::string_view>& sentences) const {
  const std::int64_t width = config_.width;
  Page page;
  std::vector<float> s;
  for (std::size_t i = 0; i < sentences.size(); ++i)
    if (append_words(sentences[i], s)) page.ordinals.push_back(static_cast<std::int64_t>(i));
  if (page.ordinals.empty()) return page;
  const std::int64_t count = page.size();
  add(s, sentence_.apply(s.data(), count));
  std::vector<float> heading;
  if (!append_words(title, heading)) heading.assign(static_cast<std::size_t>(width), 0.0F);
  add(heading, sentence_.apply(heading.data(), 1));
  std::vector<float> mean(static_cast<std::size_t>(width));
  const std::vector<float> equal(static_cast<std::size_t>(count), 1.0F / static_cast<float>(count));
  vectors::sum_weighted_rows(equal.data(), nullptr, static_cast<std::size_t>(count), s.data(), static_cast<std::size_t>(width),
                             mean.data());

  for (std::int64_t begin = 0; begin < count; begin += config_.chunk) {
    const std::int64_t end = std::min(count, begin + config_.chunk);
    std::vector<float> x;
    append_sum(x, heading.data(), roles_.data(), width);
    append_sum(x, mean.data(), roles_.data() + width, width);
    for (std::int64_t i = begin; i < end; ++i) {
      append_sum(x, s.data() + i * width, roles_.data() + 2 * width, width);
      const float* position = positions_.data() + position_bucket(page.ordinals[static_cast<std::size_t>(i)]) * width;
      for (std::int64_t j = 0; j < width; ++j) x[x.size() - static_cast<std::size_t>(width - j)] += position[j];
    }
    transform(x);
    page.context.insert(page.context.end(), x.begin() + 2 * width, x.end());
  }
  context_norm_.apply(page.context.data(), count);
  page.base = std::move(s);
  add(page.base, context_out_.apply(page.context.data(), count));
  for (std::int64_t i = 0; i < count; ++i) set_length(page.base.data() + i * width, width, 1.0F);
  return page;
}

std::vector<float> ClickPageEncoder::click_logits(const Page& page) const { return click_.apply(page.context.data(), page.size()); }

std::vector<float> ClickPageEncoder::click_probabilities(std::string_view title, const std::vector<std::string_view>& sentences) const {
  const Page page = read(title, sentences);
  std::vector<float> all(sentences.size(), 0.0F);
  const std::vector<float> probabilities = softmax(click_logits(page).data(), page.size());
  for (std::size_t i = 0; i < probabilities.size(); ++i) all[static_cast<std::size_t>(page.ordinals[i])] = probabilities[i];
  return all;
}

std::vector<index::PageVector> ClickPageEncoder::several(const Page& page, std::int64_t most) const {
  const std::int64_t width = config_.width, count = page.size();
  const std::vector<float> logits = click_logits(page);
  const std::vector<std::int64_t> chosen = select_sentences(page.base.data(), logits.data(), count, width, most, config_.selection);
  const auto kept = static_cast<std::int64_t>(chosen.size());
  std::vector<float> own;
  for (const std::int64_t k : chosen) own.insert(own.end(), page.base.begin() + k * width, page.base.begin() + (k + 1) * width);
  // What each sentence gives to each vector.
  const std::vector<float> pull = softmax(pool_.apply(page.context.data(), count).data(), count);
  Products near = products(page.base.data(), count, own.data(), kept, width);
  std::vector<float> shares(static_cast<std::size_t>(kept * count));
  for (std::int64_t j = 0; j < count; ++j) {
    float* row = near.values.data() + j * near.stride;
    for (std::int64_t k = 0; k < kept; ++k) row[k] *= neighbour_sharpness_;
    const std::vector<float> share = softmax(row, kept);
    for (std::int64_t k = 0; k < kept; ++k)
      shares[static_cast<std::size_t>(k * count + j)] = share[static_cast<std::size_t>(k)] * pull[static_cast<std::size_t>(j)];
  }
  std::vector<float> whole(static_cast<std::size_t>(width));
  vectors::sum_weighted_rows(pull.data(), nullptr, static_cast<std::size_t>(count), page.base.data(), static_cast<std::size_t>(width),
                             whole.data());
  std::vector<index::PageVector> vectors;
  for (std::int64_t k = 0; k < kept; ++k) {
    float* share = shares.data() + k * count;
    float sum = 1e-12F;
    for (std::int64_t j = 0; j < count; ++j) sum += share[j];
    for (std::int64_t j = 0; j < count; ++j) share[j] *= neighbour_weight_ / sum;
    std::vector<float> values(static_cast<std::size_t>(width));
    vectors::sum_weighted_rows(share, nullptr, static_cast<std::size_t>(count), page.base.data(), static_cast<std::size_t>(width),
                               values.data());
    for (std::int64_t i = 0; i < width; ++i)
      values[static_cast<std::size_t>(i)] +=
          own[static_cast<std::size_t>(k * width + i)] + page_weight_ * whole[static_cast<std::size_t>(i)];
    set_length(values.data(), width, 1.0F);
    vectors.push_back({page.ordinals[static_cast<std::size_t>(chosen[static_cast<std::size_t>(k)])], std::move(values)});
  }
  return vectors;
}

index::PageVector ClickPageEncoder::pooled(const Page& page) const {
  const std::int64_t width = config_.width, count = page.size(), pools = config_.pools();
  const std::vector<float> pulls = pool_.apply(page.context.data(), count);
  std::vector<float> values, sum(static_cast<std::size_t>(width)), column(static_cast<std::size_t>(count)), total(sum.size(), 0.0F);
  for (std::int64_t part = 0; part < pools; ++part) {
    for (std::int64_t j = 0; j < count; ++j) column[static_cast<std::size_t>(j)] = pulls[static_cast<std::size_t>(j * pools + part)];
    const std::vector<float> share = softmax(column.data(), count);
    vectors::sum_weighted_rows(share.data(), nullptr, static_cast<std::size_t>(count), page.base.data(), static_cast<std::size_t>(width),
                               sum.data());
    add(total, sum);
    if (config_.form == PageForm::one_wide) {
      const std::vector<float> projected = page_parts_[static_cast<std::size_t>(part)].apply(sum.data(), 1);
      values.insert(values.end(), projected.begin(), projected.end());
    }
  }
  if (config_.form == PageForm::one) values = total;
  set_length(values.data(), this->width(), 1.0F);
  // The vector stands for the sentence nearest to what was pooled.
  std::int64_t nearest = 0;
  float most = -std::numeric_limits<float>::infinity();
  for (std::int64_t j = 0; j < count; ++j) {
    const float near = dot(page.base.data() + j * width, total.data(), width);
    if (near > most) most = near, nearest = j;
  }
  return {page.ordinals[static_cast<std::size_t>(nearest)], std::move(values)};
}

std::vector<index::PageVector> ClickPageEncoder::encode_page(std::string_view title, const std::vector<std::string_view>& sentences,
                                                             std::int64_t most_vectors) const {
  require(most_vectors >= 1 && most_vectors <= index::most_vectors_per_page, "1 to {} vectors a page are expected, got {}",
          index::most_vectors_per_page, most_vectors);
  const Page page = read(title, sentences);
  if (page.ordinals.empty()) return {};
  if (config_.form == PageForm::several) return several(page, most_vectors);
  std::vector<index::PageVector> one;
  one.push_back(pooled(page));
  return one;
}

}  // namespace fathom::pages
