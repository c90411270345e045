#include "fathom/train/pretrain_data.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/documents.h"
#include "fathom/text/bpe_trainer.h"

namespace fathom::train {
namespace {

namespace fs = std::filesystem;

bool is_token_file(const std::string& path) { return path.ends_with(".safetensors"); }

bool is_prepared(const std::vector<std::string>& files, const std::string& key) {
  const auto count = std::count_if(files.begin(), files.end(), is_token_file);
  if (count == 0) return false;
  if (files.size() != 1) fail_usage("{}: a prepared token file stands alone; {} files are named", key, files.size());
  return true;
}

// The files that paths name, directories walked. Exclusion is for training data: what is named for measuring is wanted.
std::vector<std::string> expand(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const fs::path& path : data::expand_paths(paths)) names.push_back(path.string());
  return names;
}

// Plain text that validation is to be taken from is cut into pieces at paragraph ends: small enough that the share kept apart comes from
// several places of a small corpus, large enough that a large one is hardly cut.
std::int64_t piece_bytes(const std::vector<std::string>& files, double fraction) {
  double bytes = 0;
  for (const std::string& file : files) bytes += static_cast<double>(fs::file_size(file));
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(bytes * fraction / 4), 256, 64 << 10);
}

// Calls visit(document, is_validation) for each document of the files. Document n is for validation when n · fraction passes a
// whole number, so that the split is a function of the files alone.
template <typename Visit>
void for_each_split_document(const std::vector<std::string>& files, const std::string& text_field, double fraction, const Visit& visit) {
  data::DocumentOptions options;
  options.text_field = text_field;
  if (fraction > 0.0) options.max_document_bytes = piece_bytes(files, fraction);
  std::int64_t index = 0;
  for (const std::string& file : files) {
    data::for_each_document(file, options, [&](std::string_view document) {
      const double before = static_cast<double>(index) * fraction;
      ++index;
      visit(document, std::floor(static_cast<double>(index) * fraction) > std::floor(before));
    });
  }
}

// A file that collects documents as JSON lines until they are tokenised.
class Collection {
 public:
  explicit Collection(const fs::path& path) : path_(path), file_(path) {}
  void add(std::string_view document) {
    file_.write(Json{{"text", document}}.dump() + "\n");
    ++documents_;
  }
  std::int64_t documents() const { return documents_; }
  fs::path commit() {
    file_.commit();
    return path_;
  }

 private:
  fs::path path_;
  AtomicFile file_;
  std::int64_t documents_ = 0;
};

text::Tokenizer make_tokenizer(const PretrainDataRecipe& recipe, const std::vector<std::string>& files, double held_out,
                               const fs::path& out, bool reuse, bool quiet) {
  if (!recipe.tokenizer_path.empty()) return text::Tokenizer::load(recipe.tokenizer_path);
  const fs::path directory = out / "tokenizer";
  if (reuse && fs::exists(directory / "tokenizer.json")) return text::Tokenizer::load(directory);
  if (!quiet) fmt::print(stderr, "Training a tokenizer of {} tokens on {} files\n", recipe.vocab_size, files.size());
  text::BpeTrainerOptions options;
  options.vocab_size = recipe.vocab_size;
  options.individual_digits = recipe.individual_digits;
  text::BpeTrainer trainer(options);
  for_each_split_document(files, recipe.text_field, held_out, [&](std::string_view document, bool validation) {
    if (!validation) trainer.add(document);
  });
  text::Tokenizer tokenizer = trainer.train();
  AtomicDirectory staging(directory);
  tokenizer.save(staging.path());
  staging.commit();
  return tokenizer;
}

// The token file of `files`: a prepared one as it is, or OUT/data/NAME.safetensors.
data::TokenFile token_file(const std::vector<std::string>& files, const std::string& key, const text::Tokenizer& tokenizer,
                           const fs::path& target, const std::string& text_field, bool reuse, bool quiet) {
  if (is_prepared(files, key)) return data::TokenFile::open(files.front(), tokenizer.fingerprint());
  if (!(reuse && fs::exists(target))) data::prepare_token_file(files, tokenizer, target, text_field, quiet);
  return data::TokenFile::open(target, tokenizer.fingerprint());
}

}  // namespace

