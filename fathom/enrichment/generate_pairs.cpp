#include "fathom/enrichment/generate_pairs.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/search/same_question.h"
#include "fathom/text/words.h"

namespace fathom::enrichment {
namespace {

constexpr std::size_t candidates_at_once = 512;  // given to the generator together

// A page's questions on their way.
struct PageWork {
  std::int64_t number = 0;
  std::vector<QuestionPair> pairs;
};

std::string_view around(std::string_view text, const std::vector<text::Span>& sentences, std::size_t i) {
  const std::size_t begin = sentences[i > 0 ? i - 1 : i].begin, end = sentences[std::min(i + 1, sentences.size() - 1)].end;
  return text.substr(begin, end - begin);
}

// The passage of a place, and the pair that it is to become; nullopt when the place is in no sentence.
std::optional<std::pair<questions::AnswerInContext, QuestionPair>> place_of(const index::Page& page,
                                                                            const std::vector<text::Span>& sentences,
                                                                            const text::Span& answer) {
  const auto holder = std::find_if(sentences.begin(), sentences.end(), [&](const text::Span& sentence) {
    return sentence.begin <= answer.begin && answer.end <= sentence.end && answer.begin < answer.end;
  });
  if (holder == sentences.end()) return std::nullopt;
  const auto ordinal = static_cast<std::size_t>(holder - sentences.begin());
  QuestionPair pair;
  pair.page = page.id;
  pair.answer = answer.of(page.text);
  pair.answer_start = answer.begin;
  pair.sentence = holder->of(page.text);
  const std::string_view passage = around(page.text, sentences, ordinal);
  pair.passage = passage;
  const auto before = static_cast<std::size_t>(passage.data() - page.text.data());
  questions::AnswerInContext place{std::string(passage), pair.answer, answer.begin - before};
  return std::pair(std::move(place), std::move(pair));
}

class Generation {
 public:
  Generation(search::Searcher& searcher, questions::QuestionGenerator& generator, const GenerateOptions& options,
             const std::function<void(const QuestionPair&)>& take)
      : searcher_(searcher), generator_(generator), options_(options), take_(take), reader_(searcher.directory()) {}

  GenerateReport run(const AnswerFinder& find) {
    const std::vector<std::int64_t> numbers = reader_.all_pages();
    std::unordered_set<std::string> hashes;
    std::int64_t done = 0;
    for (const std::int64_t number : numbers) {
      if (hashes.insert(reader_.hash(number)).second)
        add_page(number, find);
      else
        ++report_.copies;
      ++done;
      if (places_.size() >= candidates_at_once) finish_batch();
      if (options_.progress) options_.progress(done, static_cast<std::int64_t>(numbers.size()));
    }
    finish_batch();
    return report_;
  }

 private:
  void add_page(std::int64_t number, const AnswerFinder& find) {
    ++report_.pages;
    const index::Page page = reader_.page(number);
    const std::vector<text::Span> sentences = reader_.sentences(number);
    const auto most = static_cast<std::size_t>(options_.candidates > 0 ? options_.candidates : 3 * options_.per_page);
    std::size_t found = 0;
    for (const text::Span& answer : find(page.text, most)) {
      auto place = place_of(page, sentences, answer);
      if (!place) continue;  // over the edge of a sentence that was cut
      ++found;
      places_.push_back(std::move(place->first));
      drafts_.push_back(std::move(place->second));
    }
    report_.candidates += static_cast<std::int64_t>(found);
    report_.without_candidates += found == 0 ? 1 : 0;
  }

  void finish_batch() {
    if (places_.empty()) return;
    const auto generated = generator_.generate(places_, options_.n_best);
    require(generated.size() == places_.size(), "the generator gave questions for {} answers where {} were asked for", generated.size(),
            places_.size());
    std::vector<QuestionPair> pairs;
    for (std::size_t i = 0; i < generated.size(); ++i) {
      for (const questions::GeneratedQuestion& question : generated[i]) {
        ++report_.generated;
        if (gives_away(question.question, drafts_[i].answer)) {
          ++report_.gives_answer_away;
          continue;
        }
        pairs.push_back(drafts_[i]);
        pairs.back().question = question.question;
        pairs.back().type = question.type;
        pairs.back().score = question.score;
      }
    }
    places_.clear();
    drafts_.clear();
    if (options_.check) check(pairs);
    for (auto begin = pairs.begin(); begin != pairs.end();) {
      const auto end = std::find_if(begin, pairs.end(), [&](const QuestionPair& pair) { return pair.page != begin->page; });
      finish_page({std::make_move_iterator(begin), std::make_move_iterator(end)});
      begin = end;
    }
  }

