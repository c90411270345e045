// An encoder without training for tests: each word adds a direction that is drawn from its hash.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/rng.h"
#include "fathom/base/sha256.h"
#include "fathom/index/page_encoder.h"
#include "fathom/index/page_writer.h"
#include "fathom/text/words.h"

namespace fathom::index {

class HashPageEncoder : public PageEncoder {
 public:
  explicit HashPageEncoder(std::int64_t width = 16, const std::string& name = "hash") : width_(width), fingerprint_(sha256(name)) {}
  std::int64_t width() const override { return width_; }
  const std::string& fingerprint() const override { return fingerprint_; }
  std::vector<float> encode_query(std::string_view query) const override {
    std::vector<double> sum(static_cast<std::size_t>(width_));
    for (const text::Word& word : text::split_whitespace(query)) {
      std::uint64_t key = 0;
      for (const char c : word.text) key = key * 131 + static_cast<unsigned char>(c);
      Rng rng(key);
      for (double& value : sum) value += rng.normal();
    }
    double squares = 0.0;
    for (const double value : sum) squares += value * value;
    std::vector<float> vector(sum.size());
    for (std::size_t i = 0; i < sum.size() && squares > 0.0; ++i) vector[i] = static_cast<float>(sum[i] / std::sqrt(squares));
    return vector;
  }
  std::vector<PageVector> encode_page(std::string_view, const std::vector<std::string_view>& sentences, std::int64_t most) const override {
    std::vector<PageVector> vectors;
    for (std::size_t i = 0; i < sentences.size() && static_cast<std::int64_t>(i) < most; ++i)
      vectors.push_back({static_cast<std::int64_t>(i), encode_query(sentences[i])});
    return vectors;
  }

 private:
  std::int64_t width_;
  std::string fingerprint_;
};

// A page of `sentences` random sentences, drawn from (seed, number).
inline Page random_page(std::uint64_t number, std::int64_t sentences = 3, std::uint64_t seed = 1) {
  Rng rng(seed, number);
  Page page{.id = "page-" + std::to_string(number), .title = "title " + std::to_string(rng.below(50)), .url = {}, .text = {}};
  for (std::int64_t i = 0; i < sentences; ++i) {
    for (int word = 0; word < 6; ++word) page.text += "word" + std::to_string(rng.below(200)) + (word < 5 ? " " : ".\n");
  }
  page.metadata = {{"colour", rng.below(2) == 0 ? "red" : "blue"}, {"size", std::to_string(rng.below(4))}};
  return page;
}

inline PreparedPage prepared(Page page) {
  PageSentenceSplitter splitter;
  check_page(page, "test");
  return prepare_page(std::move(page), splitter);
}

}  // namespace fathom::index