PretrainDataRecipe PretrainDataRecipe::from_recipe(Recipe& recipe) {
  PretrainDataRecipe result;
  const std::vector<std::string> none;
  result.train = recipe.get("data.train", none);
  result.validation = recipe.get("data.validation", none);
  result.test = recipe.get("data.test", none);
  result.exclude = recipe.get("data.exclude", none);
  result.validation_fraction = recipe.get("data.validation_fraction", result.validation_fraction);
  result.text_field = recipe.get("data.text_field", result.text_field);
  result.tokenizer_path = recipe.existing_path("tokenizer.path");
  result.vocab_size = recipe.get("tokenizer.vocab_size", result.vocab_size);
  result.individual_digits = recipe.get("tokenizer.individual_digits", result.individual_digits);
  if (!(result.validation_fraction >= 0.0 && result.validation_fraction <= 0.5)) {
    fail_usage("recipe key data.validation_fraction: 0 to 0.5 is expected, got {}", result.validation_fraction);
  }
  return result;
}

std::vector<std::string> PretrainDataRecipe::files(const std::vector<std::string>& paths, const std::string& key) const {
  std::vector<std::string> kept;
  const std::vector<std::string> all = expand(paths);
  for (const std::string& name : all) {
    const bool left_out = std::any_of(exclude.begin(), exclude.end(), [&](const std::string& pattern) {
      return name.find(pattern) != std::string::npos || fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
    });
    if (!left_out) kept.push_back(name);
  }
  require(!kept.empty(), "{}: no file is left of {} after data.exclude", key, all.size());
  return kept;
}

PretrainData prepare_pretrain_data(const PretrainDataRecipe& recipe, const fs::path& out, bool reuse, bool quiet) {
  const std::vector<std::string> files = recipe.files(recipe.train, "data.train");
  const bool prepared = is_prepared(files, "data.train");
  if (prepared && recipe.tokenizer_path.empty()) {
    fail_usage("data.train is a prepared token file; name the tokenizer that made it in tokenizer.path");
  }
  const double held_out = recipe.validation.empty() && !prepared ? recipe.validation_fraction : 0.0;
  text::Tokenizer tokenizer = make_tokenizer(recipe, files, held_out, out, reuse, quiet);

  const fs::path directory = out / "data";
  std::error_code error;
  fs::create_directories(directory, error);
  require(!error, "cannot create {}: {}", directory.string(), error.message());
  const fs::path train_target = directory / "train.safetensors", validation_target = directory / "validation.safetensors";
  std::optional<data::TokenFile> train, validation;
  if (held_out > 0.0) {
    if (!(reuse && fs::exists(train_target))) {
      Collection train_documents(directory / "train.jsonl"), validation_documents(directory / "validation.jsonl");
      for_each_split_document(files, recipe.text_field, held_out, [&](std::string_view document, bool is_validation) {
        (is_validation ? validation_documents : train_documents).add(document);
      });
      // Validation first: with `reuse` a complete training file means that both are there.
      fs::remove(validation_target, error);
      if (validation_documents.documents() > 0) {
        const fs::path collected = validation_documents.commit();
        data::prepare_token_file({collected.string()}, tokenizer, validation_target, "text", true);
        fs::remove(collected, error);
      } else if (!quiet) {
        fmt::print(stderr, "Note: too few documents to keep {} of them apart; there is no validation loss (name data.validation)\n",
                   held_out);
      }
      const fs::path collected = train_documents.commit();
      data::prepare_token_file({collected.string()}, tokenizer, train_target, "text", quiet);
      fs::remove(collected, error);
    }
    train = data::TokenFile::open(train_target, tokenizer.fingerprint());
    if (fs::exists(validation_target)) validation = data::TokenFile::open(validation_target, tokenizer.fingerprint());
  } else {
    train = token_file(files, "data.train", tokenizer, train_target, recipe.text_field, reuse, quiet);
    if (!recipe.validation.empty()) {
      const std::vector<std::string> named = expand(recipe.validation);
      validation = token_file(named, "data.validation", tokenizer, validation_target, recipe.text_field, reuse, true);
    }
  }

  PretrainData result{std::move(tokenizer), std::move(*train), std::move(validation), {}, files.size()};
  for (std::size_t i = 0; i < recipe.test.size(); ++i) {
    const std::vector<std::string> named = expand({recipe.test[i]});
    const fs::path target = directory / fmt::format("test-{}.safetensors", i);
    result.tests.push_back({recipe.test[i], token_file(named, "data.test", result.tokenizer, target, recipe.text_field, reuse, true)});
  }
  return result;
}

}  // namespace fathom::train
