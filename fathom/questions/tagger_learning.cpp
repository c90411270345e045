// Tagger::learn: expectation maximisation over the tags that the lexicon allows.
#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/questions/features.h"
#include "fathom/questions/tagger.h"

namespace fathom::questions {
namespace {

constexpr std::int64_t pieces = 16;  // fixed, so that sums have one order
constexpr double smoothing = 0.5;    // of the counts of tag pairs

using PairCounts = std::array<std::array<double, tag_count + 1>, tag_count + 1>;

// A word in one writing and place: all that TagLexicon::choices() looks at.
struct WordType {
  std::string lower, surface;
  bool first;
  std::int32_t number;  // in the lexicon
  TagChoices choices;
};

// What one piece of the sentences adds.
struct Expectations {
  PairCounts pairs{};
  std::vector<std::array<double, TagChoices::most>> tags;  // of each type
};

std::unordered_map<std::string, TagLexicon::CaseCounts> count_words(std::span<const TokenizedSentence> sentences) {
  std::unordered_map<std::string, TagLexicon::CaseCounts> words;
  for (const TokenizedSentence& sentence : sentences) {
    for (std::size_t i = 0; i < sentence.tokens.size(); ++i) {
      TagLexicon::CaseCounts& counts = words[sentence.words[i]];
      if (word_case_of(sentence.tokens[i].word) == WordCase::lower) {
        ++counts.small;
      } else if (!begins_sentence(sentence.tokens, i)) {
        ++counts.capital;
      }
    }
  }
  return words;
}

class Learner {
 public:
  Learner(std::span<const TokenizedSentence> sentences, TagLexicon& lexicon, const TaggerTraining& training)
      : lexicon_(lexicon), training_(training) {
    std::unordered_map<std::string, std::int32_t> known;
    for (const TokenizedSentence& sentence : sentences) {
      for (std::size_t i = 0; i < sentence.tokens.size(); ++i) {
        const bool first = begins_sentence(sentence.tokens, i);
        const auto [place, fresh] = known.emplace(sentence.tokens[i].word + (first ? "\n" : ""), static_cast<std::int32_t>(types_.size()));
        if (fresh) types_.push_back({sentence.words[i], sentence.tokens[i].word, first, lexicon.number_of(sentence.words[i]), {}});
        tokens_.push_back(place->second);
      }
      begins_.push_back(tokens_.size());
    }
    for (std::int32_t number = 0; number < lexicon.size(); ++number) dictionary_.push_back(lexicon.shares(number));
  }

  TagModel run() {
    choose();
    TagModel model = start();
    for (int round = 0; round < training_.rounds; ++round) {
      const Expectations sum = expect(model);
      maximize(sum, model);
    }
    return model;
  }

 private:
  void choose() {
    for (WordType& type : types_) type.choices = lexicon_.choices(type.lower, type.surface, type.first);
  }

  // Neighbours are taken as independent: each pair of tags counts with the product of its shares.
  TagModel start() const {
    PairCounts pairs{};
    for (std::size_t s = 0; s + 1 < begins_.size(); ++s) {
      TagChoices boundary;
      boundary.add(static_cast<Tag>(TagModel::boundary), 1);
      const TagChoices* before = &boundary;
      for (std::size_t i = begins_[s]; i <= begins_[s + 1]; ++i) {
        const TagChoices* here = i == begins_[s + 1] ? &boundary : &types_[static_cast<std::size_t>(tokens_[i])].choices;
        for (std::size_t a = 0; a < static_cast<std::size_t>(before->count); ++a)
          for (std::size_t b = 0; b < static_cast<std::size_t>(here->count); ++b)
            pairs[static_cast<std::size_t>(before->tags[a])][static_cast<std::size_t>(here->tags[b])] +=
                static_cast<double>(before->shares[a]) * here->shares[b];
        before = here;
      }
    }
    return model_of(pairs);
  }

  static TagModel model_of(const PairCounts& pairs) {
    TagModel model;
    std::array<double, tag_count> tags{};
    double all = 0;
    for (std::size_t a = 0; a <= tag_count; ++a) {
      double sum = 0;
      for (std::size_t b = 0; b <= tag_count; ++b) sum += pairs[a][b] + smoothing;
      for (std::size_t b = 0; b <= tag_count; ++b) model.transitions[a][b] = static_cast<float>((pairs[a][b] + smoothing) / sum);
      if (a < tag_count) {
        tags[a] = sum;
        all += sum;
      }
    }
    for (std::size_t a = 0; a < tag_count; ++a) model.priors[a] = static_cast<float>(tags[a] / all);
    return model;
  }

  Expectations expect(const TagModel& model) const {
    std::vector<Expectations> parts(pieces);
    const std::size_t sentences = begins_.size() - 1;
    for_each_piece(pieces, training_.threads, [&](std::int64_t piece) {
      Expectations& part = parts[static_cast<std::size_t>(piece)];
      part.tags.resize(types_.size());
      const std::size_t end = sentences * static_cast<std::size_t>(piece + 1) / pieces;
      for (std::size_t s = sentences * static_cast<std::size_t>(piece) / pieces; s < end; ++s) add_sentence(s, model, part);
    });
    Expectations sum = std::move(parts.front());
    for (std::size_t p = 1; p < parts.size(); ++p) {
      for (std::size_t a = 0; a <= tag_count; ++a)
        for (std::size_t b = 0; b <= tag_count; ++b) sum.pairs[a][b] += parts[p].pairs[a][b];
      for (std::size_t t = 0; t < sum.tags.size(); ++t)
        for (std::size_t c = 0; c < TagChoices::most; ++c) sum.tags[t][c] += parts[p].tags[t][c];
    }
    return sum;
  }

