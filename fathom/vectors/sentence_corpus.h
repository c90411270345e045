// Text as numbered words of sentences: what word vectors and encoders are trained on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/data/documents.h"
#include "fathom/text/words.h"

namespace fathom::vectors {

struct SentenceCorpus {
  std::vector<std::string> words;          // most frequent first, equally frequent ones by bytes
  std::vector<std::int64_t> counts;        // of each word
  std::vector<std::int32_t> tokens;        // indices into words, sentence after sentence
  std::vector<std::int64_t> begins = {0};  // [sentences + 1]: where each sentence begins in tokens

  std::int64_t sentences() const { return static_cast<std::int64_t>(begins.size()) - 1; }
  std::span<const std::int32_t> sentence(std::int64_t index) const {
    return std::span(tokens).subspan(
        static_cast<std::size_t>(begins[static_cast<std::size_t>(index)]),
        static_cast<std::size_t>(begins[static_cast<std::size_t>(index) + 1] - begins[static_cast<std::size_t>(index)]));
  }
};

// Collects sentences one by one; words are numbered as they come, and by frequency at the end.
class SentenceCorpusBuilder {
 public:
  void add(std::span<const std::string> sentence);  // empty ones are left out
  SentenceCorpus finish();                          // the builder is empty afterwards

 private:
  std::unordered_map<std::string, std::int32_t> ids_;
  std::vector<std::int64_t> counts_;
  std::vector<std::int32_t> tokens_;
  std::vector<std::int64_t> begins_ = {0};
};

struct SentenceCorpusOptions {
  text::WordOptions words{.punctuation = true, .split_contractions = true};
  data::DocumentOptions documents;
  int threads = 0;  // 0: one a core; the result is the same for any number
};

// All sentences (text/sentences.h) of the text files, JSONL files and directories that `paths` name, in their order.
// Throws Error as data::for_each_document does, and when there is no word at all.
SentenceCorpus read_sentence_corpus(const std::vector<std::string>& paths, const SentenceCorpusOptions& options = {});

// The texts of these sentences, in the same order.
std::vector<std::string> read_sentences(const std::vector<std::string>& paths, const SentenceCorpusOptions& options = {});

}  // namespace fathom::vectors
