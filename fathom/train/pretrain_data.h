// From the files a recipe names to a tokenizer and tokens: training, validation, and test sets. Raw text goes through the pipeline of
// data/prepare_corpus.h with everything but tokenisation off.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/recipe.h"
#include "fathom/data/token_corpus.h"
#include "fathom/text/tokenizer.h"

namespace fathom::train {

struct PretrainDataRecipe {
  std::vector<std::string> train;       // text files or directories; or prepared corpora and token files (.safetensors)
  std::vector<std::string> validation;  // the same; empty: the prepared corpora's own, or a share of the training documents
  std::vector<std::string> test;        // each is measured by itself at the end of the run
  std::vector<std::string> exclude;     // files whose path contains one of these, or fits it as a pattern with * and ?, are left out
  double validation_fraction = 0.01;
  std::string text_field = "text";
  std::string tokenizer_path;                 // a directory or tokenizer.json; empty: one is trained on the training text
  std::int64_t vocab_size = 4096;             // of a tokenizer that is trained
  std::string pre_tokenizer = "gpt2-digits";  // of a tokenizer that is trained (text/pre_tokenizer_recipes.h)
  bool verify = true;                         // compare prepared shards with their digests

  // Keys data.train, data.validation, data.test, data.exclude, data.validation_fraction, data.text_field, tokenizer.path,
  // tokenizer.vocab_size, tokenizer.pre_tokenizer, data.verify. Throws UsageError naming the key for paths that do not exist and an unknown
  // pre-tokenizer.
  static PretrainDataRecipe from_recipe(Recipe& recipe);
  // The tokenizer of the first prepared corpus in `train`; empty when there is none.
  std::string prepared_tokenizer() const;
  // The files of `paths` (directories walked) that no pattern of `exclude` meets. Throws Error when none is left.
  std::vector<std::string> files(const std::vector<std::string>& paths, const std::string& key) const;
};

struct TestSet {
  std::string name;  // the path in the recipe
  data::TokenCorpus tokens;
};

struct PretrainData {
  text::Tokenizer tokenizer;
  data::TokenCorpus train;
  std::optional<data::TokenCorpus> validation;
  std::vector<TestSet> tests;
  std::size_t train_files = 0;
};

// Trains or loads the tokenizer (a trained one is saved to OUT/tokenizer), and prepares corpora in OUT/data (train, validation, test-N).
// With `reuse` (resume) what stands there complete is taken as it is, and what is unfinished is finished. Every `1 /
// validation_fraction`-th document goes to validation when no files are named.
PretrainData prepare_pretrain_data(const PretrainDataRecipe& recipe, const std::filesystem::path& out, bool reuse, bool quiet);

}  // namespace fathom::train
