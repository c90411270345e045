#include "fathom/cli/inference_options.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "fathom/base/error.h"
#include "fathom/base/progress.h"
#include "fathom/cli/compute_device.h"
#include "fathom/engine/end_of_sequence.h"

namespace fathom::cli {
namespace {

// \n, \t and \\ as people type them in a shell.
std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\\' && (next == 'n' || next == 't' || next == '\\')) {
      out += next == 'n' ? '\n' : next == 't' ? '\t' : '\\';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

InferenceOptions::InferenceOptions() {
  sampling.temperature = 0.6;
  sampling.top_p = 0.95;
}

void InferenceOptions::add_to(CLI::App& app, std::int64_t max_new_tokens) {
  sampling.max_new_tokens = max_new_tokens;
  app.add_option("--model", model, "Model directory")->required();
  app.add_option("--max-new-tokens", sampling.max_new_tokens, "Most new tokens")->capture_default_str();
  app.add_option("--temperature", sampling.temperature, "0: always the most likely token; higher: more varied")->capture_default_str();
  app.add_option("--top-p", sampling.top_p, "Choose among the most likely tokens that have this share together (1: all)")
      ->capture_default_str();
  app.add_option("--top-k", sampling.top_k, "Choose among this many most likely tokens (0: all)")->capture_default_str();
  app.add_option("--seed", sampling.seed, "Same seed, same tokens")->capture_default_str();
  app.add_option("--stop", sampling.stop_strings, "End before this text (repeatable; \\n and \\t are understood)")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--batch", batch, "Sequences decoded together")->check(check_positive)->capture_default_str();
  app.add_flag("--ignore-eos", ignore_eos, "Go on after the end-of-sequence token");
  compute.add_to(app);
}

namespace {

// DIR/tokenizer.json; nullopt without one, and when it cannot be used but nobody needs it.
std::optional<text::Tokenizer> open_tokenizer(const std::filesystem::path& directory, std::int64_t vocab_size, bool needed) {
  if (!std::filesystem::exists(directory / "tokenizer.json")) return std::nullopt;
  try {
    text::Tokenizer tokenizer = text::Tokenizer::load(directory);
    tokenizer.require_fits_model(vocab_size, directory.string());
    return tokenizer;
  } catch (const Error& error) {
    if (needed) throw;
    fmt::print(stderr, "fathom: warning: going on with ids alone: {}\n", error.what());
    return std::nullopt;
  }
}

}  // namespace

InferenceModel open_for_inference(const InferenceOptions& options, text::PromptFormat format, bool text_needed) {
  InferenceModel result;
  result.sampling = options.sampling;
  for (std::string& stop : result.sampling.stop_strings) stop = unescape(stop);
  result.sampling.validate();
  model::LoadOptions load;
  load.device = set_up_compute(options.compute);
  if (load.device.is_cuda()) load.dtype = at::kBFloat16;
  const std::filesystem::path directory = options.model;
  require(std::filesystem::is_directory(directory), "--model {}: there is no such directory", options.model);
  result.model = model::CausalLM::load(directory, load);
  result.tokenizer = open_tokenizer(directory, result.model->config().vocab_size, text_needed);
  if (!options.ignore_eos) {
    std::vector<std::int64_t>& stop_ids = result.sampling.stop_ids;
    stop_ids = engine::end_of_sequence_ids(directory, result.model->config(), result.tokenizer_or_null());
    if (format == text::PromptFormat::chat && result.tokenizer) stop_ids.push_back(text::end_of_reply(format, *result.tokenizer));
  }
  return result;
}

const text::Tokenizer& require_tokenizer(const InferenceModel& model, const InferenceOptions& options) {
  require(
      model.tokenizer.has_value(),
      "{} has no tokenizer.json, so text cannot be turned into tokens; copy the model's tokenizer.json into the directory, or use fathom "
      "generate with --prompt-ids 5,7,9",
      options.model);
  return *model.tokenizer;
}

std::string describe(const engine::Generator::Statistics& statistics) {
  const double rate = statistics.decode_seconds > 0 ? static_cast<double>(statistics.generated_tokens) / statistics.decode_seconds : 0;
  return fmt::format("{} prompt tokens in {}, {} new in {} ({:.1f} tokens/s); the cache takes {} bytes a token", statistics.prompt_tokens,
                     format_duration(statistics.prefill_seconds), statistics.generated_tokens, format_duration(statistics.decode_seconds),
                     rate, statistics.cache_bytes_per_token);
}

}  // namespace fathom::cli
