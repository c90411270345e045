#include "fathom/asking/neural_generator.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::asking {

NeuralGenerator::NeuralGenerator(const std::filesystem::path& directory, const NeuralGeneratorOptions& options)
    : parts_(load_question_directory(directory, options.device)), options_(options) {}

std::vector<std::vector<questions::GeneratedQuestion>> NeuralGenerator::generate(std::span<const questions::AnswerInContext> answers,
                                                                                 int n_best) {
  std::vector<questions::QuestionRecord> records;
  for (const questions::AnswerInContext& answer : answers) records.push_back({answer, "", "", "", ""});
  std::vector<std::vector<questions::GeneratedQuestion>> out;
  for (std::vector<WrittenQuestion>& written : write(records, n_best)) {
    std::vector<questions::GeneratedQuestion> of_answer;
    for (WrittenQuestion& question : written) of_answer.push_back({std::move(question.text), question.type, question.score});
    out.push_back(std::move(of_answer));
  }
  return out;
}

std::vector<std::vector<WrittenQuestion>> NeuralGenerator::write(std::span<const questions::QuestionRecord> records, int n_best) {
  if (n_best < 1) fail_usage("n-best is {}; at least 1 question is expected", n_best);
  const std::vector<questions::Example> examples = parts_.features.describe_all(records, options_.threads);
  // Sentences of similar lengths together: a batch computes as long as its longest does.
  std::vector<std::size_t> order(examples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return examples[a].words.size() > examples[b].words.size(); });
  std::vector<std::vector<WrittenQuestion>> out(examples.size());
  const auto batch = static_cast<std::size_t>(std::max<std::int64_t>(1, options_.batch));
  for (std::size_t begin = 0; begin < order.size(); begin += batch) {
    std::vector<questions::Example> chosen;
    const std::size_t end = std::min(order.size(), begin + batch);
    for (std::size_t i = begin; i < end; ++i) chosen.push_back(examples[order[i]]);
    std::vector<std::vector<WrittenQuestion>> written = write_batch(chosen, n_best);
    for (std::size_t i = begin; i < end; ++i) out[order[i]] = std::move(written[i - begin]);
  }
  return out;
}

std::vector<std::vector<WrittenQuestion>> NeuralGenerator::write_batch(std::span<const questions::Example> examples, int n_best) {
  const at::NoGradGuard no_grad;
  const QuestionModelConfig& config = parts_.model.config();
  std::vector<EncodedExample> encoded;
  std::vector<const EncodedExample*> pointers;
  for (const questions::Example& example : examples) encoded.push_back(encode_example(example, parts_.table, config));
  for (const EncodedExample& example : encoded) pointers.push_back(&example);
  const QuestionBatch batch = make_batch(pointers, config, options_.device, /*with_questions=*/false);
  BeamOptions beam = options_.beam;
  beam.n_best = n_best;
  beam.beam = std::max(beam.beam, n_best);
  beam.most_words = std::min(beam.most_words, config.longest_question);
  const std::vector<std::vector<FoundQuestion>> found = beam_search(parts_.model, batch, parts_.model.encode(batch, 0.0), beam);
  std::vector<std::vector<WrittenQuestion>> out(examples.size());
  for (std::size_t s = 0; s < found.size(); ++s) {
    const auto place = static_cast<std::size_t>(batch.order[s]);
    for (const FoundQuestion& question : found[s]) {
      WrittenQuestion written;
      for (const std::int64_t word : question.words)
        written.words.push_back(word < config.output_words
                                    ? parts_.table.word(word)
                                    : encoded[place].copied_words[static_cast<std::size_t>(word - config.output_words)]);
      written.text = parts_.features.write_question(written.words, examples[place]);
      written.type = questions::type_of_question(written.text);
      written.score = question.score;
      out[place].push_back(std::move(written));
    }
  }
  return out;
}

}  // namespace fathom::asking
