#include "fathom/questions/number_patterns.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <unordered_set>

#include "fathom/questions/closed_classes.h"

namespace fathom::questions {
namespace {

using Words = std::unordered_set<std::string_view>;

bool is_month(std::string_view word) {
  static const Words words = {"january",   "february", "march",    "april",    "may",  "june", "july", "august",
                              "september", "october",  "november", "december", "jan.", "feb.", "mar.", "apr.",
                              "jun.",      "jul.",     "aug.",     "sept.",    "sep.", "oct.", "nov.", "dec."};
  return words.contains(word);
}

bool is_weekday(std::string_view word) {
  static const Words words = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  return words.contains(word);
}

bool is_unit(std::string_view word) {
  static const Words words = {
      "km",      "kilometers", "kilometres", "kilometer", "kilometre", "mile",   "miles",     "mi",      "m",      "meters", "metres",
      "meter",   "metre",      "feet",       "foot",      "ft",        "inch",   "inches",    "cm",      "mm",     "nm",     "yards",
      "yard",    "acres",      "acre",       "hectares",  "ha",        "kg",     "kilograms", "tons",    "tonnes", "ton",    "pounds",
      "lb",      "lbs",        "grams",      "g",         "mg",        "liters", "litres",    "gallons", "mph",    "km/h",   "degrees",
      "°c",      "°f",         "°",          "hz",        "khz",       "mhz",    "ghz",       "kb",      "mb",     "gb",     "tb",
      "bits",    "bytes",      "watts",      "w",         "kw",        "mw",     "gw",        "volts",   "v",      "hours",  "hour",
      "minutes", "minute",     "seconds",    "second",    "days",      "day",    "weeks",     "week",    "months", "month",  "years",
      "year",    "decades",    "decade",     "centuries", "square",    "cubic",  "km2",       "sq"};
  return words.contains(word);
}

bool is_currency_sign(std::string_view word) {
  return word == "$" || word == "£" || word == "€" || word == "¥" || (word.size() == 3 && word.ends_with("$")) || word == "c$" ||
         word == "a$";
}

bool is_currency(std::string_view word) {
  static const Words words = {"dollars", "dollar", "cents",  "euros",  "euro",  "pounds", "yuan",
                              "yen",     "rupees", "francs", "rubles", "marks", "usd"};
  return words.contains(word);
}

bool is_scale(std::string_view word) {
  static const Words words = {"hundred", "thousand", "million", "billion", "trillion", "dozen", "m", "bn"};
  return words.contains(word);
}

bool is_ordinal_word(std::string_view word) {
  static const Words words = {"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"};
  return words.contains(word);
}

bool begins_with_digit(std::string_view word) { return !word.empty() && word[0] >= '0' && word[0] <= '9'; }

bool is_ordinal_number(std::string_view word) {
  return begins_with_digit(word) && (word.ends_with("st") || word.ends_with("nd") || word.ends_with("rd") || word.ends_with("th"));
}

bool is_all_digits(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_year(std::string_view word) {
  return is_all_digits(word) && ((word.size() == 4 && (word[0] == '1' || (word[0] == '2' && word[1] <= '1'))));
}

bool is_decade(std::string_view word) {
  return word.size() >= 4 && word.ends_with("s") &&
         (is_all_digits(word.substr(0, word.size() - 1)) || (word[0] == '\'' && is_all_digits(word.substr(1, word.size() - 2))));
}

class Marker {
 public:
  Marker(std::span<const std::string> words, std::span<const Tag> tags, std::vector<EntityClass>& entities)
      : words_(words), tags_(tags), entities_(entities) {}

  void run() {
    for (std::size_t i = 0; i < words_.size();) {
      std::size_t end = date(i);
      if (end == i) end = amount(i);
      i = std::max(end, i + 1);
    }
  }

 private:
  std::string_view word(std::size_t at) const { return at < words_.size() ? std::string_view(words_[at]) : std::string_view(); }
  bool is_number(std::size_t at) const { return at < words_.size() && tags_[at] == Tag::number && !is_year(word(at)); }

  std::size_t mark(std::size_t begin, std::size_t end, EntityClass entity) {
    for (std::size_t i = begin; i < end; ++i) entities_[i] = entity;
    return end;
  }

  bool is_day(std::size_t at) const { return is_all_digits(word(at)) && word(at).size() <= 2; }

  // Where the date that begins here ends; the place itself where none does.
  std::size_t date(std::size_t i) {
    std::size_t end = i;
    if (is_weekday(word(i))) {
      end = i + 1;
      if (word(end) == "," && is_month(word(end + 1))) ++end;
    }
    // "may" is a month beside numbers only.
    const bool month_here =
        is_month(word(end)) && (word(end) != "may" || is_day(end + 1) || is_year(word(end + 1)) || (i > 0 && tags_[end] == Tag::name));
    if (month_here && (word(end) != "march" || tags_[end] == Tag::name || is_day(end + 1))) {
      ++end;
      if (is_day(end) || is_ordinal_number(word(end))) ++end;
      if (word(end) == "," && is_year(word(end + 1)))
        end += 2;
      else if (is_year(word(end)))
        ++end;
      return mark(i, end, EntityClass::date);
    }
    if ((is_day(end) || is_ordinal_number(word(end))) && is_month(word(end + 1))) {
      end += 2;
      if (is_year(word(end))) ++end;
      return mark(i, end, EntityClass::date);
    }
    if ((is_ordinal_number(word(end)) || is_ordinal_word(word(end))) &&
        (word(end + 1) == "century" || word(end + 1) == "millennium" || word(end + 1) == "centuries")) {
      end += 2;
      if (word(end) == "bc" || word(end) == "ad" || word(end) == "bce" || word(end) == "ce") ++end;
      return mark(i, end, EntityClass::date);
    }
    if (is_decade(word(end))) return mark(i, end + 1, EntityClass::date);
    const std::string_view era = word(end + 1);
    if (is_all_digits(word(end)) && (era == "bc" || era == "bce" || era == "ad" || era == "ce")) return mark(i, end + 2, EntityClass::date);
    if (is_year(word(end)) && !is_unit(word(end + 1)) && !(end > 0 && is_currency_sign(word(end - 1)))) {
      ++end;
      if (word(end) == "--" && (is_year(word(end + 1)) || is_day(end + 1))) end += 2;
      return mark(i, end, EntityClass::date);
    }
    return end > i ? mark(i, end, EntityClass::date) : i;
  }

  // Numbers in a row: "2.5 million", "two hundred and ten".
  std::size_t end_of_number(std::size_t at) const {
    while (is_number(at) || (at < words_.size() && is_scale(word(at)) && tags_[at] == Tag::number)) ++at;
    return at;
  }

  std::size_t amount(std::size_t i) {
    if (is_currency_sign(word(i)) && begins_with_digit(word(i + 1)))
      return mark(i, std::max(i + 2, end_of_number(i + 2)), EntityClass::money);
    if (is_ordinal_number(word(i)) || is_ordinal_word(word(i))) return mark(i, i + 1, EntityClass::ordinal);
    const std::size_t end = end_of_number(i);
    if (end == i) return i;
    if (word(end) == "%" || word(end) == "percent") return mark(i, end + 1, EntityClass::percent);
    if (word(end) == "per" && word(end + 1) == "cent") return mark(i, end + 2, EntityClass::percent);
    if (is_currency(word(end)) && !(word(end) == "pounds" && word(end + 1) == "-lrb-")) return mark(i, end + 1, EntityClass::money);
    if (is_unit(word(end))) {
      const bool two_words = (word(end) == "square" || word(end) == "cubic" || word(end) == "sq") && end + 1 < words_.size();
      return mark(i, end + (two_words ? 2 : 1), EntityClass::quantity);
    }
    return mark(i, end, EntityClass::number);
  }

  std::span<const std::string> words_;
  std::span<const Tag> tags_;
  std::vector<EntityClass>& entities_;
};

}  // namespace

void mark_numbers(std::span<const std::string> words, std::span<const Tag> tags, std::vector<EntityClass>& entities) {
  Marker(words, tags, entities).run();
}

}  // namespace fathom::questions