  bool gives_away(const std::string& question, const std::string& answer) {
    // Whole words: "In what year" does not hold the answer "I".
    const std::string padded = spaced(question), wanted = spaced(answer);
    return wanted.size() > 2 && padded.find(wanted) != std::string::npos;
  }

  std::string spaced(const std::string& text) {
    std::string out = " ";
    for (const text::Word& word : words_.split(text)) out += word.text + " ";
    return out;
  }

  void check(std::vector<QuestionPair>& pairs) {
    for_each_piece(static_cast<std::int64_t>(pairs.size()), options_.threads, [&](std::int64_t i) {
      QuestionPair& pair = pairs[static_cast<std::size_t>(i)];
      pair.round_trip = round_trip(searcher_, pair.question, {pair.page, pair.sentence, pair.answer}, options_.round_trip);
    });
    std::erase_if(pairs, [&](const QuestionPair& pair) {
      report_.page_not_found += pair.round_trip->verdict == RoundTrip::Verdict::page_not_found ? 1 : 0;
      report_.answer_not_found += pair.round_trip->verdict == RoundTrip::Verdict::answer_not_found ? 1 : 0;
      return pair.round_trip->verdict != RoundTrip::Verdict::found;
    });
  }

  void finish_page(std::vector<QuestionPair> pairs) {
    std::stable_sort(pairs.begin(), pairs.end(), [](const QuestionPair& a, const QuestionPair& b) {
      const std::int64_t rank_a = a.round_trip ? a.round_trip->passage_rank : 0, rank_b = b.round_trip ? b.round_trip->passage_rank : 0;
      return rank_a != rank_b ? rank_a < rank_b : a.score > b.score;
    });
    std::vector<std::vector<std::string>> taken;
    for (const QuestionPair& pair : pairs) {
      const std::vector<std::string> words = search::question_words(reader_, pair.question);
      const bool again = std::any_of(taken.begin(), taken.end(), [&](const auto& other) { return search::ask_the_same(words, other); });
      if (again || !seen_.insert(spaced(pair.question)).second) {
        ++report_.duplicates;
      } else if (static_cast<std::int64_t>(taken.size()) == options_.per_page) {
        ++report_.beyond;
      } else {
        taken.push_back(words);
        ++report_.kept;
        take_(pair);
      }
    }
  }

  search::Searcher& searcher_;
  questions::QuestionGenerator& generator_;
  const GenerateOptions& options_;
  const std::function<void(const QuestionPair&)>& take_;
  index::PageReader reader_;
  text::WordSplitter words_;
  std::vector<questions::AnswerInContext> places_;
  std::vector<QuestionPair> drafts_;  // a place each
  std::unordered_set<std::string> seen_;
  GenerateReport report_;
};

}  // namespace

GenerateReport generate_pairs(search::Searcher& searcher, const AnswerFinder& find, questions::QuestionGenerator& generator,
                              const GenerateOptions& options, const std::function<void(const QuestionPair& pair)>& take) {
  if (options.per_page < 1) fail_usage("{} questions a page are asked for; at least 1 is possible", options.per_page);
  if (options.n_best < 1) fail_usage("n-best is {}; at least 1 question an answer is needed", options.n_best);
  if (options.candidates < 0) fail_usage("{} answers a page are asked for; at least 1 is needed (0: three a question)", options.candidates);
  return Generation(searcher, generator, options, take).run(find);
}

std::string describe(const GenerateReport& report) {
  std::string text =
      fmt::format("{} pages, {} answers found in them, {} questions generated", report.pages, report.candidates, report.generated);
  std::string left_out;
  const auto say = [&](std::int64_t count, const char* why) {
    if (count > 0) left_out += fmt::format("\n  {:>8}  {}", count, why);
  };
  say(report.gives_answer_away, "hold their answer");
  say(report.page_not_found, "do not find their page again");
  say(report.answer_not_found, "find the page, but not their sentence or answer");
  say(report.duplicates, "ask the same as a better one");
  say(report.beyond, "are more than the page may have (--per-page)");
  if (!left_out.empty()) text += "; questions left out:" + left_out;
  if (report.copies > 0) text += fmt::format("\n{} pages are copies of others and were passed over", report.copies);
  if (report.without_candidates > 0)
    text += fmt::format("\nin {} pages no answer was found that could be asked for", report.without_candidates);
  if (report.kept > 0) return text + fmt::format("\n{} questions kept", report.kept);
  return text + (report.candidates == 0 ? "\nno question is left: no page holds an answer that could be asked for"
                                        : "\nno question is left: every one was filtered out");
}

}  // namespace fathom::enrichment
