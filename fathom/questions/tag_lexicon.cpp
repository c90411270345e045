#include "fathom/questions/tag_lexicon.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/questions/closed_classes.h"
#include "fathom/questions/features.h"
#include "fathom/text/unicode_classes.h"

namespace fathom::questions {
namespace {

constexpr std::size_t longest_ending = 5;

// What a word's verb forms are: of "walked" past and participle.
void add_verb(std::string_view word, std::string_view base, float weight, TagShares& weights) {
  const auto add = [&](Tag tag, float part) { weights[static_cast<std::size_t>(tag)] += part * weight; };
  if (word == base) return add(Tag::verb, 1);
  if (word.ends_with("ing")) return add(Tag::gerund, 1);
  if (word.ends_with("s")) return add(Tag::present, 1);
  if (is_past_only(word)) return add(Tag::past, 1);
  if (word.ends_with("en") || word.ends_with("wn") || word.ends_with("ne") || word.ends_with("rn")) return add(Tag::participle, 1);
  add(Tag::past, 0.5F);
  add(Tag::participle, 0.5F);
}

// Whether WordNet writes the lemma with a capital in all its meanings.
bool is_always_capital(const text::WordNet& wordnet, text::PartOfSpeech part, std::size_t lemma) {
  const std::string_view wanted = wordnet.lemma(part, lemma);
  for (const text::Synset& synset : wordnet.synsets_of_lemma(part, lemma))
    for (const std::string_view word : synset.words)
      if (word == wanted) return false;
  return true;
}

// Weights of the parts of speech that WordNet gives the word: how often its base forms were tagged so, and a little more.
TagShares dictionary_weights(const text::WordNet& wordnet, std::string_view word) {
  TagShares weights{};
  for (int p = 0; p < text::part_of_speech_count; ++p) {
    const auto part = static_cast<text::PartOfSpeech>(p);
    for (const std::string& base : wordnet.base_forms(word, part)) {
      const std::size_t lemma = wordnet.find_lemma(part, base);
      if (lemma == wordnet.lemma_count(part)) continue;
      const float weight = static_cast<float>(wordnet.tagged_count(part, lemma)) + 0.5F;
      const auto add = [&](Tag tag) { weights[static_cast<std::size_t>(tag)] += weight; };
      switch (part) {
        case text::PartOfSpeech::noun:
          add(is_always_capital(wordnet, part, lemma) ? Tag::name : word == base ? Tag::noun : Tag::plural);
          break;
        case text::PartOfSpeech::verb: add_verb(word, base, weight, weights); break;
        case text::PartOfSpeech::adjective: add(Tag::adjective); break;
        case text::PartOfSpeech::adverb: add(Tag::adverb); break;
      }
    }
  }
  return weights;
}

// "American", "Dutch": adjectives that are always written with a capital.
bool is_capital_adjective(const text::WordNet& wordnet, std::string_view word) {
  const std::size_t lemma = wordnet.find_lemma(text::PartOfSpeech::adjective, word);
  return lemma < wordnet.lemma_count(text::PartOfSpeech::adjective) && is_always_capital(wordnet, text::PartOfSpeech::adjective, lemma);
}

// The shares as a short list, the largest first.
std::vector<std::pair<Tag, float>> listed(const TagShares& weights) {
  std::vector<std::pair<Tag, float>> list;
  float sum = 0;
  for (int t = 0; t < tag_count; ++t) {
    const float weight = weights[static_cast<std::size_t>(t)];
    if (weight > 0) list.emplace_back(static_cast<Tag>(t), weight);
    sum += weight;
  }
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (list.size() > TagChoices::most - 2) list.resize(TagChoices::most - 2);
  for (auto& [tag, share] : list) share /= sum;
  return list;
}

// Third person, past, -ing and plural of a lemma, as the rules make them; WordNet says which of them are forms.
std::vector<std::string> regular_forms(std::string_view lemma, text::PartOfSpeech part) {
  std::string stem(lemma);
  const bool ends_in_e = lemma.ends_with("e");
  const bool ends_in_y =
      lemma.size() > 1 && lemma.ends_with("y") && std::string_view("aeiou").find(lemma[lemma.size() - 2]) == std::string_view::npos;
  const bool hisses =
      lemma.ends_with("s") || lemma.ends_with("x") || lemma.ends_with("z") || lemma.ends_with("ch") || lemma.ends_with("sh");
  const std::string i_stem = ends_in_y ? stem.substr(0, stem.size() - 1) + "i" : stem;
  std::vector<std::string> forms = {ends_in_y ? i_stem + "es" : hisses ? stem + "es" : stem + "s"};
  if (part == text::PartOfSpeech::verb) {
    forms.push_back(ends_in_e ? stem + "d" : i_stem + "ed");
    forms.push_back((ends_in_e && !lemma.ends_with("ee") ? stem.substr(0, stem.size() - 1) : stem) + "ing");
    forms.push_back(stem + stem.back() + "ed");
    forms.push_back(stem + stem.back() + "ing");
  }
  return forms;
}

// As the file has it.
std::string_view kind_of(bool seen, bool capital) {
  if (capital) return seen ? "seen-capital" : "unseen-capital";
  return seen ? "seen" : "unseen";
}

float parse_share(std::string_view text, const std::string& position) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && std::isfinite(value), "{}: a share is expected, found '{}'", position,
          text);
  return value;
}

}  // namespace

