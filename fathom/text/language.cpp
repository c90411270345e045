#include "fathom/text/language.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "fathom/text/language_profiles.h"
#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

constexpr std::string_view undetermined = "und";
// A character that stands for a word or syllable says as much as this many letters.
constexpr double dense_letters = 3.0;
constexpr double kana_of_japanese = 0.08;  // of Han and kana; Chinese text quotes less of it
// Evidence: a frequent word counts 1, a typical group of letters this much. Shared between k languages: 1/k each.
constexpr double trigram_weight = 0.25;
// At which evidence a guess is half as sure as its margin, and what is no evidence at all.
constexpr double half_sure_words = 1.5, half_sure_letters = 6.0, least_evidence = 0.5;
constexpr std::size_t longest_word = 48;

constexpr std::size_t max_profiles = 32;
using Scores = std::array<double, max_profiles>;

// Word or trigram → the profiles it speaks for.
class Evidence {
 public:
  Evidence() {
    const auto profiles = language_profiles();
    for (std::size_t i = 0; i < profiles.size(); ++i) {
      add(profiles[i].words, 1.0, i, words_);
      add(profiles[i].trigrams, trigram_weight, i, trigrams_);
    }
  }

  // `word`: lower case, with '_' before and behind.
  void count(std::string_view word, Scores& scores) const {
    // One letter may be a name, an option or a unit as well.
    if (word.size() > 3 && speak(words_, word.substr(1, word.size() - 2), scores)) return;
    // Windows of three characters, of one to four bytes each.
    std::array<std::size_t, 3> begins{};
    std::size_t characters = 0;
    for (std::size_t at = 0; at < word.size();) {
      begins = {begins[1], begins[2], at};
      at += std::max<std::size_t>(character_length(word.substr(at)), 1);
      if (++characters >= 3) speak(trigrams_, word.substr(begins[0], at - begins[0]), scores);
    }
  }

 private:
  using Table = std::unordered_map<std::string_view, std::vector<std::pair<std::size_t, double>>>;

  static void add(std::string_view list, double weight, std::size_t profile, Table& table) {
    for (std::size_t at = 0; at < list.size();) {
      const std::size_t end = std::min(list.find(' ', at), list.size());
      auto& speaks_for = table[list.substr(at, end - at)];
      if (speaks_for.empty() || speaks_for.back().first != profile) speaks_for.emplace_back(profile, weight);
      at = end + 1;
    }
  }

  static bool speak(const Table& table, std::string_view text, Scores& scores) {
    const auto found = table.find(text);
    if (found == table.end()) return false;
    const auto shared = static_cast<double>(found->second.size());
    for (const auto& [profile, weight] : found->second) scores[profile] += weight / shared;
    return true;
  }

  Table words_, trigrams_;
};

const Evidence& evidence() {
  static const Evidence instance;
  return instance;
}

// What a text is made of.
struct Sample {
  std::array<double, USCRIPT_CODE_LIMIT> letters{};  // by script
  Scores scores{};
  double all_letters = 0;
};

class Reader {
 public:
  explicit Reader(Sample& sample) : sample_(sample) {}

  void read(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = character_length(text.substr(at));
      if (length == 0) {
        end_word();
        ++at;
        continue;
      }
      letter_or_gap(code_point(text.substr(at), length));
      at += length;
    }
    end_word();
  }

 private:
  void letter_or_gap(char32_t c) {
    const auto character = static_cast<UChar32>(c);
    const bool ascii_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 128;
    if (ascii_letter) {
      add(USCRIPT_LATIN, c | 0x20);
    } else if (c >= 128 && u_isalpha(character)) {
      UErrorCode status = U_ZERO_ERROR;
      add(uscript_getScript(character, &status), static_cast<char32_t>(u_tolower(character)));
    } else if (const bool mark = c >= 128 && u_charType(character) == U_NON_SPACING_MARK; !mark) {
      end_word();
    }
  }

  void add(UScriptCode script, char32_t lower) {
    sample_.letters[static_cast<std::size_t>(script)] += 1;
    if (script != USCRIPT_LATIN && script != USCRIPT_CYRILLIC && script != USCRIPT_ARABIC) return end_word();
    if (word_.size() < longest_word) append_utf8(word_, lower);
  }

  void end_word() {
    if (word_.size() > 1 && word_.size() < longest_word) {
      word_ += '_';
      evidence().count(word_, sample_.scores);
    }
    word_ = "_";
  }

  Sample& sample_;
  std::string word_ = "_";
};

