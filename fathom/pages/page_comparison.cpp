#include "fathom/pages/page_comparison.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/parallel.h"
#include "fathom/index/document_store.h"
#include "fathom/index/int8_vectors.h"
#include "fathom/pages/sentence_selection.h"
#include "fathom/text/words.h"

namespace fathom::pages {
namespace {

constexpr std::int64_t depth = 100, piece_queries = 32;

const std::map<std::string, std::vector<double> RankingScores::*> measures = {
    {"recall@1", &RankingScores::recall_1},     {"recall@5", &RankingScores::recall_5},      {"recall@10", &RankingScores::recall_10},
    {"recall@100", &RankingScores::recall_100}, {"mrr@10", &RankingScores::reciprocal_rank}, {"ndcg@10", &RankingScores::ndcg}};

RankingScores room_for(std::size_t queries) {
  RankingScores scores;
  for (const auto& [name, member] : measures) (scores.*member).resize(queries);
  return scores;
}

// `ranking`: page ids, best first.
void score(RankingScores& scores, std::size_t query, const std::vector<std::string>& ranking, const metrics::Judgements& judgements) {
  std::vector<metrics::Retrieved> run;
  for (std::size_t i = 0; i < ranking.size(); ++i) run.push_back({ranking[i], -static_cast<double>(i)});
  scores.recall_1[query] = metrics::recall_at(run, judgements, 1);
  scores.recall_5[query] = metrics::recall_at(run, judgements, 5);
  scores.recall_10[query] = metrics::recall_at(run, judgements, 10);
  scores.recall_100[query] = metrics::recall_at(run, judgements, 100);
  scores.ndcg[query] = metrics::ndcg_at(run, judgements, 10);
  run.resize(std::min<std::size_t>(run.size(), 10));
  scores.reciprocal_rank[query] = metrics::reciprocal_rank(run, judgements);
}

void for_queries(const std::vector<JudgedQuery>& queries, int threads,
                 const std::function<void(std::size_t begin, std::size_t end)>& work) {
  const auto count = static_cast<std::int64_t>(queries.size());
  for_each_piece((count + piece_queries - 1) / piece_queries, threads, [&](std::int64_t piece) {
    work(static_cast<std::size_t>(piece * piece_queries), static_cast<std::size_t>(std::min(count, (piece + 1) * piece_queries)));
  });
}

}  // namespace

Arm rank_by_vectors(const std::string& name, const index::PageEncoder& encoder, std::int64_t most_vectors, const PageCollection& collection,
                    const std::vector<JudgedQuery>& queries, int threads) {
  const auto count = static_cast<std::int64_t>(collection.pages.size());
  std::vector<std::vector<index::PageVector>> of_page(collection.pages.size());
  for_each_piece(count, threads, [&](std::int64_t i) {
    const Page& page = collection.pages[static_cast<std::size_t>(i)];
    of_page[static_cast<std::size_t>(i)] = encoder.encode_page(page.title, page.sentence_texts(), most_vectors);
  });
  std::vector<float> values;
  std::vector<std::int32_t> page_of;
  for (std::size_t p = 0; p < of_page.size(); ++p) {
    for (const index::PageVector& vector : of_page[p]) {
      values.insert(values.end(), vector.values.begin(), vector.values.end());
      page_of.push_back(static_cast<std::int32_t>(p));
    }
  }
  const auto vectors = static_cast<std::int64_t>(page_of.size());
  require(vectors > 0, "{}: the encoder knows no word of any page", name);
  Arm arm{name, vectors, vectors * (encoder.width() + static_cast<std::int64_t>(sizeof(float))), room_for(queries.size())};
  const index::Int8Search search(index::quantize(values.data(), vectors, encoder.width()));
  for_queries(queries, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t q = begin; q < end; ++q) {
      const std::vector<float> query = encoder.encode_query(queries[q].text);
      std::vector<std::string> ranking;
      std::vector<bool> seen(collection.pages.size(), false);
      for (const index::VectorHit& hit : search.search(query.data(), std::min(vectors, depth * most_vectors))) {
        const auto page = static_cast<std::size_t>(page_of[static_cast<std::size_t>(hit.row)]);
        if (seen[page]) continue;
        seen[page] = true;
        ranking.push_back(collection.pages[page].id);
        if (static_cast<std::int64_t>(ranking.size()) == depth) break;
      }
      score(arm.scores, q, ranking, queries[q].judgements);
    }
  });
  return arm;
}

