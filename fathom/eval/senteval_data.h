// The sets of SentEval and of the STS tasks, as files of one line an example (docs/embeddings.md has the formats). Files may be compressed,
// and a name may carry more than is asked for: "TREC/test" is found as test.txt, test.txt.xz or test.shared-half.txt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fathom::eval {

struct LabelledSentences {
  std::vector<std::string> sentences;
  std::vector<std::int64_t> labels;  // 0 … classes-1
  std::int64_t classes = 0;
};

struct SentencePairs {
  std::vector<std::string> first, second;
  std::vector<double> scores;        // relatedness, where the set has it
  std::vector<std::int64_t> labels;  // paraphrase or entailment, where the set has it
  std::int64_t classes = 0;
};

// The one file in the directory of `stem` whose name is that stem followed by "." and anything. Throws Error when there is none or several;
// nullopt instead of the first with `optional`.
std::optional<std::filesystem::path> find_data_file(const std::filesystem::path& stem, bool optional = false);

// "LABEL sentence" with labels 0 … classes-1.
LabelledSentences read_numbered(const std::filesystem::path& file, std::int64_t classes);
// "COARSE:fine question" with TREC's six coarse classes.
LabelledSentences read_trec(const std::filesystem::path& file);
// A header, then: Quality, two ids, two sentences, separated by tabs.
SentencePairs read_mrpc(const std::filesystem::path& file);
// A header, then: pair_ID, two sentences, relatedness (1 to 5), NEUTRAL, ENTAILMENT or CONTRADICTION.
SentencePairs read_sick(const std::filesystem::path& file);
// score, two sentences.
SentencePairs read_sts(const std::filesystem::path& file);
// genre, file, year, id, score, two sentences; further columns are passed over.
SentencePairs read_sts_benchmark(const std::filesystem::path& file);

}  // namespace fathom::eval
