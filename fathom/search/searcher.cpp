#include "fathom/search/searcher.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/search/index_check.h"
#include "fathom/search/snippet.h"
#include "fathom/search/suggestions.h"

namespace fathom::search {
namespace {

constexpr std::int64_t least_depth = 100;  // of each half's candidates
constexpr int most_attempts = 10;          // to load an encoder that a writer is just replacing

}  // namespace

struct Searcher::Loaded {
  std::string folder, fingerprint, ranking_text;
  std::unique_ptr<index::PageEncoder> encoder;
  Ranking ranking;
};

// A reader with a fresh snapshot, given back at the end.
class Searcher::Lease {
 public:
  explicit Lease(Searcher& searcher) : searcher_(searcher) {
    {
      const std::lock_guard lock(searcher.mutex_);
      if (!searcher.idle_.empty()) {
        reader_ = std::move(searcher.idle_.back());
        searcher.idle_.pop_back();
      }
    }
    if (reader_ == nullptr)
      reader_ = std::make_unique<index::PageReader>(searcher.directory_, index::PageReaderOptions{searcher.options_.verify});
    else
      reader_->refresh();
    for (int attempt = 1;; ++attempt) {
      try {
        loaded_ = searcher.loaded_for(reader_->state());
        return;
      } catch (const Error&) {
        if (!reader_->refresh() || attempt == most_attempts) throw;
      }
    }
  }
  ~Lease() {
    try {
      reader_->release();
    } catch (const Error&) {
      return;  // a reader that cannot end its snapshot is not used again
    }
    const std::lock_guard lock(searcher_.mutex_);
    searcher_.idle_.push_back(std::move(reader_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  View view() const { return {*reader_, loaded_->encoder.get(), loaded_->ranking}; }

 private:
  Searcher& searcher_;
  std::unique_ptr<index::PageReader> reader_;
  std::shared_ptr<const Loaded> loaded_;
};

Searcher::Searcher(std::filesystem::path directory, SearcherOptions options) : directory_(std::move(directory)), options_(options) {
  const Lease check(*this);
}

Searcher::~Searcher() = default;

std::shared_ptr<const Searcher::Loaded> Searcher::loaded_for(const index::PageIndexState& state) {
  std::shared_ptr<const Loaded> before;
  {
    const std::lock_guard lock(mutex_);
    before = loaded_;
  }
  if (before != nullptr && before->folder == state.encoder && before->fingerprint == state.fingerprint &&
      before->ranking_text == state.ranking)
    return before;
  auto loaded = std::make_shared<Loaded>();
  loaded->folder = state.encoder;
  loaded->fingerprint = state.fingerprint;
  loaded->ranking_text = state.ranking;
  if (!state.ranking.empty()) loaded->ranking = Ranking::from_json(state.ranking, directory_.string() + ": ranking");
  loaded->encoder = load_index_encoder(directory_, state);
  const std::lock_guard lock(mutex_);
  loaded_ = loaded;
  return loaded;
}

void Searcher::with_view(const std::function<void(const View&)>& use) {
  const Lease lease(*this);
  use(lease.view());
}

CandidateSet Searcher::candidates(const View& view, std::string_view query, std::int64_t depth, const index::AllowedPages& allowed) const {
  CandidateSet set;
  set.terms = view.reader.text_query(query, {.most_matches = options_.most_matches, .questions = options_.questions});
  const std::vector<index::TextHit> text = view.reader.search_text(set.terms, allowed);
  std::unordered_map<std::int64_t, std::size_t> text_ranks;  // from 0
  for (std::size_t i = 0; i < text.size(); ++i) text_ranks.emplace(text[i].document, i);
  const auto with_text = [&](Candidate& candidate) {
    const auto found = text_ranks.find(candidate.number);
    if (found == text_ranks.end()) return;
    candidate.bm25 = text[found->second].score;
    candidate.text_share = set.terms.most > 0.0 ? candidate.bm25 / set.terms.most : 0.0;
    candidate.text_rank = static_cast<std::int64_t>(found->second) + 1;
  };
  std::vector<index::PageVectorHit> vectors;
  std::optional<index::QuantizedQuery> quantized;
  if (view.encoder != nullptr && view.encoder->width() > 0) {
    set.vector = view.encoder->encode_query(query);
    quantized.emplace(set.vector);
    vectors = view.reader.search_vectors(*quantized, depth, allowed, options_.exact_vectors);
  }
  const bool compared = set.has_vector();
  std::unordered_set<std::int64_t> seen;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    Candidate candidate{.number = vectors[i].page,
                        .cosine = static_cast<double>(vectors[i].score),
                        .vector_rank = static_cast<std::int64_t>(i) + 1,
                        .sentence = vectors[i].sentence};
    with_text(candidate);
    seen.insert(candidate.number);
    set.candidates.push_back(candidate);
  }
  for (std::size_t i = 0; i < text.size() && static_cast<std::int64_t>(i) < depth; ++i) {
    if (seen.contains(text[i].document)) continue;
    Candidate candidate{.number = text[i].document, .compared = compared};
    with_text(candidate);
    if (quantized) {
      if (const auto hit = view.reader.score_vectors(*quantized, candidate.number)) {
        candidate.cosine = static_cast<double>(hit->score);
        candidate.sentence = hit->sentence;
      }
    }
    set.candidates.push_back(candidate);
  }
  set.complete = static_cast<std::int64_t>(text.size()) <= depth && static_cast<std::int64_t>(vectors.size()) < depth;
  return set;
}

CandidateSet Searcher::candidates(std::string_view query, std::int64_t depth, const index::PageFilter& filter) {
  const Lease lease(*this);
  const View view = lease.view();
  return candidates(view, query, depth, view.reader.allowed(filter));
}

SearchResponse Searcher::search(const SearchRequest& request) {
  if (request.k < 1) fail_usage("{} results are asked for; at least 1 is possible", request.k);
  const Lease lease(*this);
  const View view = lease.view();
  const index::AllowedPages allowed = view.reader.allowed(request.filter);
  SearchResponse response;
  response.generation = view.reader.state().generation;
  response.ranking = view.ranking;
  std::vector<float> vector;
  if (!options_.exact_vectors) response.cells = view.reader.cells_use();
  std::vector<double> log_odds;  // of each hit
  // Copies of a page take places among the candidates: look deeper until there are k others.
  for (std::int64_t depth = std::max(least_depth, 2 * request.k);; depth *= 4) {
    CandidateSet set = candidates(view, request.query, depth, allowed);
    std::vector<SearchHit> hits;
    log_odds.clear();
    std::unordered_set<std::string> hashes;
    for (const Ranked& ranked : order(set.candidates, request.mode, view.ranking)) {
      if (static_cast<std::int64_t>(hits.size()) == request.k) break;
      const Candidate& candidate = set.candidates[ranked.candidate];
      if (request.fold_duplicates && !hashes.insert(view.reader.hash(candidate.number)).second) continue;
      SearchHit hit;
      hit.number = candidate.number;
      hit.score = ranked.score;
      log_odds.push_back(ranked.log_odds);
      hit.parts = candidate;
      hits.push_back(std::move(hit));
    }
    if (static_cast<std::int64_t>(hits.size()) < request.k && !set.complete) continue;
    response.hits = std::move(hits);
    response.query_has_vector = set.has_vector();
    response.terms = std::move(set.terms);
    vector = std::move(set.vector);
    break;
  }
  for (std::size_t i = 0; i < response.hits.size(); ++i) {
    SearchHit& hit = response.hits[i];
    fill_hit(hit, view.reader, response.terms);
    hit.probability = view.ranking.probability(log_odds[i], hit.coverage);
    hit.good = hit.probability >= request.threshold;
    response.answered = response.answered || hit.good;
  }
  if (request.suggestions > 0) response.suggestions = choose_suggestions(view, response, request.query, vector, request.suggestions);
  return response;
}

}  // namespace fathom::search
