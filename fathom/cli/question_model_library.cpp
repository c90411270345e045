// The model library's side of question_model.h.
#include "fathom/asking/neural_generator.h"
#include "fathom/cli/compute_device.h"
#include "fathom/cli/question_model.h"

extern "C" fathom::questions::QuestionGenerator* fathom_open_question_generator(const fathom::cli::QuestionModelOptions& options) {
  fathom::asking::NeuralGeneratorOptions generator;
  generator.device = fathom::cli::set_up_compute(options.compute);
  generator.threads = options.compute.threads;
  generator.batch = options.batch;
  generator.beam.beam = options.beam;
  generator.beam.length_penalty = options.length_penalty;
  return new fathom::asking::NeuralGenerator(options.model, generator);
}