void TagChoices::add(Tag tag, float share) {
  for (int i = 0; i < count; ++i) {
    if (tags[static_cast<std::size_t>(i)] == tag) {
      shares[static_cast<std::size_t>(i)] += share;
      return;
    }
  }
  if (count == most) return;
  tags[static_cast<std::size_t>(count)] = tag;
  shares[static_cast<std::size_t>(count++)] = share;
}

void TagLexicon::add(const std::string& word, Entry entry) {
  if (numbers_.emplace(word, static_cast<std::int32_t>(entries_.size())).second) entries_.push_back(std::move(entry));
}

TagLexicon TagLexicon::make(const text::WordNet& wordnet, const std::unordered_map<std::string, CaseCounts>& words) {
  TagLexicon lexicon;
  const auto known = [&](const std::string& word, float name_share, bool seen) {
    if (closed_classes().contains(word) || word.find_first_of("0123456789") != std::string::npos) return;
    Entry entry{listed(dictionary_weights(wordnet, word)), name_share, seen, is_capital_adjective(wordnet, word)};
    if (!entry.shares.empty()) lexicon.add(word, std::move(entry));
  };
  std::vector<std::string> sorted;
  sorted.reserve(words.size());
  for (const auto& [word, counts] : words) sorted.push_back(word);
  std::sort(sorted.begin(), sorted.end());
  const auto name_share = [&](const std::string& word) {
    const CaseCounts& counts = words.at(word);
    return counts.capital + counts.small == 0 ? -1.0F
                                              : static_cast<float>(counts.capital) / static_cast<float>(counts.capital + counts.small);
  };
  for (const std::string& word : sorted) known(word, name_share(word), true);
  lexicon.learn_endings();
  // Words that WordNet does not have are guessed once; learning then settles them by their neighbours.
  for (const std::string& word : sorted) {
    if (lexicon.numbers_.contains(word) || closed_classes().contains(word) || words.at(word).small < 2) continue;
    if (word.find_first_of("0123456789") != std::string::npos || word.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos)
      continue;
    lexicon.add(word, {listed(lexicon.guess(word)), name_share(word), true, false});
  }
  for (int p = 0; p < text::part_of_speech_count; ++p) {
    const auto part = static_cast<text::PartOfSpeech>(p);
    for (std::size_t i = 0; i < wordnet.lemma_count(part); ++i) {
      const std::string lemma(wordnet.lemma(part, i));
      if (lemma.find('_') != std::string::npos || lexicon.numbers_.contains(lemma)) continue;
      known(lemma, -1, false);
    }
    if (part != text::PartOfSpeech::noun && part != text::PartOfSpeech::verb) continue;
    for (std::size_t i = 0; i < wordnet.lemma_count(part); ++i) {
      const std::string_view lemma = wordnet.lemma(part, i);
      if (lemma.find('_') != std::string_view::npos || wordnet.tagged_count(part, i) == 0) continue;
      for (const std::string& form : regular_forms(lemma, part))
        if (!lexicon.numbers_.contains(form)) known(form, -1, false);
    }
  }
  return lexicon;
}