Arm rank_by_words(const PageCollection& collection, const std::vector<JudgedQuery>& queries, int threads) {
  const AtomicDirectory directory(std::filesystem::temp_directory_path() / "fathom-compare");  // never committed: gone afterwards
  {
    index::DocumentWriter writer(directory.path(), "compare");
    for (const Page& page : collection.pages) writer.add({page.id, page.title, page.text});
    writer.finish("none");
  }
  Arm arm{words_arm, 0, 0, room_for(queries.size())};
  for_queries(queries, threads, [&](std::size_t begin, std::size_t end) {
    index::DocumentStore store(directory.path(), "compare");
    text::WordSplitter splitter;
    for (std::size_t q = begin; q < end; ++q) {
      std::vector<std::string> words, ranking;
      for (const text::Word& word : splitter.split(queries[q].text)) words.push_back(word.text);
      for (const index::TextHit& hit : store.search(words, {.limit = depth, .most_matches = 0, .titles_only = false}))
        ranking.push_back(collection.pages[static_cast<std::size_t>(hit.document - 1)].id);
      score(arm.scores, q, ranking, queries[q].judgements);
    }
  });
  return arm;
}

SentenceRecall sentence_recall(const ClickPageEncoder& encoder, std::int64_t most, const PageCollection& collection,
                               const std::vector<PageExample>& clicks, int threads) {
  std::vector<std::vector<const PageExample*>> of_page(collection.pages.size());
  for (const PageExample& click : clicks)
    if (click.sentence >= 0) of_page[static_cast<std::size_t>(click.page)].push_back(&click);
  std::vector<SentenceRecall> parts(of_page.size());
  for_each_piece(static_cast<std::int64_t>(of_page.size()), threads, [&](std::int64_t i) {
    const Page& page = collection.pages[static_cast<std::size_t>(i)];
    const auto count = static_cast<std::int64_t>(page.sentences.size());
    if (of_page[static_cast<std::size_t>(i)].empty() || count <= most) return;
    std::vector<bool> chosen(page.sentences.size(), false), likeliest(page.sentences.size(), false);
    for (const index::PageVector& vector : encoder.encode_page(page.title, page.sentence_texts(), most))
      chosen[static_cast<std::size_t>(vector.sentence)] = true;
    const std::vector<float> chances = encoder.click_probabilities(page.title, page.sentence_texts());
    for (const std::int64_t sentence : select_sentences(nullptr, chances.data(), count, 0, most, Selection::top))
      likeliest[static_cast<std::size_t>(sentence)] = true;
    SentenceRecall& part = parts[static_cast<std::size_t>(i)];
    for (const PageExample* click : of_page[static_cast<std::size_t>(i)]) {
      ++part.clicks;
      part.chosen += chosen[static_cast<std::size_t>(click->sentence)] ? 1 : 0;
      part.likeliest += likeliest[static_cast<std::size_t>(click->sentence)] ? 1 : 0;
      part.first += click->sentence < most ? 1 : 0;
      part.random += static_cast<double>(most) / static_cast<double>(count);
    }
  });
  SentenceRecall all;
  for (const SentenceRecall& part : parts) {
    all.clicks += part.clicks;
    all.chosen += part.chosen;
    all.likeliest += part.likeliest;
    all.first += part.first;
    all.random += part.random;
  }
  const auto clicked = static_cast<double>(std::max<std::int64_t>(all.clicks, 1));
  for (double* share : {&all.chosen, &all.likeliest, &all.first, &all.random}) *share /= clicked;
  return all;
}

std::vector<double> values_of(const RankingScores& scores, const std::string& measure, const std::vector<JudgedQuery>& queries,
                              const std::string& group) {
  const std::vector<double>& all = scores.*measures.at(measure);
  std::vector<double> values;
  for (std::size_t i = 0; i < queries.size(); ++i)
    if (group.empty() || queries[i].group == group) values.push_back(all[i]);
  return values;
}

OrderedJson mean_scores(const RankingScores& scores, const std::vector<JudgedQuery>& queries, const std::string& group) {
  OrderedJson means;
  for (const char* measure : {"recall@1", "recall@5", "recall@10", "recall@100", "mrr@10", "ndcg@10"}) {
    const std::vector<double> values = values_of(scores, measure, queries, group);
    double sum = 0;
    for (const double value : values) sum += value;
    means[measure] = values.empty() ? 0.0 : sum / static_cast<double>(values.size());
  }
  return means;
}

}  // namespace fathom::pages
