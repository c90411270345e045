// fathom generate: completes prompts.
//   fathom generate --model DIR --prompt "Once upon a time" --max-new-tokens 100
//   fathom generate --model DIR --prompt-ids 5,7,9 --max-new-tokens 24 --temperature 0 --json
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <memory>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/cli/inference_options.h"
#include "fathom/cli/model_commands.h"
#include "fathom/text/chat_template.h"

namespace fathom::cli {
namespace {

struct GenerateOptions : InferenceOptions {
  std::string prompt, prompt_file, prompt_ids, format = "plain";
  std::int64_t samples = 1;
  bool json = false;
};

// Ids between commas, spaces or both, with or without brackets around them.
std::vector<std::int64_t> parse_ids(const std::string& text) {
  std::vector<std::int64_t> ids;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto skip_spaces = [&] {
    while (at != end && *at == ' ') ++at;
  };
  const auto wrong = [&] {
    fail_usage("--prompt-ids: '{}' is not a list of token ids such as 5,7,9 (see '{}')", text,
               std::string_view(at, static_cast<std::size_t>(end - at)));
  };
  skip_spaces();
  const bool bracket = at != end && *at == '[';
  if (bracket) ++at;
  skip_spaces();
  while (at != end && *at != ']') {
    std::int64_t id = 0;
    const auto [next, error] = std::from_chars(at, end, id);
    if (error != std::errc() || (next != end && *next != ',' && *next != ' ' && *next != ']')) wrong();
    ids.push_back(id);
    at = next;
    skip_spaces();
    if (at == end || *at != ',') continue;
    const char* const comma = at++;
    skip_spaces();
    if (at == end || *at == ']') {
      at = comma;
      wrong();
    }
  }
  if (bracket) {
    if (at == end) wrong();
    ++at;
  }
  skip_spaces();
  if (at != end) wrong();
  if (ids.empty()) fail_usage("--prompt-ids: '{}' holds no token id; give a list such as 5,7,9", text);
  return ids;
}

std::vector<std::int64_t> widened(const std::vector<text::TokenId>& ids) { return {ids.begin(), ids.end()}; }

const Json& list_of(const Json& line, const char* key, const std::string& position) {
  const Json& list = line.at(key);
  require(list.is_array(), "{}: '{}' must be a list, but is {}", position, key, list.type_name());
  return list;
}

// One line of a prompt file: {"prompt": text}, {"prompt_ids": [...]} or {"messages": [{"role", "content"}...]}.
std::vector<std::int64_t> read_prompt(const Json& line, const std::string& position, const InferenceModel& model,
                                      const GenerateOptions& options) {
  const text::PromptFormat format = text::prompt_format(options.format);
  require(line.is_object(), "{}: expected an object such as {{\"prompt\": \"...\"}}, found {}", position, line.type_name());
  if (line.contains("prompt_ids")) {
    std::vector<std::int64_t> ids;
    for (const Json& id : list_of(line, "prompt_ids", position)) {
      require(id.is_number_integer(), "{}: 'prompt_ids' must be a list of token ids such as [5, 7, 9], but holds {}", position,
              id.dump(-1, ' ', true, Json::error_handler_t::replace));
      ids.push_back(id.get<std::int64_t>());
    }
    return ids;
  }
  if (line.contains("messages")) {
    std::vector<text::Message> conversation;
    for (const Json& message : list_of(line, "messages", position))
      conversation.push_back({json_get<std::string>(message, "role", position), json_get<std::string>(message, "content", position)});
    return widened(text::render_prompt(format, conversation, require_tokenizer(model, options)));
  }
  require(line.contains("prompt"), "{}: expected a key 'prompt', 'prompt_ids' or 'messages'", position);
  return widened(text::render_prompt(format, json_get<std::string>(line, "prompt", position), require_tokenizer(model, options)));
}

bool is_json_lines(const std::string& path) {
  for (const char* ending : {".jsonl", ".jsonl.gz", ".jsonl.xz", ".jsonl.zst"})
    if (path.ends_with(ending)) return true;
  return false;
}

std::vector<std::vector<std::int64_t>> read_prompts(const InferenceModel& model, const GenerateOptions& options) {
  if (!options.prompt_ids.empty()) return {parse_ids(options.prompt_ids)};
  const text::PromptFormat format = text::prompt_format(options.format);
  if (options.prompt_file.empty()) return {widened(text::render_prompt(format, options.prompt, require_tokenizer(model, options)))};
  if (!is_json_lines(options.prompt_file))
    return {widened(text::render_prompt(format, read_file(options.prompt_file), require_tokenizer(model, options)))};
  std::vector<std::vector<std::int64_t>> prompts;
  LineReader reader(options.prompt_file);
  while (const auto line = reader.next()) {
    if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
    prompts.push_back(read_prompt(parse_json(*line, reader.position()), reader.position(), model, options));
  }
  require(!prompts.empty(), "{}: the file holds no prompts", options.prompt_file);
  return prompts;
}

void print_json(const engine::Completion& completion, bool several, bool with_text) {
  OrderedJson json;
  if (several) {
    json["prompt"] = completion.request;
    json["sample"] = completion.sample;
  }
  json["ids"] = completion.ids;
  if (with_text) json["text"] = completion.text;
  json["finish_reason"] = completion.finish == engine::FinishReason::stop ? "stop" : "length";
  json["log_probs"] = completion.log_probs;
  fmt::print("{}\n", json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
}

int run(const GenerateOptions& options) {
  const int given = (options.prompt.empty() ? 0 : 1) + (options.prompt_file.empty() ? 0 : 1) + (options.prompt_ids.empty() ? 0 : 1);
  if (given != 1) fail_usage("give the prompt with one of --prompt, --prompt-file and --prompt-ids; an empty one is none");
  const InferenceModel model = open_for_inference(options, text::prompt_format(options.format), options.prompt_ids.empty());
  std::vector<engine::GenerationRequest> requests;
  for (std::vector<std::int64_t>& ids : read_prompts(model, options)) {
    engine::GenerationRequest request;
    request.prompt_ids = std::move(ids);
    request.params = model.sampling;
    request.samples = options.samples;
    requests.push_back(std::move(request));
  }
  const bool several = requests.size() > 1 || options.samples > 1;
  const bool stream = !several && !options.json && model.tokenizer.has_value();

  engine::GeneratorOptions generator_options;
  generator_options.max_batch = options.batch;
  engine::Generator generator(*model.model, model.tokenizer_or_null(), generator_options);
  engine::Generator::OnText on_text;
  if (stream)
    on_text = [](std::int64_t, std::int64_t, std::string_view piece) {
      std::fwrite(piece.data(), 1, piece.size(), stdout);
      std::fflush(stdout);
    };
  for (const engine::Completion& completion : generator.generate(requests, on_text)) {
    if (options.json) {
      print_json(completion, several, model.tokenizer.has_value());
      continue;
    }
    if (several) fmt::print("=== prompt {}, sample {} ===\n", completion.request, completion.sample);
    if (!model.tokenizer) {
      fmt::print("{}\n", fmt::join(completion.ids, ","));
    } else {
      fmt::print("{}\n", stream ? "" : completion.text);
    }
  }
  std::fflush(stdout);
  if (!options.compute.quiet) fmt::print(stderr, "{}\n", describe(generator.statistics()));
  return 0;
}

}  // namespace

Runner set_up_generate(CLI::App& app) {
  auto options = std::make_shared<GenerateOptions>();
  app.add_option("--prompt", options->prompt, "Text to go on from");
  app.add_option("--prompt-file", options->prompt_file,
                 "A text file with one prompt, or .jsonl with an object a line: {\"prompt\"}, {\"messages\"} or {\"prompt_ids\"}");
  app.add_option("--prompt-ids", options->prompt_ids, "Token ids to go on from: 5,7,9 (works without a tokenizer)");
  app.add_option("--format", options->format, "How the prompt is put: plain, r1-zero, chat")->capture_default_str();
  app.add_option("--samples", options->samples, "Completions of each prompt")->check(check_positive)->capture_default_str();
  app.add_flag("--json", options->json, "A JSON object for each completion: ids, text, finish_reason, log_probs");
  options->add_to(app, 256);
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
