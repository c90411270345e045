#include "fathom/text/known_patterns.h"

#include <algorithm>
#include <string>
#include <vector>

#include "fathom/text/unicode_classes.h"

namespace fathom::text {
namespace {

constexpr std::string_view split_prefix = "split ";
constexpr std::string_view llama3_contractions = R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]))";
constexpr std::string_view caseless_contractions = R"((?i:'s|'t|'re|'ve|'m|'ll|'d))";
constexpr std::string_view words_of_llama3 = R"(|[^\r\n\p{L}\p{N}]?\p{L}+|)";
constexpr std::string_view three_digits = R"(\p{N}{1,3})";
constexpr std::string_view one_digit = R"(\p{N})";
constexpr std::string_view rest_of_llama3 = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
// DeepSeek's files hold carriage return and line feed as they are.
constexpr std::string_view v3_words = R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^)"
                                      "\r\n"
                                      R"(\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[)"
                                      "\r\n"
                                      R"(]*|\s*[)"
                                      "\r\n"
                                      R"(]+|\s+(?!\S)|\s+)";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const std::string_view part : parts) whole += part;
  return whole;
}

// A step of the pre-tokenizer as one line: what decides where it cuts.
std::string summary(const Json& step) {
  const auto flag = [&step](const char* key, bool fallback) {
    const auto found = step.find(key);
    return found == step.end() || !found->is_boolean() ? fallback : found->get<bool>();
  };
  const std::string type = step.value("type", "");
  if (type == "ByteLevel")
    return joined({"bytes", flag("add_prefix_space", true) ? " prefix" : "", flag("use_regex", true) ? " words" : ""});
  if (type == "Digits") return flag("individual_digits", false) ? "digits apart" : "digits";
  const auto pattern = step.find("pattern");
  const bool isolated = step.value("behavior", "") == "Isolated" && !flag("invert", false);
  if (type == "Split" && isolated && pattern != step.end() && pattern->is_object() && pattern->size() == 1 && pattern->contains("Regex") &&
      pattern->at("Regex").is_string())
    return std::string(split_prefix) + pattern->at("Regex").get<std::string>();
  return "?";
}

void collect(const Json& description, std::vector<std::string>& steps) {
  if (description.is_object() && description.value("type", "") == "Sequence" && description.contains("pretokenizers")) {
    for (const Json& step : description.at("pretokenizers")) collect(step, steps);
  } else {
    steps.push_back(description.is_object() ? summary(description) : "?");
  }
}

struct Family {
  WordPattern pattern;
  std::string_view name;
  std::vector<std::string> steps;
};

const std::vector<Family>& families() {
  const auto bracketed = [](std::string_view before, std::string_view set) { return joined({split_prefix, before, "[", set, "]+"}); };
  static const std::vector<Family> all = {
      {WordPattern::gpt2, "GPT-2", {"bytes words"}},
      {WordPattern::gpt2_digits_apart, "GPT-2, digits apart", {"digits apart", "bytes words"}},
      {WordPattern::llama3,
       "Llama 3",
       {joined({split_prefix, llama3_contractions, words_of_llama3, three_digits, rest_of_llama3}), "bytes"}},
      {WordPattern::llama3_caseless,
       "Llama 3",
       {joined({split_prefix, caseless_contractions, words_of_llama3, three_digits, rest_of_llama3}), "bytes"}},
      {WordPattern::qwen2, "Qwen2", {joined({split_prefix, caseless_contractions, words_of_llama3, one_digit, rest_of_llama3}), "bytes"}},
      {WordPattern::deepseek_v3,
       "DeepSeek-V3",
       {joined({split_prefix, three_digits}), bracketed("", v3_cjk_set), joined({split_prefix, v3_words}), "bytes"}},
      {WordPattern::deepseek_llm,
       "DeepSeek LLM",
       {joined({split_prefix, "[\r\n]"}), bracketed("\\s?", deepseek_letter_set), bracketed("\\s?", deepseek_punctuation_set),
        joined({split_prefix, "\\s+$"}), bracketed("", deepseek_cjk_set), "digits apart", "bytes"}},
      {WordPattern::deepseek_coder,
       "DeepSeek-Coder",
       {joined({split_prefix, "[\r\n]"}), joined({split_prefix, "\\s?\\p{L}+"}), joined({split_prefix, "\\s?\\p{P}+"}),
        bracketed("", deepseek_cjk_set), "digits apart", "bytes"}},
  };
  return all;
}

const Family& family_of(WordPattern pattern) {
  return *std::find_if(families().begin(), families().end(), [&](const Family& family) { return family.pattern == pattern; });
}

}  // namespace

std::optional<WordPattern> known_word_pattern(const Json& pre_tokenizer) {
  std::vector<std::string> steps;
  collect(pre_tokenizer, steps);
  const auto found = std::find_if(families().begin(), families().end(), [&](const Family& family) { return family.steps == steps; });
  return found == families().end() ? std::nullopt : std::optional(found->pattern);
}

Json pre_tokenizer_of(WordPattern pattern) {
  Json steps = Json::array();
  for (const std::string& step : family_of(pattern).steps) {
    if (step.starts_with(split_prefix)) {
      steps.push_back(
          {{"type", "Split"}, {"pattern", {{"Regex", step.substr(split_prefix.size())}}}, {"behavior", "Isolated"}, {"invert", false}});
    } else if (step == "digits apart") {
      steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
    } else {
      steps.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", step == "bytes words"}});
    }
  }
  return steps.size() == 1 ? steps[0] : Json{{"type", "Sequence"}, {"pretokenizers", steps}};
}

std::string_view name_of(WordPattern pattern) { return family_of(pattern).name; }

}  // namespace fathom::text
