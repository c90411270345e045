#include "fathom/questions/candidate_spans.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace fathom::questions {
namespace {

bool inside_phrase(Tag tag) {
  return is_noun(tag) || tag == Tag::adjective || tag == Tag::number || tag == Tag::participle || tag == Tag::gerund;
}

bool is_amount(EntityClass entity) {
  return entity == EntityClass::quantity || entity == EntityClass::percent || entity == EntityClass::money;
}

// Counts in steps that grow: 0, 1, 2, 3–4, 5–8, …
int bucket(std::size_t count) {
  int step = 0;
  for (std::size_t limit = 1; count >= limit && step < 8; limit = limit < 3 ? limit + 1 : 2 * limit - 1) ++step;
  return step;
}

std::size_t times_in(std::string_view text, std::string_view part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos && times < 5; at = text.find(part, at + part.size())) ++times;
  return times;
}

}  // namespace

std::vector<CandidateSpan> candidate_spans(const AnalyzedText& sentence) {
  std::vector<CandidateSpan> spans;
  std::set<std::pair<std::size_t, std::size_t>> known;
  const std::size_t size = sentence.words.size();
  const auto add = [&](std::size_t begin, std::size_t end, EntityClass entity) {
    if (begin < end && known.emplace(begin, end).second) spans.push_back({begin, end, entity});
  };
  const auto is_determiner = [&](std::size_t at) { return sentence.tags[at] == Tag::determiner || sentence.tags[at] == Tag::possessive; };
  for (std::size_t i = 0; i < size;) {
    const EntityClass entity = sentence.entities[i];
    std::size_t end = i + 1;
    while (end < size && sentence.entities[end] == entity) ++end;
    if (entity != EntityClass::none) {
      add(i, end, entity);
      if (is_amount(entity) && end - i > 1) {
        add(i, end - 1, EntityClass::number);
        if (sentence.tags[i] != Tag::number) add(i + 1, end, EntityClass::number);
      }
      if (entity == EntityClass::date && sentence.words[end - 1].size() == 4 && end - i > 1) add(end - 1, end, entity);
    }
    i = end;
  }
  struct Phrase {
    std::size_t begin, core, end;  // with and without determiner
  };
  std::vector<Phrase> phrases;
  for (std::size_t i = 0; i < size;) {
    std::size_t core = i;
    if (is_determiner(i)) ++core;
    std::size_t end = core;
    while (end < size && (inside_phrase(sentence.tags[end]) ||
                          (sentence.words[end] == "'s" && end > core && end + 1 < size && inside_phrase(sentence.tags[end + 1]))))
      ++end;
    std::size_t last = end;  // the phrase ends in a noun
    while (last > core && !is_noun(sentence.tags[last - 1])) --last;
    if (last > core) phrases.push_back({i, core, last});
    i = std::max(end, i + 1);
  }
  for (std::size_t p = 0; p < phrases.size(); ++p) {
    const auto& [begin, core, end] = phrases[p];
    add(core, end, EntityClass::none);
    add(begin, end, EntityClass::none);
    // "father of modern chemistry", "salt and pepper"
    if (p + 1 < phrases.size() && phrases[p + 1].begin == end + 1) {
      const std::string& joint = sentence.words[end];
      if (joint == "of" || joint == "and" || joint == "or" || joint == "for" || joint == "in") {
        add(begin, phrases[p + 1].end, EntityClass::none);
        add(core, phrases[p + 1].end, EntityClass::none);
      }
    }
    // A name without the words before it, or the noun at the end of a longer phrase.
    if (end - core > 2) add(end - 2, end, EntityClass::none);
    if (end - core > 1) add(end - 1, end, EntityClass::none);
  }
  for (std::size_t i = 0; i < size; ++i)
    if (sentence.tags[i] == Tag::adjective && sentence.entities[i] == EntityClass::none) add(i, i + 1, EntityClass::none);
  return spans;
}

std::vector<std::string> candidate_clues(const AnalyzedText& sentence, std::string_view sentence_text, const CandidateSpan& span,
                                         const CandidatePlace& place, const std::function<int(const std::string&)>& rarity) {
  const auto& [begin, end, entity] = span;
  const std::size_t size = sentence.words.size();
  const auto tag = [&](std::size_t at) { return at < size ? name_of(sentence.tags[at]) : std::string_view("edge"); };
  const std::string kind(name_of(entity));
  std::vector<std::string> clues = {"always", "class " + kind};
  const auto add = [&](std::string_view what, const auto& value) { clues.push_back(fmt::format("{} {}", what, value)); };
  const std::size_t length = end - begin;
  add("length", std::min<std::size_t>(length, 8));
  add(kind + " length", std::min<std::size_t>(length, 4));
  add("sentence", std::min<std::size_t>(place.sentence, 5));
  add("part of sentence", begin * 4 / size);
  add("first tag", tag(begin));
  add("last tag", tag(end - 1));
  add("tags", fmt::format("{} {} {}", tag(begin), tag(end - 1), std::min<std::size_t>(length, 3)));
  add("tag before", begin == 0 ? std::string_view("edge") : tag(begin - 1));
  add("tag behind", tag(end));
  add("tags around", fmt::format("{} {}", begin == 0 ? std::string_view("edge") : tag(begin - 1), tag(end)));
  add("word before", begin == 0 ? std::string("|") : sentence.words[begin - 1]);
  add("word behind", end == size ? std::string("|") : sentence.words[end]);
  add("head", sentence.words[end - 1]);
  add("first word", sentence.words[begin]);
  // Whether a longer entity or phrase goes on beside it.
  if (begin > 0) add("class before", name_of(sentence.entities[begin - 1]));
  if (end < size) add("class behind", name_of(sentence.entities[end]));
  std::size_t names = 0;
  int rarest = 0, sum = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const int of_word = rarity(sentence.words[i]);
    rarest = std::max(rarest, of_word);
    sum += of_word;
    if (sentence.entities[i] != EntityClass::none) ++names;
  }
  add("rarest word", rarest);
  add("rarity", sum / static_cast<int>(length));
  add("entity words", fmt::format("{} {}", names == 0 ? "none" : names == length ? "all" : "some", kind));
  const std::size_t from = sentence.tokens[begin].begin, to = sentence.tokens[end - 1].end;
  add("times in text", bucket(times_in(place.text, sentence_text.substr(from, to - from))));
  add("words in sentence", bucket(size / 5));
  return clues;
}

}  // namespace fathom::questions
