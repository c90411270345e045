#include "fathom/questions/part_of_speech.h"

#include <algorithm>
#include <array>

#include "fathom/base/error.h"

namespace fathom::questions {
namespace {

constexpr std::array<std::string_view, tag_count> names = {
    "noun",  "plural",        "name",   "verb",        "present", "past",       "participle",  "gerund",
    "modal", "adjective",     "adverb", "determiner",  "pronoun", "possessive", "preposition", "conjunction",
    "to",    "question_word", "number", "punctuation", "stop",    "symbol"};

}  // namespace

std::string_view name_of(Tag tag) { return names[static_cast<std::size_t>(tag)]; }

Tag tag_named(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  require(found != names.end(), "there is no part of speech '{}'", name);
  return static_cast<Tag>(found - names.begin());
}

}  // namespace fathom::questions
