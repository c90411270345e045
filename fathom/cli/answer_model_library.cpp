// The model library's side of answer_model.h.
#include "fathom/ask/passage_writer.h"
#include "fathom/cli/answer_model.h"
#include "fathom/cli/inference_options.h"

namespace fathom::cli {
namespace {

// A model with what writes answers with it.
class OwnedWriter final : public search::AnswerWriter {
 public:
  OwnedWriter(const InferenceOptions& options, text::PromptFormat format)
      : model_(open_for_inference(options, format)), writer_(*model_.model, require_tokenizer(model_, options), model_.sampling, format) {}
  search::WrittenAnswer write(const std::string& question, const std::vector<search::Passage>& passages,
                              const std::function<bool(std::string_view piece)>& piece) override {
    return writer_.write(question, passages, piece);
  }

 private:
  InferenceModel model_;
  ask::PassageWriter writer_;
};

}  // namespace
}  // namespace fathom::cli

extern "C" fathom::search::AnswerWriter* fathom_open_answer_model(const fathom::cli::AnswerModelOptions& options) {
  fathom::cli::InferenceOptions inference;
  inference.model = options.model;
  inference.compute = options.compute;
  inference.sampling.temperature = options.temperature;
  inference.sampling.max_new_tokens = options.max_new_tokens;
  return new fathom::cli::OwnedWriter(inference, fathom::text::prompt_format(options.format));
}
