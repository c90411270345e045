#include "fathom/retrieval/encoder_vocabulary.h"

#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/parallel.h"
#include "fathom/text/words.h"

namespace fathom::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t first_id = 2;
constexpr const char *vocabulary_name = "vocabulary.txt", *start_word = "<s>", *end_word = "</s>";

}  // namespace

EncoderVocabulary::EncoderVocabulary() = default;
EncoderVocabulary::EncoderVocabulary(EncoderVocabulary&&) noexcept = default;
EncoderVocabulary& EncoderVocabulary::operator=(EncoderVocabulary&&) noexcept = default;
EncoderVocabulary::~EncoderVocabulary() = default;

EncoderVocabulary EncoderVocabulary::of_words(std::vector<std::string> words) {
  EncoderVocabulary vocabulary;
  vocabulary.words_ = std::move(words);
  for (std::size_t i = 0; i < vocabulary.words_.size(); ++i) {
    const bool fresh = vocabulary.index_.emplace(vocabulary.words_[i], first_id + static_cast<std::int64_t>(i)).second;
    require(fresh, "the vocabulary holds the word '{}' twice", vocabulary.words_[i]);
  }
  return vocabulary;
}

EncoderVocabulary EncoderVocabulary::of_tokenizer(text::Tokenizer tokenizer) {
  EncoderVocabulary vocabulary;
  vocabulary.tokenizer_ = std::make_unique<text::Tokenizer>(std::move(tokenizer));
  return vocabulary;
}

std::int64_t EncoderVocabulary::size() const {
  return first_id + (tokenizer_ ? tokenizer_->vocab_size() : static_cast<std::int64_t>(words_.size()));
}

std::vector<std::vector<std::int64_t>> EncoderVocabulary::ids_of(const std::vector<std::string>& sentences, int threads) const {
  std::vector<std::vector<std::int64_t>> ids(sentences.size());
  constexpr std::size_t piece_size = 1024;  // making a splitter costs as much as splitting a page
  const auto pieces = static_cast<std::int64_t>((sentences.size() + piece_size - 1) / piece_size);
  for_each_piece(pieces, threads, [&](std::int64_t piece) {
    const std::size_t begin = static_cast<std::size_t>(piece) * piece_size, end = std::min(begin + piece_size, sentences.size());
    if (tokenizer_) {
      for (std::size_t i = begin; i < end; ++i)
        for (const text::TokenId id : tokenizer_->encode(sentences[i], /*parse_special=*/false)) ids[i].push_back(first_id + id);
      return;
    }
    text::WordSplitter splitter({.punctuation = true, .split_contractions = true});
    for (std::size_t i = begin; i < end; ++i) {
      for (const text::Word& word : splitter.split(sentences[i]))
        if (const auto found = index_.find(word.text); found != index_.end()) ids[i].push_back(found->second);
    }
  });
  return ids;
}

std::string EncoderVocabulary::text_of(const std::vector<std::int64_t>& ids) const {
  if (tokenizer_) {
    std::vector<text::TokenId> tokens;
    for (const std::int64_t id : ids)
      if (id >= first_id) tokens.push_back(static_cast<text::TokenId>(id - first_id));
    return tokenizer_->decode(tokens);
  }
  std::string text;
  for (const std::int64_t id : ids) {
    if (id < first_id || id >= size()) continue;
    if (!text.empty()) text += ' ';
    text += words_[static_cast<std::size_t>(id - first_id)];
  }
  return text;
}

void EncoderVocabulary::save(const fs::path& directory) const {
  if (tokenizer_) {
    tokenizer_->save(directory);
    return;
  }
  std::string text = fmt::format("{}\n{}\n", start_word, end_word);
  for (const std::string& word : words_) text += word + "\n";
  write_file_atomically(directory / vocabulary_name, text);
}

EncoderVocabulary EncoderVocabulary::load(const fs::path& directory) {
  const fs::path file = directory / vocabulary_name;
  if (!fs::exists(file)) {
    require(fs::exists(directory / "tokenizer.json"), "{}: neither {} nor tokenizer.json is there; this is no complete encoder directory",
            directory.string(), vocabulary_name);
    return of_tokenizer(text::Tokenizer::load(directory));
  }
  std::vector<std::string> words;
  std::unordered_set<std::string> seen;
  LineReader lines(file);
  for (const char* expected : {start_word, end_word}) {
    const auto line = lines.next();
    require(line && *line == expected, "{}: the vocabulary begins with the lines {} and {}", file.string(), start_word, end_word);
  }
  while (const auto line = lines.next()) {
    require(!line->empty(), "{}: an empty line where a word is expected", lines.position());
    require(seen.emplace(*line).second, "{}: the word '{}' is given twice", lines.position(), *line);
    words.emplace_back(*line);
  }
  return of_words(std::move(words));
}

}  // namespace fathom::retrieval
