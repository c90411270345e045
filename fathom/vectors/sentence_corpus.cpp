#include "fathom/vectors/sentence_corpus.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/text/sentences.h"

namespace fathom::vectors {
namespace {

// Text that waits for being split: whole documents, in order.
class Block {
 public:
  void add(std::string_view text) {
    documents_.emplace_back(text);
    bytes_ += text.size();
  }
  bool full() const { return bytes_ >= std::size_t{64} << 20; }

  // Splits the documents on several threads: `make_worker()` gives a function from a sentence to an Item. `take` gets the items in order.
  template <typename Item, typename MakeWorker, typename Take>
  void drain(int threads, const MakeWorker& make_worker, const Take& take) {
    // Pieces of several small documents: making a splitter costs as much as splitting a page.
    const std::vector<std::size_t> ends = piece_ends();
    std::vector<std::vector<Item>> found(ends.size());
    for_each_piece(static_cast<std::int64_t>(ends.size()), threads, [&](std::int64_t piece) {
      text::SentenceSplitter sentences;
      auto worker = make_worker();
      const auto index = static_cast<std::size_t>(piece);
      for (std::size_t i = index == 0 ? 0 : ends[index - 1]; i < ends[index]; ++i)
        for (const text::Span& span : sentences.split(documents_[i])) found[index].push_back(worker(span.of(documents_[i])));
    });
    for (std::vector<Item>& piece : found)
      for (Item& item : piece) take(std::move(item));
    documents_.clear();
    bytes_ = 0;
  }

 private:
  std::vector<std::size_t> piece_ends() const {
    constexpr std::size_t piece_bytes = 256 << 10;
    std::vector<std::size_t> ends;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      bytes += documents_[i].size();
      if (bytes < piece_bytes && i + 1 < documents_.size()) continue;
      ends.push_back(i + 1);
      bytes = 0;
    }
    return ends;
  }

  std::vector<std::string> documents_;
  std::size_t bytes_ = 0;
};

template <typename Item, typename MakeWorker, typename Take>
void for_each_sentence(const std::vector<std::string>& paths, const SentenceCorpusOptions& options, const MakeWorker& make_worker,
                       const Take& take) {
  Block block;
  for (const std::filesystem::path& file : data::expand_paths(paths)) {
    data::for_each_document(file, options.documents, [&](std::string_view text) {
      block.add(text);
      if (block.full()) block.drain<Item>(options.threads, make_worker, take);
    });
  }
  block.drain<Item>(options.threads, make_worker, take);
}

}  // namespace

void SentenceCorpusBuilder::add(std::span<const std::string> sentence) {
  if (sentence.empty()) return;
  for (const std::string& word : sentence) {
    const auto [found, fresh] = ids_.emplace(word, static_cast<std::int32_t>(counts_.size()));
    if (fresh) counts_.push_back(0);
    ++counts_[static_cast<std::size_t>(found->second)];
    tokens_.push_back(found->second);
  }
  begins_.push_back(static_cast<std::int64_t>(tokens_.size()));
}

SentenceCorpus SentenceCorpusBuilder::finish() {
  std::vector<const std::string*> by_id(counts_.size());
  for (const auto& [word, id] : ids_) by_id[static_cast<std::size_t>(id)] = &word;
  std::vector<std::int32_t> order(counts_.size()), rank(counts_.size());
  std::iota(order.begin(), order.end(), 0);
  const auto before = [&](std::int32_t a, std::int32_t b) {
    const auto left = static_cast<std::size_t>(a), right = static_cast<std::size_t>(b);
    return counts_[left] != counts_[right] ? counts_[left] > counts_[right] : *by_id[left] < *by_id[right];
  };
  std::sort(order.begin(), order.end(), before);
  SentenceCorpus corpus;
  for (const std::int32_t id : order) {
    const auto index = static_cast<std::size_t>(id);
    rank[index] = static_cast<std::int32_t>(corpus.words.size());
    corpus.words.push_back(*by_id[index]);
    corpus.counts.push_back(counts_[index]);
  }
  corpus.tokens = std::move(tokens_);
  for (std::int32_t& token : corpus.tokens) token = rank[static_cast<std::size_t>(token)];
  corpus.begins = std::move(begins_);
  *this = SentenceCorpusBuilder();
  return corpus;
}

SentenceCorpus read_sentence_corpus(const std::vector<std::string>& paths, const SentenceCorpusOptions& options) {
  using Words = std::vector<std::string>;
  const auto make_worker = [&] {
    return [splitter = text::WordSplitter(options.words)](std::string_view sentence) mutable {
      Words words;
      for (text::Word& word : splitter.split(sentence)) words.push_back(std::move(word.text));
      return words;
    };
  };
  SentenceCorpusBuilder builder;
  for_each_sentence<Words>(paths, options, make_worker, [&](Words&& words) { builder.add(words); });
  SentenceCorpus corpus = builder.finish();
  require(corpus.sentences() > 0, "{}: the text holds no words", fmt::join(paths, ", "));
  return corpus;
}

std::vector<std::string> read_sentences(const std::vector<std::string>& paths, const SentenceCorpusOptions& options) {
  std::vector<std::string> sentences;
  const auto make_worker = [] { return [](std::string_view sentence) { return std::string(sentence); }; };
  for_each_sentence<std::string>(paths, options, make_worker, [&](std::string&& sentence) { sentences.push_back(std::move(sentence)); });
  require(!sentences.empty(), "{}: the text holds no sentences", fmt::join(paths, ", "));
  return sentences;
}

}  // namespace fathom::vectors
