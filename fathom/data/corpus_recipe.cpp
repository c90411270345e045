#include "fathom/data/corpus_recipe.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/base/edit_distance.h"
#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/base/rng.h"

namespace fathom::data {
namespace {

constexpr std::uint64_t validation_stream = 0x76616c69646174;  // apart from every other use of a document's hash

void check_range(const std::string& key, double value, double low, double high) {
  if (!(value >= low && value <= high)) fail_usage("recipe key {}: {} to {} is expected, got {}", key, low, high, value);
}

std::int64_t positive(Recipe& recipe, const std::string& key, std::int64_t fallback, std::int64_t least = 1) {
  const std::int64_t value = recipe.get(key, fallback);
  if (value < least) fail_usage("recipe key {}: {} or more is expected, got {}", key, least, value);
  return value;
}

int small(Recipe& recipe, const std::string& key, int fallback, int least = 1) {
  const std::int64_t value = positive(recipe, key, fallback, least);
  if (value > std::numeric_limits<int>::max()) fail_usage("recipe key {}: {} is too large", key, value);
  return static_cast<int>(value);
}

CorpusSource source_from_recipe(Recipe& recipe, const std::string& name, const std::vector<std::string>& names) {
  const std::vector<std::string> none;
  const std::string prefix = "sources." + name + ".";
  if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != std::string::npos)
    fail_usage("recipe: the source '{}' must be named by letters, digits, _ and -", name);
  CorpusSource source;
  source.name = name;
  source.paths = recipe.get(prefix + "paths", none);
  source.exclude = recipe.get(prefix + "exclude", none);
  source.text_field = recipe.get(prefix + "text_field", source.text_field);
  source.html_field = recipe.get(prefix + "html_field", source.html_field);
  const bool repeat_given = recipe.has(prefix + "repeat");
  source.weight = recipe.get(prefix + "weight", source.weight);
  source.repeat = recipe.get(prefix + "repeat", source.repeat);
  source.filter = recipe.get(prefix + "filter", source.filter);
  source.deduplicate = recipe.get(prefix + "deduplicate", source.deduplicate);
  if (source.paths.empty()) {
    std::vector<std::string> others;
    for (const std::string& other : names)
      if (other != name && recipe.has("sources." + other + ".paths")) others.push_back(other);
    const std::string nearest = nearest_name(name, others);
    fail_usage("recipe: the source '{}' names no files; {}", name,
               nearest.empty() ? fmt::format("give sources.{}.paths", name) : fmt::format("did you mean '{}'?", nearest));
  }
  check_range(prefix + "weight", source.weight, 0, 1e9);
  check_range(prefix + "repeat", source.repeat, 0, 1000);
  if (source.weight > 0 && repeat_given && source.repeat != 1)
    fail_usage("recipe: the source '{}' has a weight and a repeat; its share is given by one of them", name);
  return source;
}

QualityFilter quality_from_recipe(Recipe& recipe) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  QualityFilter filter;
  for (const QualityRule& rule : quality_rules()) {
    const std::string name(rule.name);
    // A rule that is off has a bound that nothing breaks.
    const double off = rule.is_minimum ? -infinity : infinity;
    const double threshold = recipe.get("quality." + name, rule.on_by_default ? rule.default_threshold : off);
    if (std::isnan(threshold)) fail_usage("recipe key quality.{}: a number is expected", name);
    if (std::isinf(threshold)) {
      filter.disable(name);
    } else {
      filter.set(name, threshold);
    }
  }
  const std::vector<std::string> none;
  const std::vector<std::string> languages = recipe.get("quality.languages", none);
  const double confidence = recipe.get("quality.language_confidence", 0.6);
  check_range("quality.language_confidence", confidence, 0, 1);
  if (!languages.empty()) filter.accept_languages(languages, confidence);
  return filter;
}

