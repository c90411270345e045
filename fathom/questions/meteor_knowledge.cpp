#include "fathom/questions/meteor_knowledge.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fathom/text/porter_stemmer.h"

namespace fathom::questions {
namespace {

// Words of closed classes (articles, pronouns, prepositions, conjunctions, auxiliaries, question words, clitics) and punctuation.
// METEOR 1.5 takes the words that are more frequent than one in a thousand; these are most of them.
constexpr std::string_view function_words[] = {
    "a",     "about",  "after", "all",   "also",   "am",      "an",    "and",   "any",  "are",  "as",     "at",    "be",   "because",
    "been",  "before", "being", "but",   "by",     "can",     "could", "did",   "do",   "does", "during", "each",  "for",  "from",
    "had",   "has",    "have",  "he",    "her",    "him",     "his",   "how",   "i",    "if",   "in",     "into",  "is",   "it",
    "its",   "may",    "me",    "might", "more",   "most",    "must",  "my",    "no",   "not",  "of",     "on",    "or",   "other",
    "our",   "over",   "shall", "she",   "should", "so",      "some",  "such",  "than", "that", "the",    "their", "them", "then",
    "there", "these",  "they",  "this",  "those",  "through", "to",    "under", "up",   "us",   "was",    "we",    "were", "what",
    "when",  "where",  "which", "while", "who",    "whom",    "whose", "why",   "will", "with", "would",  "you",   "your", "n't",
    "'s",    "'re",    "'ve",   "'ll",   "'d",     "'m",      "'",     ",",     ".",    "?",    "!",      ";",     ":",    "-",
    "--",    "(",      ")",     "\"",    "``",     "''",      "...",   "%",     "$"};

// Words as WordNet relates them, looked up once each.
class Synonyms {
 public:
  explicit Synonyms(std::shared_ptr<const text::WordNet> net) : net_(std::move(net)) {}

  bool names(std::string_view word, std::string_view other) { return entry(word).words.contains(std::string(other)); }

  bool share_meaning(std::string_view word, std::string_view other) {
    const std::vector<std::uint32_t>& a = entry(word).meanings;
    const std::vector<std::uint32_t>& b = entry(other).meanings;
    return std::ranges::any_of(a, [&](std::uint32_t meaning) { return std::ranges::binary_search(b, meaning); });
  }

 private:
  struct Entry {
    std::vector<std::uint32_t> meanings;    // ids of synsets, ascending
    std::unordered_set<std::string> words;  // of these synsets, as WordNet writes them; no compounds
  };

  const Entry& entry(std::string_view word) {
    const auto [place, fresh] = entries_.try_emplace(std::string(word));
    Entry& entry = place->second;
    if (!fresh) return entry;
    for (const text::Synset& synset : net_->synsets(word)) {
      entry.meanings.push_back(synset.id);
      for (const std::string_view synonym : synset.words) {
        if (synonym.find('_') == std::string_view::npos) entry.words.emplace(synonym);
      }
    }
    std::ranges::sort(entry.meanings);
    return entry;
  }

  std::shared_ptr<const text::WordNet> net_;
  std::unordered_map<std::string, Entry> entries_;  // references stay valid as it grows
};

}  // namespace

metrics::MeteorKnowledge english_meteor_knowledge(std::shared_ptr<const text::WordNet> net) {
  metrics::MeteorKnowledge knowledge;
  knowledge.stem = text::porter_stem;
  knowledge.is_function_word = [](std::string_view word) { return std::ranges::find(function_words, word) != std::end(function_words); };
  if (net == nullptr) {
    knowledge.names_synonym = std::equal_to<>();
    knowledge.shares_meaning = [](std::string_view, std::string_view) { return false; };
  } else {
    const auto synonyms = std::make_shared<Synonyms>(std::move(net));
    knowledge.names_synonym = [synonyms](std::string_view word, std::string_view other) {
      return word == other || synonyms->names(word, other);
    };
    knowledge.shares_meaning = [synonyms](std::string_view word, std::string_view other) { return synonyms->share_meaning(word, other); };
  }
  return knowledge;
}

}  // namespace fathom::questions
