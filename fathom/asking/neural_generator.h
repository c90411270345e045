// Questions from a trained generator's directory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fathom/asking/beam_search.h"
#include "fathom/asking/question_directory.h"
#include "fathom/questions/question.h"
#include "fathom/questions/records.h"

namespace fathom::asking {

struct NeuralGeneratorOptions {
  BeamOptions beam;
  std::int64_t batch = 64;  // sentences at a time
  at::Device device = at::kCPU;
  int threads = 0;  // for features
};

// A question as the model writes it.
struct WrittenQuestion {
  std::vector<std::string> words;  // lower-cased, as the Treebank writes them, question mark included where the model wrote one
  std::string text;                // as people write it
  questions::QuestionType type = questions::QuestionType::others;  // of the words
  double score = 0;
};

class NeuralGenerator final : public questions::QuestionGenerator {
 public:
  // Throws Error as load_question_directory() does.
  NeuralGenerator(const std::filesystem::path& directory, const NeuralGeneratorOptions& options);

  std::vector<std::vector<questions::GeneratedQuestion>> generate(std::span<const questions::AnswerInContext> answers, int n_best) override;
  // The same for records, whose sentences are used where they have one; their questions are not looked at.
  std::vector<std::vector<WrittenQuestion>> write(std::span<const questions::QuestionRecord> records, int n_best);
  const Json& record() const { return parts_.record; }

 private:
  std::vector<std::vector<WrittenQuestion>> write_batch(std::span<const questions::Example> examples, int n_best);
  QuestionGeneratorParts parts_;
  NeuralGeneratorOptions options_;
};

}  // namespace fathom::asking
