#include "fathom/train/pretrain_data.h"

#include <algorithm>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/corpus_manifest.h"
#include "fathom/data/documents.h"
#include "fathom/data/prepare_corpus.h"
#include "fathom/text/bpe_trainer.h"
#include "fathom/text/pre_tokenizer_recipes.h"

namespace fathom::train {
namespace {

namespace fs = std::filesystem;

// What counting words may take before it goes to disk, and again what learning may.
constexpr std::int64_t tokenizer_memory = std::int64_t{2} << 30;

bool is_prepared(const std::string& path) { return path.ends_with(".safetensors") || data::is_prepared_corpus(path); }

// Whether the paths are prepared corpora and token files, all of them, or text, all of it.
bool are_prepared(const std::vector<std::string>& paths, const std::string& key) {
  const auto count = std::count_if(paths.begin(), paths.end(), is_prepared);
  if (count != 0 && count != static_cast<std::ptrdiff_t>(paths.size())) {
    fail_usage(
        "{}: {} of {} paths are prepared corpora; text and prepared corpora cannot be mixed (prepare the text with `fathom data prepare`)",
        key, count, paths.size());
  }
  return count > 0;
}

data::CorpusAccess access(const text::Tokenizer& tokenizer, bool verify) { return {"train", tokenizer.fingerprint(), verify}; }

data::TokenCorpus open_prepared(const std::vector<std::string>& paths, const data::CorpusAccess& access) {
  std::vector<data::TokenCorpus> parts;
  for (const std::string& path : paths) parts.push_back(data::TokenCorpus::open(path, access));
  return data::TokenCorpus::join(std::move(parts));
}

// What the prepared corpora keep apart for validation, if any of them does.
std::optional<data::TokenCorpus> prepared_validation(const std::vector<std::string>& paths, data::CorpusAccess access) {
  std::vector<data::TokenCorpus> parts;
  access.split = "validation";
  for (const std::string& path : paths)
    if (fs::is_directory(path) && data::has_split(path, access.split)) parts.push_back(data::TokenCorpus::open(path, access));
  if (parts.empty()) return std::nullopt;
  return data::TokenCorpus::join(std::move(parts));
}

// Plain text that validation is to be taken from is cut into pieces at paragraph ends: small enough that the share kept apart comes from
// several places of a small corpus, large enough that a large one is hardly cut.
std::int64_t piece_bytes(const std::vector<std::string>& files, double fraction) {
  double bytes = 0;
  for (const std::string& file : files) bytes += static_cast<double>(fs::file_size(file));
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(bytes * fraction / 4), 256, 64 << 10);
}

// From the documents that are for training.
text::Tokenizer make_tokenizer(const PretrainDataRecipe& recipe, const data::CorpusRecipe& corpus, const fs::path& out, bool reuse,
                               bool quiet) {
  if (!recipe.tokenizer_path.empty()) return text::Tokenizer::load(recipe.tokenizer_path);
  const fs::path directory = out / "tokenizer";
  if (reuse && fs::exists(directory / "tokenizer.json")) return text::Tokenizer::load(directory);
  const std::vector<std::string> files = corpus.sources.front().files();
  if (!quiet) fmt::print(stderr, "Training a tokenizer of {} tokens on {} files\n", recipe.vocab_size, files.size());
  text::BpeTrainerOptions options;
  options.vocab_size = recipe.vocab_size;
  options.pre_tokenizer = text::pre_tokenizer_recipe(recipe.pre_tokenizer);
  options.memory_bytes = tokenizer_memory;
  options.scratch_directory = out;
  text::BpeTrainer trainer(options);
  std::int64_t position = 0;
  for (const std::string& file : files) {
    data::for_each_document(file, corpus.document_options(corpus.sources.front()), [&](std::string_view document) {
      if (!corpus.is_validation(0, position++)) trainer.add(document);
    });
  }
  text::Tokenizer tokenizer = trainer.train();
  AtomicDirectory staging(directory);
  tokenizer.save(staging.path());
  staging.commit();
  return tokenizer;
}

void prepare(const data::CorpusRecipe& corpus, const text::Tokenizer& tokenizer, const fs::path& target, bool reuse, bool quiet) {
  std::error_code error;
  if (!reuse) fs::remove_all(target, error);
  fs::create_directories(target.parent_path(), error);
  require(!error, "cannot create {}: {}", target.parent_path().string(), error.message());
  data::PrepareSettings settings;
  settings.out = target;
  settings.resume = reuse;
  settings.quiet = quiet;
  data::prepare_corpus(corpus, tokenizer, settings);
}

// The tokens of text that is measured, from OUT/data/NAME, or of prepared corpora as they are.
data::TokenCorpus measured(const std::vector<std::string>& paths, const std::string& key, const PretrainDataRecipe& recipe,
                           const text::Tokenizer& tokenizer, const fs::path& target, bool reuse) {
  if (are_prepared(paths, key)) return open_prepared(paths, access(tokenizer, recipe.verify));
  prepare(data::CorpusRecipe::plain(paths, recipe.text_field), tokenizer, target, reuse, true);
  return data::TokenCorpus::open(target, access(tokenizer, false));
}

}  // namespace

