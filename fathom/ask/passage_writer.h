// A causal language model that answers over numbered passages.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/engine/generator.h"
#include "fathom/search/answer_writer.h"
#include "fathom/text/chat_template.h"

namespace fathom::ask {

// What the model is asked to say when the passages do not hold the answer.
constexpr std::string_view no_answer = "The passages do not answer this.";

// The request to the model: what to do, the numbered passages with their neighbours on the page, the question.
std::string passage_prompt(const std::string& question, const std::vector<search::Passage>& passages);

class PassageWriter final : public search::AnswerWriter {
 public:
  // All must outlive this. `sampling` has the model's stop ids.
  PassageWriter(const model::CausalLM& model, const text::Tokenizer& tokenizer, engine::SamplingParams sampling, text::PromptFormat format);

  // The last passages are left out when the model's context is too short for all. Reasoning before "</think>" is neither shown nor part of
  // the answer. Throws Error when not even one passage fits.
  search::WrittenAnswer write(const std::string& question, const std::vector<search::Passage>& passages,
                              const std::function<bool(std::string_view piece)>& piece) override;

 private:
  std::vector<std::int64_t> fitting_prompt(const std::string& question, std::vector<search::Passage>& passages) const;

  const model::CausalLM& model_;
  const text::Tokenizer& tokenizer_;
  engine::SamplingParams sampling_;
  text::PromptFormat format_;
};

}  // namespace fathom::ask
