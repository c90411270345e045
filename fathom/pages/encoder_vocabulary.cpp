#include "fathom/pages/encoder_vocabulary.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/words.h"

namespace fathom::pages {
namespace {

constexpr const char* file_name = "vocabulary.txt";
constexpr std::size_t shortest_ngram = 3, longest_ngram = 5;

// FNV-1a: the rows of an n-gram are part of the model, so that the hash is ours and does not change.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash ^ hash >> 32;
}

}  // namespace

EncoderVocabulary::EncoderVocabulary(std::vector<std::string> words, std::vector<std::int64_t> counts, std::int64_t buckets,
                                     const std::string& origin)
    : words_(std::move(words)), counts_(std::move(counts)), buckets_(buckets) {
  require(words_.size() == counts_.size() && buckets_ >= 1, "{}: {} words, {} counts and {} buckets do not fit", origin, words_.size(),
          counts_.size(), buckets_);
  index_.reserve(words_.size());
  for (std::size_t i = 0; i < words_.size(); ++i) {
    require(!words_[i].empty(), "{}: word {} is empty", origin, i + 1);
    require(index_.emplace(words_[i], static_cast<WordId>(i)).second, "{}: the word '{}' is given twice", origin, words_[i]);
  }
}

WordId EncoderVocabulary::find(std::string_view word) const {
  const auto found = index_.find(word);
  return found == index_.end() ? -1 : found->second;
}

std::vector<std::int32_t> EncoderVocabulary::ngram_rows(std::string_view word) const {
  const std::string marked = "<" + std::string(word) + ">";
  std::vector<std::size_t> starts;  // of each character, and the end
  for (std::size_t i = 0; i < marked.size(); ++i)
    if ((static_cast<unsigned char>(marked[i]) & 0xC0) != 0x80) starts.push_back(i);
  starts.push_back(marked.size());
  const auto row = [&](std::string_view ngram) {
    return static_cast<std::int32_t>(size() + static_cast<std::int64_t>(hash_of(ngram) % static_cast<std::uint64_t>(buckets_)));
  };
  std::vector<std::int32_t> rows = {row(marked)};
  const std::size_t characters = starts.size() - 1;
  for (std::size_t begin = 0; begin < characters; ++begin) {
    for (std::size_t length = shortest_ngram; length <= longest_ngram && begin + length <= characters; ++length) {
      if (length == characters) continue;  // that is the whole
      rows.push_back(row(std::string_view(marked).substr(starts[begin], starts[begin + length] - starts[begin])));
    }
  }
  return rows;
}

void EncoderVocabulary::save(const std::filesystem::path& directory) const {
  AtomicFile file(directory / file_name);
  for (std::size_t i = 0; i < words_.size(); ++i) file.write(fmt::format("{} {}\n", words_[i], counts_[i]));
  file.commit();
}

EncoderVocabulary EncoderVocabulary::load(const std::filesystem::path& directory, std::int64_t buckets) {
  const std::filesystem::path path = directory / file_name;
  std::vector<std::string> words;
  std::vector<std::int64_t> counts;
  LineReader lines(path);
  while (const auto line = lines.next()) {
    const std::size_t space = line->rfind(' ');
    std::int64_t count = 0;
    const char* end = line->data() + line->size();
    const bool valid = space != std::string_view::npos && space > 0 && [&] {
      const auto [stop, error] = std::from_chars(line->data() + space + 1, end, count);
      return error == std::errc() && stop == end && count >= 0;
    }();
    require(valid, "{}: a word, a space and its count are expected", lines.position());
    words.emplace_back(line->substr(0, space));
    counts.push_back(count);
  }
  return {std::move(words), std::move(counts), buckets, path.string()};
}

std::vector<std::string> encoder_words(std::string_view text, std::int64_t most) {
  thread_local text::WordSplitter splitter(text::WordOptions{.punctuation = false, .split_contractions = true});
  std::vector<std::string> words;
  for (text::Word& word : splitter.split(text)) {
    if (static_cast<std::int64_t>(words.size()) == most) break;
    words.push_back(std::move(word.text));
  }
  return words;
}

}  // namespace fathom::pages