void read_reading(Recipe& recipe, CorpusRecipe& result) {
  result.max_document_bytes = positive(recipe, "read.max_document_bytes", result.max_document_bytes, 16);
  result.max_record_bytes = positive(recipe, "read.max_record_bytes", result.max_record_bytes, 16);
  result.skip_bad = recipe.choose("read.on_bad", "fail", {"fail", "skip"}) == "skip";
  result.html_main_content = recipe.get("read.html_main_content", result.html_main_content);
  result.identify_languages = recipe.get("read.identify_languages", result.identify_languages);
  NormalizerOptions& normalizer = result.normalizer;
  result.normalize = recipe.get("normalize.enabled", result.normalize);
  normalizer.nfc = recipe.get("normalize.nfc", normalizer.nfc);
  normalizer.unify_line_ends = recipe.get("normalize.unify_line_ends", normalizer.unify_line_ends);
  normalizer.strip_control = recipe.get("normalize.strip_control", normalizer.strip_control);
  normalizer.strip_invisible = recipe.get("normalize.strip_invisible", normalizer.strip_invisible);
  normalizer.strip_trailing_space = recipe.get("normalize.strip_trailing_space", normalizer.strip_trailing_space);
  normalizer.max_blank_lines = small(recipe, "normalize.max_blank_lines", normalizer.max_blank_lines, -1);
  normalizer.trim = recipe.get("normalize.trim", normalizer.trim);
}

void read_decontamination(Recipe& recipe, CorpusRecipe& result) {
  const std::vector<std::string> none;
  const std::vector<std::string> files = recipe.get("decontaminate.files", none);
  const std::vector<std::string> fields = recipe.get("decontaminate.fields", none);
  for (const std::string& file : files) result.test_sets.push_back({"", file, fields});
  DecontaminationOptions& options = result.decontamination;
  options.ngram.words = small(recipe, "decontaminate.words", options.ngram.words);
  options.ngram.characters = small(recipe, "decontaminate.characters", options.ngram.characters);
  options.min_short_words = small(recipe, "decontaminate.min_short_words", options.min_short_words);
  const bool cut = recipe.choose("decontaminate.action", "drop", {"drop", "cut"}) == "cut";
  result.contamination_action = cut ? ContaminationAction::cut : ContaminationAction::drop;
}

void read_deduplication(Recipe& recipe, CorpusRecipe& result) {
  const std::vector<std::string> none;
  DuplicateOptions& options = result.duplicates;
  result.exact_duplicates = recipe.get("deduplicate.exact", result.exact_duplicates);
  options.near = recipe.get("deduplicate.near", options.near);
  options.threshold = recipe.get("deduplicate.threshold", options.threshold);
  options.bands = small(recipe, "deduplicate.bands", options.bands);
  options.rows = small(recipe, "deduplicate.rows", options.rows);
  options.minhash.permutations = small(recipe, "deduplicate.permutations", options.minhash.permutations);
  options.minhash.shingle.words = small(recipe, "deduplicate.shingle_words", options.minhash.shingle.words);
  options.minhash.shingle.characters = small(recipe, "deduplicate.shingle_characters", options.minhash.shingle.characters);
  result.line_duplicates = recipe.get("deduplicate.lines", result.line_duplicates);
  LineDuplicateOptions& lines = result.lines;
  lines.max_documents = positive(recipe, "deduplicate.lines_max_documents", lines.max_documents);
  lines.min_characters = small(recipe, "deduplicate.lines_min_characters", lines.min_characters);
  lines.near = recipe.get("deduplicate.lines_near", lines.near);
  result.earlier = recipe.get("deduplicate.earlier", none);
  if (options.near && !result.exact_duplicates)
    fail_usage("recipe: deduplicate.near finds exact duplicates too; deduplicate.exact = false contradicts it");
  if (!result.exact_duplicates && !result.line_duplicates && !result.earlier.empty())
    fail_usage("recipe: deduplicate.earlier names corpora, but deduplicate.exact and deduplicate.lines are off");
  check_range("deduplicate.threshold", options.threshold, 0, 1);
}

void read_output(Recipe& recipe, CorpusRecipe& result) {
  result.fim_rate = recipe.get("fim.rate", result.fim_rate);
  check_range("fim.rate", result.fim_rate, 0, 1);
  result.split_rate = recipe.get("split_tokens.rate", result.split_rate);
  check_range("split_tokens.rate", result.split_rate, 0, 1);
  result.validation_fraction = recipe.get("validation.fraction", result.validation_fraction);
  check_range("validation.fraction", result.validation_fraction, 0, 0.5);
  const bool hash = recipe.choose("validation.by", "hash", {"hash", "position"}) == "hash";
  result.validation_choice = hash ? ValidationChoice::hash : ValidationChoice::position;
  result.mixing_tokens = positive(recipe, "mixing.tokens", result.mixing_tokens, 0);
  result.max_repeat = recipe.get("mixing.max_repeat", result.max_repeat);
  check_range("mixing.max_repeat", result.max_repeat, 0, 1000);
  result.shard_tokens = positive(recipe, "shards.tokens", result.shard_tokens);
  result.shuffle = recipe.get("shards.shuffle", result.shuffle);
  result.samples_per_rule = positive(recipe, "rejected.samples", result.samples_per_rule, 0);
}

}  // namespace

