#include "fathom/text/pre_tokenizer_recipes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

constexpr const char* line_break = "[\r\n]";
// Cased letters (Latin, Greek, Cyrillic, Armenian, Georgian, Cherokee and others) as DeepSeek LLM's tokenizer.json lists them.
constexpr const char* cased_letters =
    "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕ"
    "ἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳ"
    "Ꙁ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";
constexpr const char* ascii_and_wide_punctuation = "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+";
// Chinese and Korean characters, and all that lies between U+0800 and the Chinese ones.
constexpr const char* asian_characters = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+";

// DeepSeek-V3's third step: an ASCII sign with the letters behind it; words with one character before them that is no letter, sign or
// line break; signs with the space before and the line breaks behind them; white space.
constexpr const char* v3_words =
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*"
    "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+";

// The words of Llama 3 and Qwen2, which differ in how they write contractions and in how many digits a number has.
std::string words_with(const char* contractions, const char* numbers) {
  return fmt::format("({})|[^\\r\\n\\p{{L}}\\p{{N}}]?\\p{{L}}+|{}| ?[^\\s\\p{{L}}\\p{{N}}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                     contractions, numbers);
}

Json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}};
}
Json single_digits() { return {{"type", "Digits"}, {"individual_digits", true}}; }
Json split(const std::string& regex) {
  return {{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", "Isolated"}, {"invert", false}};
}
Json sequence(std::initializer_list<Json> steps) {
  Json list = Json::array();
  for (const Json& step : steps) list.push_back(step);
  return {{"type", "Sequence"}, {"pretokenizers", std::move(list)}};
}

struct Recipe {
  const char* name;
  Json (*make)();
};

const Recipe recipes[] = {
    {"gpt2", [] { return byte_level(true); }},
    {"gpt2-digits", [] { return sequence({single_digits(), byte_level(true)}); }},
    {"deepseek-llm",
     [] {
       return sequence({split(line_break), split(fmt::format("\\s?[{}]+", cased_letters)), split(ascii_and_wide_punctuation),
                        split("\\s+$"), split(asian_characters), single_digits(), byte_level(false)});
     }},
    {"deepseek-coder",
     [] {
       return sequence(
           {split(line_break), split("\\s?\\p{L}+"), split("\\s?\\p{P}+"), split(asian_characters), single_digits(), byte_level(false)});
     }},
    {"deepseek-v3",
     [] {
       return sequence({split("\\p{N}{1,3}"), split("[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"), split(v3_words), byte_level(false)});
     }},
    {"llama3",
     [] {
       const char* contractions = "?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
       return sequence({split(words_with(contractions, "\\p{N}{1,3}")), byte_level(false)});
     }},
    {"qwen2", [] { return sequence({split(words_with("?i:'s|'t|'re|'ve|'m|'ll|'d", "\\p{N}")), byte_level(false)}); }},
};

}  // namespace

Json pre_tokenizer_recipe(std::string_view name) {
  for (const Recipe& recipe : recipes)
    if (name == recipe.name) return recipe.make();
  fail_usage("there is no pre-tokenizer '{}'; known are {}", name, fmt::join(pre_tokenizer_names(), ", "));
}

std::vector<std::string> pre_tokenizer_names() {
  std::vector<std::string> names;
  for (const Recipe& recipe : recipes) names.emplace_back(recipe.name);
  return names;
}

}  // namespace fathom::text
