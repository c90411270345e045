#include "fathom/ask/passage_writer.h"

#include <algorithm>

#include "fathom/ask/citation_constraint.h"
#include "fathom/base/error.h"

namespace fathom::ask {
namespace {

constexpr std::string_view open_thoughts = "<think>", close_thoughts = "</think>";

// Lets pass what follows the thoughts of a reply that begins with them.
class AnswerPart {
 public:
  explicit AnswerPart(const std::string& opening) : text_(opening) {}

  std::string push(std::string_view piece) {
    text_ += piece;
    if (!decided_) {
      const std::size_t begin = text_.find_first_not_of(" \n");
      const std::string_view start = begin == std::string::npos ? std::string_view() : std::string_view(text_).substr(begin);
      if (start.size() < open_thoughts.size() && open_thoughts.substr(0, start.size()) == start) return "";
      decided_ = true;
      thinking_ = start.substr(0, open_thoughts.size()) == open_thoughts;
    }
    if (thinking_) {
      const std::size_t close = text_.find(close_thoughts);
      if (close == std::string::npos) return "";
      thinking_ = false;
      shown_ = std::min(text_.size(), text_.find_first_not_of(" \n", close + close_thoughts.size()));
    }
    std::string part = text_.substr(shown_);
    shown_ = text_.size();
    return part;
  }

 private:
  std::string text_;
  std::size_t shown_ = 0;
  bool decided_ = false, thinking_ = false;
};

struct ReaderWentAway {};

}  // namespace

std::string passage_prompt(const std::string& question, const std::vector<search::Passage>& passages) {
  std::string prompt = fmt::format(
      "Answer the question from these passages only, in a sentence or two. Behind each statement name the passage that it comes from by "
      "its number in "
      "square brackets, like [1]. If the passages do not hold the answer, reply: {}\n\n",
      no_answer);
  for (std::size_t i = 0; i < passages.size(); ++i) {
    const search::Passage& passage = passages[i];
    prompt += fmt::format("[{}] {}{}", i + 1, passage.title, passage.title.empty() ? "" : ": ");
    for (const std::string* part : {&passage.before, &passage.text, &passage.after})
      if (!part->empty()) prompt += *part + (part == &passage.after ? "" : " ");
    prompt += "\n";
  }
  return prompt + "\nQuestion: " + question;
}

PassageWriter::PassageWriter(const model::CausalLM& model, const text::Tokenizer& tokenizer, engine::SamplingParams sampling,
                             text::PromptFormat format)
    : model_(model), tokenizer_(tokenizer), sampling_(std::move(sampling)), format_(format) {}

std::vector<std::int64_t> PassageWriter::fitting_prompt(const std::string& question, std::vector<search::Passage>& passages) const {
  const std::int64_t context = model_.config().max_position_embeddings;
  const std::int64_t wanted = std::min<std::int64_t>(sampling_.max_new_tokens, context / 4);
  for (; !passages.empty(); passages.pop_back()) {
    const std::vector<text::TokenId> ids = text::render_prompt(format_, passage_prompt(question, passages), tokenizer_);
    if (static_cast<std::int64_t>(ids.size()) + wanted <= context) return {ids.begin(), ids.end()};
  }
  fail("the question and its best passage do not fit the model's context of {} tokens; use a model with a longer one", context);
}

search::WrittenAnswer PassageWriter::write(const std::string& question, const std::vector<search::Passage>& passages,
                                           const std::function<bool(std::string_view piece)>& piece) {
  std::vector<search::Passage> fitting = passages;
  engine::GenerationRequest request;
  request.prompt_ids = fitting_prompt(question, fitting);
  request.params = sampling_;
  request.constraint = std::make_shared<CitationConstraint>(tokenizer_, static_cast<std::int64_t>(fitting.size()));
  engine::Generator generator(model_, &tokenizer_, {.max_batch = 1});
  AnswerPart answer(text::reply_opening(format_, tokenizer_));
  search::WrittenAnswer written;
  try {
    generator.generate({request}, [&](std::int64_t, std::int64_t, std::string_view text) {
      const std::string part = answer.push(text);
      written.text += part;
      if (!part.empty() && !piece(part)) throw ReaderWentAway();
    });
  } catch (const ReaderWentAway&) {
    return written;
  }
  written.cited = citations_in(written.text);
  written.answered = written.text.find_first_not_of(" \n") != std::string::npos && written.text.find(no_answer) == std::string::npos;
  return written;
}

}  // namespace fathom::ask