  // Forward and backward over one sentence, each place scaled to the sum 1.
  void add_sentence(std::size_t s, const TagModel& model, Expectations& part) const {
    const std::size_t begin = begins_[s], size = begins_[s + 1] - begin;
    if (size == 0) return;
    using Scores = std::array<double, TagChoices::most>;
    thread_local std::vector<Scores> forward, emissions;
    forward.assign(size, {});
    emissions.assign(size, {});
    const auto choices = [&](std::size_t i) -> const TagChoices& { return types_[static_cast<std::size_t>(tokens_[begin + i])].choices; };
    const auto count = [&](std::size_t i) { return static_cast<std::size_t>(choices(i).count); };
    const auto tag = [&](std::size_t i, std::size_t c) { return static_cast<std::size_t>(choices(i).tags[c]); };
    for (std::size_t i = 0; i < size; ++i) {
      double sum = 0;
      for (std::size_t b = 0; b < count(i); ++b) {
        emissions[i][b] = choices(i).shares[b] / model.priors[tag(i, b)];
        double reach = i == 0 ? model.transitions[TagModel::boundary][tag(i, b)] : 0;
        for (std::size_t a = 0; i > 0 && a < count(i - 1); ++a) reach += forward[i - 1][a] * model.transitions[tag(i - 1, a)][tag(i, b)];
        forward[i][b] = reach * emissions[i][b];
        sum += forward[i][b];
      }
      for (std::size_t b = 0; b < count(i); ++b) forward[i][b] /= sum;
    }
    Scores behind{};
    double total = 0;
    for (std::size_t b = 0; b < count(size - 1); ++b) {
      behind[b] = model.transitions[tag(size - 1, b)][TagModel::boundary];
      total += forward[size - 1][b] * behind[b];
    }
    for (std::size_t b = 0; b < count(size - 1); ++b)
      part.pairs[tag(size - 1, b)][TagModel::boundary] += forward[size - 1][b] * behind[b] / total;
    for (std::size_t i = size; i-- > 0;) {
      double sum = 0;
      for (std::size_t b = 0; b < count(i); ++b) sum += forward[i][b] * behind[b];
      for (std::size_t b = 0; b < count(i); ++b) {
        const double expected = forward[i][b] * behind[b] / sum;
        part.tags[static_cast<std::size_t>(tokens_[begin + i])][b] += expected;
        if (i == 0) part.pairs[TagModel::boundary][tag(i, b)] += expected;
      }
      if (i == 0) break;
      Scores next{};
      double pair_sum = 0;
      for (std::size_t a = 0; a < count(i - 1); ++a) {
        for (std::size_t b = 0; b < count(i); ++b) next[a] += model.transitions[tag(i - 1, a)][tag(i, b)] * emissions[i][b] * behind[b];
        pair_sum += forward[i - 1][a] * next[a];
      }
      for (std::size_t a = 0; a < count(i - 1); ++a)
        for (std::size_t b = 0; b < count(i); ++b)
          part.pairs[tag(i - 1, a)][tag(i, b)] +=
              forward[i - 1][a] * model.transitions[tag(i - 1, a)][tag(i, b)] * emissions[i][b] * behind[b] / pair_sum;
      double largest = 0;
      for (std::size_t a = 0; a < count(i - 1); ++a) largest = std::max(largest, next[a]);
      for (std::size_t a = 0; a < count(i - 1); ++a) behind[a] = next[a] / largest;
    }
  }

  // New transitions, and new shares of the words that were written small: a capital tells of names, which has its own share.
  void maximize(const Expectations& sum, TagModel& model) {
    model = model_of(sum.pairs);
    std::vector<TagShares> expected(dictionary_.size(), TagShares{});
    for (std::size_t t = 0; t < types_.size(); ++t) {
      const WordType& type = types_[t];
      if (type.number < 0 || word_case_of(type.surface) != WordCase::lower) continue;
      for (std::size_t c = 0; c < static_cast<std::size_t>(type.choices.count); ++c)
        expected[static_cast<std::size_t>(type.number)][static_cast<std::size_t>(type.choices.tags[c])] +=
            static_cast<float>(sum.tags[t][c]);
    }
    for (std::size_t n = 0; n < dictionary_.size(); ++n) {
      std::vector<std::pair<Tag, float>> shares = dictionary_[n];
      float all = training_.dictionary;
      for (const auto& [tag, share] : shares) all += expected[n][static_cast<std::size_t>(tag)];
      for (auto& [tag, share] : shares) share = (training_.dictionary * share + expected[n][static_cast<std::size_t>(tag)]) / all;
      lexicon_.set_shares(static_cast<std::int32_t>(n), shares);
    }
    choose();
  }

  TagLexicon& lexicon_;
  TaggerTraining training_;
  std::vector<WordType> types_;
  std::vector<std::int32_t> tokens_;       // types, sentence after sentence
  std::vector<std::size_t> begins_ = {0};  // of sentences in tokens_
  std::vector<std::vector<std::pair<Tag, float>>> dictionary_;
};

}  // namespace

Tagger Tagger::learn(std::span<const TokenizedSentence> sentences, const text::WordNet& wordnet, const TaggerTraining& training) {
  TagLexicon lexicon = TagLexicon::make(wordnet, count_words(sentences));
  const TagModel model = Learner(sentences, lexicon, training).run();
  lexicon.learn_endings();
  return {std::move(lexicon), model};
}

}  // namespace fathom::questions