std::vector<std::string> CorpusSource::files() const {
  std::vector<std::string> kept;
  const std::vector<std::filesystem::path> all = expand_paths(paths);
  for (const std::filesystem::path& path : all) {
    const std::string file = path.string();
    const bool left_out = std::any_of(exclude.begin(), exclude.end(), [&](const std::string& pattern) {
      return file.find(pattern) != std::string::npos || fnmatch(pattern.c_str(), file.c_str(), 0) == 0;
    });
    if (!left_out) kept.push_back(file);
  }
  require(!kept.empty(), "{}: no file is left of {} after the exclusions", name, all.size());
  return kept;
}

CorpusRecipe CorpusRecipe::from_recipe(Recipe& recipe) {
  CorpusRecipe result;
  result.seed = static_cast<std::uint64_t>(recipe.get("seed", 1));
  result.tokenizer = recipe.get("tokenizer.path", "");
  result.parse_special = recipe.get("tokenizer.parse_special", result.parse_special);
  const std::vector<std::string> names = recipe.tables("sources");
  for (const std::string& name : names) result.sources.push_back(source_from_recipe(recipe, name, names));
  read_reading(recipe, result);
  result.filter = recipe.get("quality.enabled", result.filter);
  result.quality = quality_from_recipe(recipe);
  read_decontamination(recipe, result);
  read_deduplication(recipe, result);
  read_output(recipe, result);
  recipe.reject_unknown();

  if (result.sources.empty()) fail_usage("the recipe names no sources; give [sources.NAME] with paths = [\"text/\"]");
  const auto weighted = std::count_if(result.sources.begin(), result.sources.end(), [](const CorpusSource& s) { return s.weight > 0; });
  if (weighted > 0 && weighted != static_cast<std::ptrdiff_t>(result.sources.size()))
    fail_usage("recipe: {} of {} sources have a weight; shares need one for every source", weighted, result.sources.size());
  if (weighted == 0 && result.mixing_tokens > 0)
    fail_usage("recipe: mixing.tokens is the size of a mixture by weights, but no source has a weight");
  if (!result.filter && recipe.has("quality.languages") && !recipe.get("quality.languages", std::vector<std::string>{}).empty())
    fail_usage("recipe: quality.languages is a filter, but quality.enabled is false");
  result.resolved = recipe.resolved();
  return result;
}

CorpusRecipe CorpusRecipe::plain(const std::vector<std::string>& paths, const std::string& text_field, double validation_fraction,
                                 std::int64_t max_document_bytes) {
  Recipe recipe;
  recipe.set("sources.text.paths=" + Json(paths).dump());
  recipe.set("sources.text.text_field=" + Json(text_field).dump());
  recipe.set(fmt::format("validation.fraction={}", validation_fraction));
  recipe.set(fmt::format("read.max_document_bytes={}", max_document_bytes));
  for (const char* setting :
       {"read.html_main_content=false", "read.identify_languages=false", "normalize.enabled=false", "deduplicate.exact=false",
        "deduplicate.near=false", "validation.by=\"position\"", "shards.shuffle=false", "rejected.samples=0"}) {
    recipe.set(setting);
  }
  return from_recipe(recipe);
}

DocumentOptions CorpusRecipe::document_options(const CorpusSource& source) const {
  DocumentOptions options;
  options.text_field = source.text_field;
  options.max_document_bytes = max_document_bytes;
  options.max_record_bytes = max_record_bytes;
  options.html_field = source.html_field;
  options.html_main_content = html_main_content;
  options.on_bad = skip_bad ? OnBad::skip : OnBad::fail;
  return options;
}

bool CorpusRecipe::is_validation(std::uint64_t document_hash, std::int64_t position) const {
  if (validation_fraction <= 0) return false;
  if (validation_choice == ValidationChoice::hash) return Rng(seed ^ validation_stream, document_hash).uniform() < validation_fraction;
  // Document n when n · fraction passes a whole number.
  const auto before = static_cast<double>(position);
  return std::floor((before + 1) * validation_fraction) > std::floor(before * validation_fraction);
}

}  // namespace fathom::data
