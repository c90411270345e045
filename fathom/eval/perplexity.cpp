#include "fathom/eval/perplexity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/data/documents.h"
#include "fathom/data/prepare_corpus.h"
#include "fathom/data/token_corpus.h"
#include "fathom/train/language_model_step.h"

namespace fathom::eval {
namespace {

std::int64_t count_words(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space && !inside) ++words;
    inside = !space;
  }
  return words;
}

}  // namespace

PerplexityResult evaluate_perplexity(const model::CausalLM& model, const text::Tokenizer& tokenizer, const std::vector<std::string>& files,
                                     const PerplexityOptions& options) {
  const std::int64_t context = model.config().max_position_embeddings;
  const std::int64_t length = options.sequence_length > 0 ? options.sequence_length : std::min<std::int64_t>(context, 1024);
  require(length <= context, "windows of {} tokens are longer than the model's context of {} (max_position_embeddings)", length, context);

  PerplexityResult result;
  result.sequence_length = length;
  data::DocumentOptions documents;
  documents.text_field = options.text_field;
  for (const std::filesystem::path& path : data::expand_paths(files))
    data::for_each_document(path, documents, [&result](std::string_view text) { result.words += count_words(text); });

  // A scratch directory that never gets a name of its own: it goes when this function ends.
  const AtomicDirectory scratch(std::filesystem::temp_directory_path() / "fathom-perplexity");
  const std::filesystem::path token_path = scratch.path() / "tokens";
  data::PrepareSettings settings;
  settings.out = token_path;
  settings.quiet = options.quiet;
  data::prepare_corpus(data::CorpusRecipe::plain(files, options.text_field), tokenizer, settings);
  const data::TokenCorpus tokens = data::TokenCorpus::open(token_path, {.verify = false});
  const train::EvaluationResult measured = train::evaluate_loss(model, tokens, length, options.batch_sequences, options.max_tokens);

  result.documents = tokens.documents();
  result.text_bytes = tokens.text_bytes();
  result.tokens = measured.tokens;
  result.loss = measured.loss;
  result.perplexity = measured.perplexity;
  result.bits_per_byte = measured.bits_per_byte;
  const double tokens_per_word = static_cast<double>(tokens.size()) / static_cast<double>(std::max<std::int64_t>(1, result.words));
  result.word_perplexity = std::exp(measured.loss * tokens_per_word);
  return result;
}

OrderedJson PerplexityResult::to_json() const {
  return {{"loss", loss},
          {"perplexity", perplexity},
          {"bits_per_byte", bits_per_byte},
          {"word_perplexity", word_perplexity},
          {"tokens", tokens},
          {"text_bytes", text_bytes},
          {"words", words},
          {"documents", documents},
          {"sequence_length", sequence_length}};
}

std::string PerplexityResult::table() const {
  return fmt::format(
      "{:<22}{:>12.4f}   nats a token\n{:<22}{:>12.3f}   per token\n{:<22}{:>12.4f}\n{:<22}{:>12.2f}   per word\n"
      "{} tokens, {} words, {} of text in {} documents; windows of {} tokens\n",
      "loss", loss, "perplexity", perplexity, "bits per byte", bits_per_byte, "perplexity", word_perplexity, tokens, words,
      format_bytes(static_cast<double>(text_bytes)), documents, sequence_length);
}

}  // namespace fathom::eval
