// Small corpora for tests of the pipeline: text with every kind of thing that a stage takes out.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/rng.h"
#include "fathom/data/corpus_recipe.h"
#include "fathom/text/bpe_trainer.h"

namespace fathom::data {

inline text::Tokenizer fim_tokenizer(std::int64_t vocab_size = 300) {
  text::BpeTrainerOptions options{.vocab_size = vocab_size};
  for (const char* mark : {"<|fim_begin|>", "<|fim_hole|>", "<|fim_end|>"}) options.special_tokens.emplace_back(mark);
  text::BpeTrainer trainer(options);
  for (int i = 0; i < 5; ++i) trainer.add("some text, and more of the text that is here for the pairs");
  return trainer.train();
}

// Words that no two documents share in the same order.
inline std::string random_words(std::uint64_t seed, int words) {
  Rng rng(seed, 99);
  std::string text;
  for (int i = 0; i < words; ++i) {
    std::string word;
    for (std::uint64_t letters = 2 + rng.below(7); letters > 0; --letters) word += static_cast<char>('a' + rng.below(26));
    text += word + (i % 13 == 12 ? ".\n" : " ");
  }
  return text;
}

// `documents` JSONL records: of ten, one repeats an earlier one exactly and one nearly; all of them end in the same long line.
inline void write_records(const std::filesystem::path& path, std::uint64_t seed, int documents) {
  std::string lines;
  for (int i = 0; i < documents; ++i) {
    std::string text = random_words(seed + static_cast<std::uint64_t>(i), 60 + i % 40);
    if (i % 10 == 7) text = random_words(seed + static_cast<std::uint64_t>(i - 3), 60 + (i - 3) % 40);
    if (i % 10 == 9) text = random_words(seed + static_cast<std::uint64_t>(i - 3), 60 + (i - 3) % 40) + "and three words";
    lines += Json{{"text", text + "\nThis page is part of the archive and may be copied freely.\n"}}.dump() + "\n";
  }
  write_file_atomically(path, lines);
}

// Every file below a directory, by its path there.
inline std::map<std::string, std::string> tree_of(const std::filesystem::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) files[entry.path().lexically_relative(directory).string()] = read_file(entry.path());
  return files;
}

// Two sources with every stage on.
inline Recipe full_recipe(const std::filesystem::path& directory) {
  Recipe recipe;
  for (const std::string& setting :
       {"sources.first.paths=" + Json((directory / "first.jsonl").string()).dump(), std::string("sources.first.repeat=1.5"),
        "sources.second.paths=" + Json((directory / "second.jsonl").string()).dump(), std::string("deduplicate.lines=true"),
        std::string("deduplicate.lines_max_documents=3"), std::string("fim.rate=0.2"), std::string("split_tokens.rate=0.5"),
        std::string("validation.fraction=0.1"), std::string("shards.tokens=4000"), std::string("rejected.samples=3")}) {
    recipe.set(setting);
  }
  return recipe;
}

}  // namespace fathom::data
