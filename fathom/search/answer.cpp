#include "fathom/search/answer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace fathom::search {
namespace {

// What all passages of one question share.
struct Question {
  const index::TextQuery& terms;
  const std::vector<float>& vector;  // empty: it has none
};

double cosine_with(const Question& question, const index::PageEncoder* encoder, const Passage& passage) {
  // Without vectors the words are all there is to say how near the two are.
  if (encoder == nullptr || question.vector.empty()) return passage.share;
  const std::vector<float> vector = encoder->encode_query(passage.text);
  return std::inner_product(vector.begin(), vector.end(), question.vector.begin(), 0.0);
}

void append_passages(const Searcher::View& view, const Question& question, const Candidate& candidate, std::vector<Passage>& passages) {
  const index::Page page = view.reader.page(candidate.number);
  const std::vector<text::Span> sentences = view.reader.sentences(candidate.number);
  const std::string_view text = page.text;
  const auto sentence = [&](std::size_t i) { return i < sentences.size() ? sentences[i].of(text) : std::string_view(); };
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    Passage passage;
    const index::PageReader::Highlights found = view.reader.highlights(question.terms, sentence(i));
    passage.share = found.share;
    passage.highlights = found.spans;
    passage.page = page.id;
    passage.title = page.title;
    passage.url = page.url;
    passage.sentence = static_cast<std::int64_t>(i);
    passage.begin = sentences[i].begin;
    passage.end = sentences[i].end;
    passage.text = sentence(i);
    passage.before = i > 0 ? sentence(i - 1) : std::string_view();
    passage.after = sentence(i + 1);
    passage.near =
        view.reader.highlights(question.terms, fmt::format("{}\n{}\n{}\n{}", page.title, passage.before, passage.text, passage.after))
            .share;
    passage.page_logit = view.ranking.fused.logit(view.ranking.logit(candidate));
    passages.push_back(std::move(passage));
  }
}

}  // namespace

AnswerWeights answer_weights() { return {-5.366, 0.253, 3.369, 1.684, 1.684}; }

Answer answer(Searcher& searcher, const std::string& question, const AnswerOptions& options) {
  constexpr std::int64_t candidate_depth = 100;
  constexpr std::size_t looked_at_closely = 200;  // sentences that are encoded, of those with most of the question's words
  Answer result;
  searcher.with_view([&](const Searcher::View& view) {
    const CandidateSet found = searcher.candidates(view, question, candidate_depth, view.reader.allowed(options.filter));
    const std::vector<float> none;
    const Question asked{found.terms, found.has_vector() ? found.vector : none};
    std::vector<Passage> passages;
    std::set<std::string> seen;  // copies of a page add nothing
    std::int64_t pages = 0;
    for (const Ranked& ranked : order(found.candidates, Mode::hybrid, view.ranking)) {
      const Candidate& candidate = found.candidates[ranked.candidate];
      if (!seen.insert(view.reader.hash(candidate.number)).second) continue;
      append_passages(view, asked, candidate, passages);
      if (++pages >= options.pages) break;
    }
    const AnswerWeights weights = answer_weights();
    const auto better = [&](const Passage& a, const Passage& b) { return weights.logit(a) > weights.logit(b); };
    std::stable_sort(passages.begin(), passages.end(), better);
    if (passages.size() > looked_at_closely) passages.resize(looked_at_closely);
    for (Passage& passage : passages) passage.cosine = cosine_with(asked, view.encoder, passage);
    std::stable_sort(passages.begin(), passages.end(), better);
    if (passages.size() > static_cast<std::size_t>(options.passages)) passages.resize(static_cast<std::size_t>(options.passages));
    for (Passage& passage : passages) passage.probability = 1.0 / (1.0 + std::exp(-weights.logit(passage)));
    result.passages = std::move(passages);
  });
  result.answered = !result.passages.empty() && result.passages.front().probability >= options.threshold;
  return result;
}

}  // namespace fathom::search
