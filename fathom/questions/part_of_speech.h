// Parts of speech of English words, as a tagger tells them that was made without a tagged corpus: word lists, WordNet's dictionary,
// endings, and a hidden Markov model over all of these (Kupiec 1992; Merialdo 1994).
#pragma once

#include <cstdint>
#include <string_view>

namespace fathom::questions {

enum class Tag : std::uint8_t {
  noun,
  plural,   // noun
  name,     // proper noun
  verb,     // base form, and present but for the third person
  present,  // third person singular
  past,
  participle,  // past participle
  gerund,      // -ing
  modal,
  adjective,
  adverb,
  determiner,
  pronoun,
  possessive,   // "its", "'s"
  preposition,  // and subordinating conjunctions
  conjunction,
  to,
  question_word,
  number,
  punctuation,  // within a sentence
  stop,         // . ? !
  symbol,       // and whatever else is no word
};
constexpr int tag_count = 22;

std::string_view name_of(Tag tag);
// Throws Error for a name of no tag.
Tag tag_named(std::string_view name);

constexpr bool is_noun(Tag tag) { return tag == Tag::noun || tag == Tag::plural || tag == Tag::name; }
constexpr bool is_verb(Tag tag) { return tag >= Tag::verb && tag <= Tag::modal; }

}  // namespace fathom::questions
