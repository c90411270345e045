#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "fathom/base/error.h"
#include "fathom/faq/faq.h"

namespace fathom::faq {

FaqSearcher::FaqSearcher(const std::filesystem::path& directory, PartCheck check)
    : store_(directory, faq_kind), matcher_(QuestionMatcher::load(directory / "matcher")), splitter_({.split_contractions = true}) {
  const std::string words_digest = check == PartCheck::none ? "" : check_parts(directory, check);
  std::vector<std::vector<std::uint32_t>> all_words = store_.all_words();
  require(check == PartCheck::none || digest_of_words(all_words) == words_digest,
          "{}: the words of the documents are not those that the FAQ was built with; build the FAQ again",
          (directory / index::store_file).string());
  std::int64_t content = 0;
  for (std::vector<std::uint32_t>& words : all_words) {
    Question& question = questions_.emplace_back(matcher_.without_states(std::move(words)));
    state_begins_.push_back(content);
    content += static_cast<std::int64_t>(question.content.size());
  }
  const std::filesystem::path generation = directory / store_.generation();
  if (matcher_.vector_width() > 0) {
    vectors_ = index::Int8Search::open(generation / "question-vectors.safetensors");
    require(vectors_->size() == store_.size() && vectors_->width() == matcher_.vector_width(),
            "{}: {} vectors of width {}, but {} questions and word vectors of width {}; the parts are not of one FAQ", generation.string(),
            vectors_->size(), vectors_->width(), store_.size(), matcher_.vector_width());
  }
  if (matcher_.has_encoder()) {
    states_ = vectors::read_matrix(generation / "question-states.safetensors", "states");
    require(states_->rows == content && states_->columns == matcher_.state_width(),
            "{}: {} states of width {}, but {} words and an encoder of width {}; the parts are not of one FAQ", generation.string(),
            states_->rows, states_->columns, content, matcher_.state_width());
    require(std::all_of(states_->values.begin(), states_->values.end(), [](float value) { return std::isfinite(value); }),
            "{}: question-states.safetensors has a value that is not finite; build the FAQ again", generation.string());
  }
}

Question FaqSearcher::question(std::int64_t number) const {
  const auto at = static_cast<std::size_t>(number - 1);
  Question question = questions_[at];
  if (states_) {
    const float* begin = states_->values.data() + state_begins_[at] * states_->columns;
    question.states.assign(begin, begin + static_cast<std::int64_t>(question.content.size()) * states_->columns);
  }
  return question;
}

std::vector<FaqSearcher::Candidate> FaqSearcher::rank(const Question& query, const std::vector<std::string>& terms,
                                                      const SearchOptions& options) {
  std::unordered_map<std::int64_t, std::int64_t> text_ranks;  // of all candidates
  std::vector<std::int64_t> numbers;
  for (const index::TextHit& hit : store_.search(terms, {.limit = options.text_candidates})) {
    numbers.push_back(hit.document);
    text_ranks.emplace(hit.document, static_cast<std::int64_t>(numbers.size()));
  }
  if (vectors_) {
    const std::vector<float> vector = matcher_.sentence_vector(query);
    for (const index::VectorHit& hit : vectors_->search(vector.data(), options.vector_candidates))
      if (text_ranks.emplace(hit.row + 1, 0).second) numbers.push_back(hit.row + 1);
  }
  struct Ordered {
    Candidate candidate;
    double value;
  };
  std::vector<Ordered> ordered;
  for (const std::int64_t number : numbers) {
    const std::int64_t text_rank = text_ranks.at(number);
    const Match match = matcher_.match(query, question(number));
    if (match.mismatch_query >= 1.0 && match.alignment_query <= 0.0) continue;
    const double raw = matcher_.score(match), score = matcher_.calibration().probability(match);
    const double bonus = text_rank >= 1 && text_rank <= 10 ? options.initial_rank * (1.0 - static_cast<double>(text_rank - 1) / 10.0) : 0.0;
    ordered.push_back({{number, raw, score, text_rank}, score + bonus});
  }
  std::sort(ordered.begin(), ordered.end(), [](const Ordered& a, const Ordered& b) {
    if (a.value != b.value) return a.value > b.value;
    return a.candidate.raw != b.candidate.raw ? a.candidate.raw > b.candidate.raw : a.candidate.number < b.candidate.number;
  });
  std::vector<Candidate> best;
  for (const Ordered& entry : ordered)
    if (static_cast<std::int64_t>(best.size()) < options.top_k) best.push_back(entry.candidate);
  return best;
}

std::vector<std::string> FaqSearcher::terms_of(std::string_view query, const Question& question) {
  const std::vector<text::Word> split = splitter_.split(query);
  std::vector<std::string> terms;
  for (const std::uint32_t at : question.content) terms.push_back(split[at].text);
  return terms;
}

std::vector<metrics::Retrieved> FaqSearcher::text_search(std::string_view query, std::int64_t limit) {
  std::vector<metrics::Retrieved> out;
  for (const index::TextHit& hit : store_.search(terms_of(query, matcher_.read(query)), {.limit = limit}))
    out.push_back({std::to_string(hit.document), hit.score});
  return out;
}

FaqAnswer FaqSearcher::search(std::string_view query, const SearchOptions& options) {
  const Question question = matcher_.read(query);
  const std::vector<std::string> terms = terms_of(query, question);
  FaqAnswer answer;
  answer.words = static_cast<std::int64_t>(terms.size());
  answer.words_in_faq =
      std::count_if(terms.begin(), terms.end(), [&](const std::string& term) { return store_.document_frequency(term) > 0; });
  for (const Candidate& candidate : rank(question, terms, options)) {
    const Question other = this->question(candidate.number);
    const index::Document document = store_.document(candidate.number);
    FaqResult result{candidate.number,
                     document.id,
                     document.title,
                     document.body,
                     candidate.score,
                     candidate.raw,
                     candidate.text_rank,
                     matcher_.match(question, other),
                     matcher_.explain(question, other)};
    // A word outside the vocabulary is known by its number only.
    for (std::size_t i = 0; i < result.words.size(); ++i) {
      result.words[i].query_word = terms[i];
      if (result.words[i].similarity == 1.0) result.words[i].candidate_word = terms[i];
    }
    answer.results.push_back(std::move(result));
  }
  answer.answered = !answer.results.empty() && answer.results.front().score >= options.threshold;
  if (answer.words_in_faq == 0 && !answer.answered) answer.results.clear();
  return answer;
}

}  // namespace fathom::faq