// Whole characters of text[begin, begin + size).
std::string_view piece(std::string_view text, std::size_t begin, std::size_t size) {
  while (begin < text.size() && begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
  return text.substr(begin, size);
}

Sample read_sample(std::string_view text, std::size_t sample_bytes) {
  Sample sample;
  Reader reader(sample);
  if (text.size() <= sample_bytes) {
    reader.read(text);
  } else {
    const std::size_t third = sample_bytes / 3;
    for (const std::size_t begin : {std::size_t{0}, (text.size() - third) / 2, text.size() - third}) reader.read(piece(text, begin, third));
  }
  for (const UScriptCode dense : {USCRIPT_HAN, USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_HANGUL}) {
    sample.letters[static_cast<std::size_t>(dense)] *= dense_letters;
  }
  for (const double letters : sample.letters) sample.all_letters += letters;
  return sample;
}

double letters_of(const Sample& sample, UScriptCode script) { return sample.letters[static_cast<std::size_t>(script)]; }

LanguageGuess guess_by_script(std::string_view code, double letters, const Sample& sample) {
  return {std::string(code), letters / sample.all_letters * letters / (letters + half_sure_letters)};
}

// Among the profiles of a script: the margin of the best over the second, less if there is little to go by.
LanguageGuess guess_by_words(UScriptCode script, const Sample& sample) {
  const auto profiles = language_profiles();
  std::string_view best_code = undetermined;
  double best = 0, second = 0;
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    if (profiles[i].script != script) continue;
    const double score = sample.scores[i];
    if (score > best) {
      second = std::exchange(best, score);
      best_code = profiles[i].code;
    } else {
      second = std::max(second, score);
    }
  }
  if (best < least_evidence) return {std::string(undetermined), 0.0};
  // Related languages share words: the second may well have half of the evidence.
  const double margin = 1.0 - std::pow(second / best, 3);
  return {std::string(best_code), letters_of(sample, script) / sample.all_letters * margin * best / (best + half_sure_words)};
}

}  // namespace

LanguageGuess identify_language(std::string_view text, std::size_t sample_bytes) {
  const Sample sample = read_sample(text, std::max<std::size_t>(sample_bytes, 300));
  const double han = letters_of(sample, USCRIPT_HAN);
  const double kana = letters_of(sample, USCRIPT_HIRAGANA) + letters_of(sample, USCRIPT_KATAKANA);
  LanguageGuess guess{std::string(undetermined), 0.0};
  double most = 0;
  const auto consider = [&](double letters, auto&& make) {
    if (letters <= most) return;
    most = letters;
    guess = make();
  };
  consider(han + kana, [&] { return guess_by_script(kana > kana_of_japanese * (han + kana) ? "ja" : "zh", han + kana, sample); });
  for (const ScriptLanguage& entry : script_languages()) {
    const double letters = letters_of(sample, entry.script);
    consider(letters, [&] { return guess_by_script(entry.code, letters, sample); });
  }
  for (const UScriptCode script : {USCRIPT_LATIN, USCRIPT_CYRILLIC, USCRIPT_ARABIC}) {
    consider(letters_of(sample, script), [&] { return guess_by_words(script, sample); });
  }
  return guess;
}

const std::vector<std::string>& known_languages() {
  static const std::vector<std::string> codes = [] {
    std::vector<std::string> result = {"ja", "zh"};
    for (const LanguageProfile& profile : language_profiles()) result.emplace_back(profile.code);
    for (const ScriptLanguage& entry : script_languages()) result.emplace_back(entry.code);
    std::sort(result.begin(), result.end());
    return result;
  }();
  return codes;
}

}  // namespace fathom::text