void TagLexicon::learn_endings() {
  endings_.clear();
  std::unordered_map<std::string, int> types;
  for (const auto& [word, number] : numbers_) {
    const Entry& entry = entries_[static_cast<std::size_t>(number)];
    // Names tell nothing of endings; short words follow no rule.
    if (!entry.seen || word.size() < 4 || entry.shares.front().first == Tag::name || entry.name_share > 0.5F) continue;
    for (std::size_t length = 0; length <= std::min(longest_ending, word.size() - 2); ++length) {
      const std::string ending = word.substr(word.size() - length);
      TagShares& shares = endings_[ending];
      ++types[ending];
      for (const auto& [tag, share] : entry.shares)
        if (tag != Tag::name)
          shares[static_cast<std::size_t>(tag)] += std::round(share * 64);  // whole numbers: their sum is the same in any order
    }
  }
  std::erase_if(endings_, [&](const auto& ending) { return types[ending.first] < 8; });
  for (auto& [ending, shares] : endings_) {
    float sum = 0;
    for (const float share : shares) sum += share;
    if (sum == 0) continue;
    for (float& share : shares) share /= sum;
  }
}

TagShares TagLexicon::guess(std::string_view lower) const {
  const std::size_t longest = std::min(longest_ending, lower.size());
  for (std::size_t length = longest + 1; length-- > 0;) {
    const auto found = endings_.find(std::string(lower.substr(lower.size() - length)));
    if (found != endings_.end()) return found->second;
  }
  TagShares noun{};
  noun[static_cast<std::size_t>(Tag::noun)] = 1;
  return noun;
}

void TagLexicon::add_guess(std::string_view lower, float share, TagChoices& choices) const {
  float left = share;
  if (const std::size_t hyphen = lower.rfind('-'); hyphen != std::string_view::npos && hyphen > 0) {
    choices.add(Tag::adjective, 0.6F * share);
    left -= 0.6F * share;
  }
  for (const auto& [tag, part] : listed(guess(lower))) choices.add(tag, left * part);
}

TagChoices TagLexicon::choices(std::string_view lower, std::string_view surface, bool first_in_sentence) const {
  TagChoices choices;
  const auto closed = closed_classes().find(lower);
  const bool bracket = lower.size() == 5 && lower.starts_with("-") && lower.ends_with("b-");
  const WordCase word_case = bracket ? WordCase::other : word_case_of(surface);
  if (closed != closed_classes().end()) {
    // A capital inside a sentence: of a title, or an abbreviation ("US").
    const bool title = !first_in_sentence && word_case != WordCase::lower && word_case != WordCase::other;
    const float name = !title || lower == "i" ? 0.0F : word_case == WordCase::all_capitals && lower.size() > 1 ? 0.8F : 0.2F;
    for (const auto& [tag, share] : closed->second) choices.add(tag, share * (1 - name));
    if (name > 0) choices.add(Tag::name, name);
    return choices;
  }
  if (word_case == WordCase::digits) {
    const bool ordinal = lower.ends_with("th") || lower.ends_with("st") || lower.ends_with("nd") || lower.ends_with("rd");
    choices.add(ordinal ? Tag::adjective : Tag::number, 1);
    return choices;
  }
  if (word_case == WordCase::other) {
    const bool stop = lower == "." || lower == "?" || lower == "!";
    const bool separates = lower == "," || lower == ";" || lower == ":" || lower == "--" || lower == "-" || lower == "``" ||
                           lower == "''" || lower == "`" || lower == "..." || bracket;
    choices.add(stop ? Tag::stop : separates ? Tag::punctuation : Tag::symbol, 1);
    return choices;
  }
  const std::int32_t number = number_of(lower);
  const Entry* entry = number < 0 ? nullptr : &entries_[static_cast<std::size_t>(number)];
  float name = 0;
  if (word_case != WordCase::lower) {
    if (!first_in_sentence || word_case == WordCase::all_capitals) {
      name = 0.9F;
    } else if (entry == nullptr) {
      name = 0.7F;
    } else {
      name = entry->name_share < 0 ? 0.3F : std::clamp(entry->name_share, 0.02F, 0.95F);
    }
    if (entry != nullptr && entry->capital_adjective) name = 0.5F;
    choices.add(Tag::name, name);
  }
  if (entry == nullptr) {
    add_guess(lower, 1 - name, choices);
  } else {
    for (const auto& [tag, share] : entry->shares) choices.add(tag, share * (1 - name));
  }
  return choices;
}

