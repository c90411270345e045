// fathom tokenizer template: a conversation as the model's chat template writes it.
//   fathom tokenizer template --model deepseek-r1/ --messages conversation.json --tools tools.json --ids
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/cli/tokenizer_commands.h"
#include "fathom/text/model_template.h"

namespace fathom::cli {
namespace {

struct TemplateOptions {
  std::string model, messages, tools;
  std::vector<std::string> variables;
  bool no_generation_prompt = false, ids = false;
};

// As parse_json, with the keys in their order: templates print tools and arguments in the order they were given.
OrderedJson parse_in_order(std::string_view text, const std::string& origin) {
  parse_json(text, origin);  // for its messages
  return OrderedJson::parse(text);
}

OrderedJson variables_of(const std::vector<std::string>& given) {
  OrderedJson variables = OrderedJson::object();
  for (const std::string& variable : given) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) fail_usage("--var {}: NAME=JSON is needed, for example --var thinking=true", variable);
    const std::string name = variable.substr(0, equals);
    try {
      variables[name] = parse_in_order(std::string_view(variable).substr(equals + 1), "--var " + name);
    } catch (const Error& error) {
      fail_usage("{}; the value is JSON: a string needs its quotation marks, as in --var '{}=\"text\"'", error.what(), name);
    }
  }
  return variables;
}

// A conversation: a list of messages, or an object with "messages" and perhaps "tools".
text::TemplateInput input_of(OrderedJson json, const text::TemplateInput& common, const std::string& origin) {
  text::TemplateInput input = common;
  if (json.is_object()) {
    require(json.contains("messages"), "{}: required key 'messages' is missing", origin);
    if (json.contains("tools") && input.tools.is_null()) input.tools = std::move(json["tools"]);
    json = OrderedJson(std::move(json["messages"]));
  }
  require(json.is_array(), "{}: a list of messages is needed, but this is {}", origin, json.type_name());
  for (const OrderedJson& message : json)
    require(message.is_object(), "{}: a message must be an object, but one is {}", origin, message.type_name());
  require(input.tools.is_null() || input.tools.is_array(), "{}: the tools must be a list, but are {}", origin, input.tools.type_name());
  input.messages = std::move(json);
  return input;
}

bool is_json_lines(std::filesystem::path path) {
  for (const char* compression : {".gz", ".xz", ".zst"})
    if (path.extension() == compression) path = path.stem();
  return path.extension() == ".jsonl" || path.extension() == ".ndjson";
}

class Printer {
 public:
  explicit Printer(const TemplateOptions& options) : options_(options), config_(text::TokenizerConfig::load(options.model)) {
    if (options.ids) tokenizer_.emplace(text::Tokenizer::load(options.model));
    common_.add_generation_prompt = !options.no_generation_prompt;
    common_.variables = variables_of(options.variables);
    if (!options.tools.empty()) common_.tools = parse_in_order(read_file(options.tools), options.tools);
  }

  void print(OrderedJson json, const std::string& origin, bool as_record) {
    const text::TemplateInput input = input_of(std::move(json), common_, origin);
    text::jinja::MarkedText text;
    try {
      text = template_for(!input.tools.is_null()).render(input);
    } catch (const Error& error) {
      fail("{}: {}", origin, error.what());
    }
    if (options_.ids) {
      const std::vector<text::TokenId> ids = tokenizer_->encode_marked(text);
      if (as_record)
        fmt::print("{{\"ids\": [{}]}}\n", fmt::join(ids, ", "));
      else
        fmt::print("{}\n", fmt::join(ids, " "));
    } else if (as_record) {
      fmt::print("{}\n", Json({{"text", text.bytes()}}).dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
      std::fwrite(text.bytes().data(), 1, text.size(), stdout);
    }
  }

 private:
  const text::ModelTemplate& template_for(bool with_tools) {
    std::optional<text::ModelTemplate>& parsed = with_tools ? with_tools_ : without_tools_;
    if (!parsed) parsed = text::ModelTemplate::of(config_, with_tools);
    require(parsed.has_value(), "{} has no chat template: neither 'chat_template' in tokenizer_config.json nor chat_template.jinja",
            options_.model);
    return *parsed;
  }

  const TemplateOptions& options_;
  const text::TokenizerConfig config_;
  std::optional<text::Tokenizer> tokenizer_;
  std::optional<text::ModelTemplate> with_tools_, without_tools_;
  text::TemplateInput common_;
};

int run_template(const TemplateOptions& options) {
  require(std::filesystem::is_directory(options.model), "{} is no directory; --model names a model directory", options.model);
  Printer printer(options);
  if (!is_json_lines(options.messages)) {
    printer.print(parse_in_order(read_file(options.messages), options.messages), options.messages, /*as_record=*/false);
    return 0;
  }
  LineReader lines(options.messages);
  while (const auto line = lines.next()) {
    if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
    printer.print(parse_in_order(*line, lines.position()), lines.position(), /*as_record=*/true);
  }
  return 0;
}

}  // namespace

Runner set_up_tokenizer_template(CLI::App& app) {
  auto options = std::make_shared<TemplateOptions>();
  app.description("Print a conversation as the model's chat template writes it");
  app.add_option("--model", options->model, "Model directory with tokenizer_config.json or chat_template.jinja")->required();
  app.add_option("--messages", options->messages, "A list of messages, or an object with 'messages' and 'tools'; JSON, or JSONL for many")
      ->required();
  app.add_option("--tools", options->tools, "A JSON list of the functions that the model may call");
  app.add_option("--var", options->variables, "NAME=JSON: a further variable of the template, as --var thinking=true; may be repeated");
  app.add_flag("--no-generation-prompt", options->no_generation_prompt, "End after the last message, without opening a reply");
  app.add_flag("--ids", options->ids, "Print token ids; special tokens that a message spells stay text");
  app.footer("JSON: the text as it is, or all ids on one line. JSONL: a line {\"text\": ...} or {\"ids\": [...]} for each conversation.");
  return [options] { return run_template(*options); };
}

}  // namespace fathom::cli