PretrainDataRecipe PretrainDataRecipe::from_recipe(Recipe& recipe) {
  PretrainDataRecipe result;
  result.train = recipe.existing_paths("data.train");
  result.validation = recipe.existing_paths("data.validation");
  result.test = recipe.existing_paths("data.test");
  result.exclude = recipe.get("data.exclude", result.exclude);
  result.validation_fraction = recipe.get("data.validation_fraction", result.validation_fraction);
  result.text_field = recipe.get("data.text_field", result.text_field);
  result.verify = recipe.get("data.verify", result.verify);
  result.tokenizer_path = recipe.existing_path("tokenizer.path");
  result.vocab_size = recipe.get("tokenizer.vocab_size", result.vocab_size);
  result.pre_tokenizer = recipe.get("tokenizer.pre_tokenizer", result.pre_tokenizer);
  text::pre_tokenizer_recipe(result.pre_tokenizer);  // a wrong name costs nothing yet
  if (!(result.validation_fraction >= 0.0 && result.validation_fraction <= 0.5)) {
    fail_usage("recipe key data.validation_fraction: 0 to 0.5 is expected, got {}", result.validation_fraction);
  }
  return result;
}

std::string PretrainDataRecipe::prepared_tokenizer() const {
  for (const std::string& path : train)
    if (data::is_prepared_corpus(path)) {
      data::CorpusManifest::load(path);  // an unfinished one has no tokenizer yet, and this says so
      return (fs::path(path) / "tokenizer").string();
    }
  return "";
}

std::vector<std::string> PretrainDataRecipe::files(const std::vector<std::string>& paths, const std::string& key) const {
  data::CorpusSource source;
  source.name = key;
  source.paths = paths;
  source.exclude = exclude;
  return source.files();
}

PretrainData prepare_pretrain_data(const PretrainDataRecipe& recipe, const fs::path& out, bool reuse, bool quiet) {
  const fs::path directory = out / "data";
  const bool prepared = are_prepared(recipe.train, "data.train");
  std::optional<text::Tokenizer> tokenizer;
  std::optional<data::TokenCorpus> train, validation;
  std::size_t train_files = recipe.train.size();
  if (prepared) {
    if (recipe.tokenizer_path.empty()) {
      fail_usage("data.train names token files; name the tokenizer that made them in tokenizer.path");
    }
    tokenizer.emplace(text::Tokenizer::load(recipe.tokenizer_path));
    train = open_prepared(recipe.train, access(*tokenizer, recipe.verify));
    if (recipe.validation.empty()) validation = prepared_validation(recipe.train, access(*tokenizer, recipe.verify));
  } else {
    const std::vector<std::string> files = recipe.files(recipe.train, "data.train");
    train_files = files.size();
    const double held_out = recipe.validation.empty() ? recipe.validation_fraction : 0.0;
    const std::int64_t document_bytes = held_out > 0 ? piece_bytes(files, held_out) : data::DocumentOptions().max_document_bytes;
    const data::CorpusRecipe corpus = data::CorpusRecipe::plain(files, recipe.text_field, held_out, document_bytes);
    tokenizer.emplace(make_tokenizer(recipe, corpus, out, reuse, quiet));
    prepare(corpus, *tokenizer, directory / "train", reuse, quiet);
    train = data::TokenCorpus::open(directory / "train", access(*tokenizer, false));
    validation = prepared_validation({(directory / "train").string()}, access(*tokenizer, false));
  }
  if (!recipe.validation.empty())
    validation = measured(recipe.validation, "data.validation", recipe, *tokenizer, directory / "validation", reuse);

  PretrainData result{std::move(*tokenizer), std::move(*train), std::move(validation), {}, train_files};
  for (std::size_t i = 0; i < recipe.test.size(); ++i) {
    const fs::path target = directory / fmt::format("test-{}", i);
    result.tests.push_back({recipe.test[i], measured({recipe.test[i]}, "data.test", recipe, result.tokenizer, target, reuse)});
  }
  return result;
}

}  // namespace fathom::train