bool TagLexicon::is_mostly_capital(std::string_view lower) const {
  const std::int32_t number = number_of(lower);
  return number >= 0 && entries_[static_cast<std::size_t>(number)].name_share > 0.7F;
}

std::int32_t TagLexicon::number_of(std::string_view lower) const {
  const auto found = numbers_.find(std::string(lower));
  return found == numbers_.end() ? -1 : found->second;
}

const std::vector<std::pair<Tag, float>>& TagLexicon::shares(std::int32_t number) const {
  return entries_[static_cast<std::size_t>(number)].shares;
}

void TagLexicon::set_shares(std::int32_t number, const std::vector<std::pair<Tag, float>>& shares) {
  entries_[static_cast<std::size_t>(number)].shares = shares;
}

void TagLexicon::save(const std::filesystem::path& file) const {
  std::vector<std::pair<std::string_view, const Entry*>> sorted;
  for (const auto& [word, number] : numbers_) sorted.emplace_back(word, &entries_[static_cast<std::size_t>(number)]);
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  AtomicFile out(file);
  for (const auto& [word, entry] : sorted) {
    out.write(fmt::format("{}\t{:.9g}\t{}\t", word, entry->name_share, kind_of(entry->seen, entry->capital_adjective)));
    for (std::size_t i = 0; i < entry->shares.size(); ++i)
      out.write(fmt::format("{}{}:{:.9g}", i == 0 ? "" : " ", name_of(entry->shares[i].first), entry->shares[i].second));
    out.write("\n");
  }
  out.commit();
}

TagLexicon TagLexicon::load(const std::filesystem::path& file) {
  TagLexicon lexicon;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    const std::string position = lines.position();
    const std::size_t first = line->find('\t'), second = first == std::string_view::npos ? first : line->find('\t', first + 1);
    const std::size_t third = second == std::string_view::npos ? second : line->find('\t', second + 1);
    require(third != std::string_view::npos && first > 0, "{}: 'word TAB share of names TAB seen or unseen TAB tag:share …' is expected",
            position);
    Entry entry;
    entry.name_share = parse_share(line->substr(first + 1, second - first - 1), position);
    const std::string_view kind = line->substr(second + 1, third - second - 1);
    entry.capital_adjective = kind.ends_with("capital");
    entry.seen = kind == kind_of(true, entry.capital_adjective);
    require(kind == kind_of(entry.seen, entry.capital_adjective), "{}: 'seen' or 'unseen' is expected, found '{}'", position, kind);
    for (std::size_t at = third + 1; at < line->size();) {
      const std::size_t end = std::min(line->find(' ', at), line->size());
      const std::string_view part = line->substr(at, end - at);
      const std::size_t colon = part.find(':');
      require(colon != std::string_view::npos, "{}: 'tag:share' is expected, found '{}'", position, part);
      entry.shares.emplace_back(tag_named(part.substr(0, colon)), parse_share(part.substr(colon + 1), position));
      at = end + 1;
    }
    require(!entry.shares.empty() && entry.shares.size() <= TagChoices::most - 2, "{}: a word has one to {} parts of speech", position,
            TagChoices::most - 2);
    const std::string word(line->substr(0, first));
    require(!lexicon.numbers_.contains(word), "{}: the word '{}' is given twice", position, word);
    lexicon.add(word, std::move(entry));
  }
  require(lexicon.size() > 0, "{}: there are no words in this file", file.string());
  lexicon.learn_endings();
  return lexicon;
}

}  // namespace fathom::questions
