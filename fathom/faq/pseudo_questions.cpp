// Questions that nobody asked, made of a FAQ's own text, to fit the probability to.
#include <algorithm>

#include "fathom/base/rng.h"
#include "fathom/faq/faq.h"

namespace fathom::faq {
namespace {

using Words = std::vector<std::uint32_t>;

constexpr std::size_t longest_window = 12, shortest_sentence = 3;
constexpr double least_dropped = 0.3, least_similarity = 0.45, replaced_share = 0.2;
constexpr std::int64_t most_for_an_entry = 3;  // of each kind

Words content_of(const Question& question) {
  Words words;
  for (const std::uint32_t at : question.content) words.push_back(question.words[at]);
  return words;
}

// Part of a sentence of the answer: it is about the same, in other words than the question.
Words from_answer(const std::vector<Words>& sentences, Rng& rng) {
  const Words& sentence = sentences[rng.below(sentences.size())];
  const std::size_t places = sentence.size() > longest_window ? sentence.size() - longest_window + 1 : 1, begin = rng.below(places);
  return {sentence.begin() + static_cast<std::ptrdiff_t>(begin),
          sentence.begin() + static_cast<std::ptrdiff_t>(std::min(begin + longest_window, sentence.size()))};
}

// The question with words left out or replaced by near ones, and one to four words that `other` has.
Words mixed(const Question& question, const Words& other, const QuestionMatcher& matcher, Rng& rng) {
  Words words;
  const double dropped = least_dropped + (1.0 - least_dropped) * rng.uniform();
  for (const std::uint32_t word : content_of(question)) {
    const bool drop = rng.uniform() < dropped, replace = rng.uniform() < replaced_share;
    if (drop) continue;
    words.push_back((replace ? matcher.nearest_word(word, least_similarity) : std::nullopt).value_or(word));
  }
  for (std::uint64_t added = other.empty() ? 0 : 1 + rng.below(4); added > 0; --added) words.push_back(other[rng.below(other.size())]);
  return words;
}

}  // namespace

std::optional<Calibration> calibrate(FaqSearcher& searcher, std::uint64_t seed, std::int64_t entries) {
  const std::int64_t size = searcher.size(), used = std::min(size, entries);
  QuestionMatcher& matcher = searcher.matcher();
  std::vector<std::pair<Match, bool>> samples;
  const auto ask = [&](const Words& words, const Question& own, std::int64_t number) {
    const Question query = matcher.from_words(words);
    const auto best = searcher.rank(query, matcher.content_words(query), {.top_k = 1});
    if (best.empty()) return;
    const Question found = searcher.question(best.front().number);
    samples.emplace_back(matcher.match(query, found), best.front().number == number || found.words == own.words);
  };
  for (std::int64_t i = 0; i < used; ++i) {
    const std::int64_t number = i * size / used + 1;
    const Question own = searcher.question(number);
    if (own.content.empty()) continue;
    Rng rng(seed, static_cast<std::uint64_t>(number));
    const index::Document document = searcher.store().document(number);
    std::vector<Words> sentences;
    Words answer;
    for (const text::Span& span : searcher.store().sentences(number)) {
      const Question sentence = matcher.read(span.of(document.body));
      if (sentence.words.size() >= shortest_sentence) sentences.push_back(sentence.words);
      const Words content = content_of(sentence);
      answer.insert(answer.end(), content.begin(), content.end());
    }
    const std::int64_t repeats = std::min(most_for_an_entry, entries / used);
    for (std::int64_t repeat = 0; repeat < repeats; ++repeat) {
      if (!sentences.empty()) ask(from_answer(sentences, rng), own, number);
      // Without an answer the further words are another question's.
      const std::int64_t another = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(size))) + 1;
      ask(mixed(own, answer.empty() ? content_of(searcher.question(another)) : answer, matcher, rng), own, number);
    }
  }
  return fit_calibration(samples);
}

}  // namespace fathom::faq
