// What tells languages of one script from each other: words that stand in any text, and groups of three letters that are usual in one and
// rare in the others. Written down for fathom. Private to the room.
#pragma once

#include <unicode/uscript.h>

#include <span>
#include <string_view>

namespace fathom::text {

struct LanguageProfile {
  std::string_view code;
  UScriptCode script;
  std::string_view words;     // lower case, parted by spaces
  std::string_view trigrams;  // the same; '_' is the beginning or end of a word
};
std::span<const LanguageProfile> language_profiles();

// Languages that are alone with their script among the known ones.
struct ScriptLanguage {
  UScriptCode script;
  std::string_view code;
};
std::span<const ScriptLanguage> script_languages();

}  // namespace fathom::text
