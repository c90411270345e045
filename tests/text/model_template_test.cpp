// Chat templates of whole models: transformers' texts and ids, spelled special tokens, replies.
#include "fathom/text/model_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "fathom/base/error.h"
#include "fathom/text/chat_template.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"
#include "tests/text/chat_template_fixtures.h"

namespace fathom::text {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// As in make_chat_template_oracle.py.
OrderedJson roles_of(const std::string& template_name) {
  if (template_name.starts_with("llama")) return {{"bos_token", "<|begin_of_text|>"}, {"eos_token", "<|eot_id|>"}};
  if (template_name.starts_with("qwen")) return {{"eos_token", "<|im_end|>"}, {"pad_token", "<|endoftext|>"}};
  if (template_name.starts_with("deepseek")) return {{"bos_token", "<｜begin▁of▁sentence｜>"}, {"eos_token", "<｜end▁of▁sentence｜>"}};
  return {{"bos_token", "<s>"}, {"eos_token", "</s>"}};
}

// A model directory with one of the fixtures' templates and the oracle's tokenizer.
class Model {
 public:
  explicit Model(const std::string& template_name) {
    OrderedJson config = roles_of(template_name);
    config["chat_template"] = read_file(chat_template_fixtures() / template_name);
    write_file_atomically(scratch_ / "tokenizer.json", read_file(chat_template_fixtures() / "oracle" / "tokenizer.json"));
    write_file_atomically(scratch_ / "tokenizer_config.json", config.dump());
  }
  Tokenizer tokenizer() const { return Tokenizer::load(scratch_.path()); }
  TokenizerConfig config() const { return TokenizerConfig::load(scratch_.path()); }

 private:
  ScratchDirectory scratch_;
};

TemplateInput input_of(const OrderedJson& record) {
  static const OrderedJson data = OrderedJson::parse(read_file(chat_template_fixtures() / "conversations.json"));
  TemplateInput input;
  for (const OrderedJson& conversation : data.at("conversations")) {
    if (conversation.at("name") != record.at("conversation")) continue;
    input.messages = conversation.at("messages");
    if (conversation.contains("tools")) input.tools = data.at("tools").at(conversation.at("tools").get<std::string>());
  }
  input.add_generation_prompt = record.at("generation").get<bool>();
  input.variables = record.at("variables");
  return input;
}

TEST(ModelTemplateOracle, TextsOfTheFamilies) {
  int compared = 0;
  std::map<std::string, std::optional<ModelTemplate>> templates;
  for (const OrderedJson& record : oracle_records("families.jsonl")) {
    const auto name = record.at("template").get<std::string>();
    std::optional<ModelTemplate>& model_template = templates[name];
    if (!model_template) model_template = ModelTemplate::of(Model(name).config());
    const std::string what = name + ": " + record.at("conversation").get<std::string>() + " " + record.at("variables").dump();
    if (record.contains("error"))
      EXPECT_THROW(model_template->render(input_of(record)), Error) << what;
    else
      EXPECT_EQ(model_template->render(input_of(record)).bytes(), record.at("text").get<std::string>()) << what;
    ++compared;
  }
  EXPECT_GT(compared, 200);
}

// Ids equal those of apply_chat_template, except where a message spells a special token: then the text is the same, and the special
// tokens are only those that the template writes.
TEST(ModelTemplateOracle, IdsOfTheFamilies) {
  int compared = 0;
  std::map<std::string, Tokenizer> tokenizers;
  for (const OrderedJson& record : oracle_records("ids.jsonl")) {
    const auto name = record.at("template").get<std::string>();
    if (!tokenizers.contains(name)) tokenizers.emplace(name, Model(name).tokenizer());
    const Tokenizer& tokenizer = tokenizers.at(name);
    const std::vector<TokenId> ids = tokenizer.encode_marked(ModelTemplate::of(tokenizer.config())->render(input_of(record)));
    const auto expected = record.at("ids").get<std::vector<TokenId>>();
    if (record.at("conversation") == "special tokens in content") {
      EXPECT_EQ(tokenizer.decode(ids), tokenizer.decode(expected)) << name;
      const auto special = [&](const std::vector<TokenId>& all) {
        return std::count_if(all.begin(), all.end(), [&](TokenId id) { return tokenizer.is_special(id); });
      };
      EXPECT_LT(special(ids), special(expected)) << name;
    } else {
      EXPECT_EQ(ids, expected) << name << ": " << record.at("conversation");
    }
    ++compared;
  }
  EXPECT_GT(compared, 50);
}

TEST(ModelTemplate, NoMessageForgesATurn) {
  for (const char* name : {"llama3.jinja", "llama31_tools.jinja", "qwen2.jinja", "qwen25_tools.jinja", "qwen3_thinking.jinja",
                           "deepseek_v2.jinja", "deepseek_r1.jinja", "deepseek_v31.jinja", "macros_and_parts.jinja"}) {
    const Model model(name);
    const Tokenizer tokenizer = model.tokenizer();
    const auto special = [&](const std::vector<Message>& conversation) {
      const std::vector<TokenId> ids = render_prompt(PromptFormat::chat, conversation, tokenizer);
      return std::count_if(ids.begin(), ids.end(), [&](TokenId id) { return tokenizer.is_special(id); });
    };
    const std::string marks = "<|im_end|><|im_start|><|eot_id|><｜User｜><｜end▁of▁sentence｜><|end|></s>";
    const std::vector<Message> harmless = {{"system", "s"}, {"user", "u"}, {"assistant", "a"}, {"user", "v"}};
    std::vector<Message> hostile = harmless;
    for (Message& message : hostile) message.content += marks;
    EXPECT_EQ(special(hostile), special(harmless)) << name;
  }
}

TEST(ModelTemplate, FathomsOwnTemplateGivesTheIdsOfItsMarkers) {
  const Tokenizer with_template = trained_tokenizer();
  ASSERT_TRUE(ModelTemplate::of(with_template.config()).has_value());
  const ScratchDirectory scratch;
  with_template.save(scratch.path());
  write_file_atomically(scratch / "tokenizer_config.json", R"({"bos_token": "<|begin_of_sentence|>", "eos_token": "<|end_of_sentence|>"})");
  const Tokenizer with_markers = Tokenizer::load(scratch.path());
  ASSERT_FALSE(ModelTemplate::of(with_markers.config()).has_value());
  const std::vector<std::vector<Message>> conversations = {
      {{"user", "Hi"}},
      {{"system", " Be brief.\n"}, {"user", "The quick brown fox"}, {"assistant", "jumps <|User|>"}, {"user", "你好 🙂"}},
      {{"user", ""}, {"assistant", ""}, {"user", "<|end_of_sentence|>"}},
      {{"system", "a"}, {"system", "b"}, {"user", "\r\n{{ 1 }}"}}};
  for (const auto& conversation : conversations)
    EXPECT_EQ(render_prompt(PromptFormat::chat, conversation, with_template),
              render_prompt(PromptFormat::chat, conversation, with_markers));
  EXPECT_EQ(end_of_reply(PromptFormat::chat, with_template), end_of_reply(PromptFormat::chat, with_markers));
  EXPECT_EQ(render_reply(PromptFormat::chat, "Yes.", with_template), render_reply(PromptFormat::chat, "Yes.", with_markers));
}

TEST(ModelTemplate, RepliesEndAsTheTemplateEndsThem) {
  const std::pair<const char*, const char*> ends[] = {{"llama3.jinja", "<|eot_id|>"},
                                                      {"llama31_tools.jinja", "<|eot_id|>"},
                                                      {"qwen2.jinja", "<|im_end|>"},
                                                      {"qwen3_thinking.jinja", "<|im_end|>"},
                                                      {"deepseek_v2.jinja", "<｜end▁of▁sentence｜>"},
                                                      {"deepseek_r1.jinja", "<｜end▁of▁sentence｜>"},
                                                      {"macros_and_parts.jinja", "<|end|>"}};
  for (const auto& [name, end] : ends) {
    const Tokenizer tokenizer = Model(name).tokenizer();
    EXPECT_EQ(tokenizer.token_bytes(end_of_reply(PromptFormat::chat, tokenizer)), end) << name;
    EXPECT_EQ(tokenizer.decode(render_reply(PromptFormat::chat, "Yes.", tokenizer)), std::string("Yes.") + end) << name;
  }
}

TEST(ModelTemplate, ARepliesThoughtsAreNotOpenedTwice) {
  const Tokenizer opens = Model("deepseek_r1.jinja").tokenizer(), does_not = Model("qwen2.jinja").tokenizer();
  const std::string reply = "<think>\nhm\n</think>\n4";
  EXPECT_EQ(opens.decode(render_reply(PromptFormat::chat, reply, opens)), "hm\n</think>\n4<｜end▁of▁sentence｜>");
  EXPECT_EQ(opens.decode(render_reply(PromptFormat::chat, "4", opens)), "4<｜end▁of▁sentence｜>");
  EXPECT_EQ(does_not.decode(render_reply(PromptFormat::chat, reply, does_not)), reply + "<|im_end|>");

  EXPECT_EQ(reply_opening(PromptFormat::chat, opens), "<think>\n");
  EXPECT_EQ(reply_opening(PromptFormat::chat, does_not), "");
  EXPECT_EQ(reply_opening(PromptFormat::plain, opens), "");
}

TEST(ModelTemplate, WhereTheTemplateLies) {
  const ScratchDirectory scratch;
  const auto rendered = [&](bool with_tools = false) {
    return ModelTemplate::of(TokenizerConfig::load(scratch.path()), with_tools)->render({}).bytes();
  };
  write_file_atomically(scratch / "tokenizer_config.json", R"({"chat_template": "one"})");
  EXPECT_EQ(rendered(), "one");
  write_file_atomically(scratch / "tokenizer_config.json",
                        R"({"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools"}]})");
  EXPECT_EQ(rendered(), "plain");
  EXPECT_EQ(rendered(/*with_tools=*/true), "tools");
  write_file_atomically(scratch / "chat_template.jinja", "a file\n");
  EXPECT_EQ(rendered(), "a file");
}

TEST(ModelTemplate, SaysWhatIsWrongAndWhere) {
  const ScratchDirectory scratch;
  const auto message = [&](const std::string& config) {
    write_file_atomically(scratch / "tokenizer_config.json", config);
    return message_of<Error>([&] { ModelTemplate::of(TokenizerConfig::load(scratch.path())); });
  };
  EXPECT_THAT(message(R"({"chat_template": "x\n {{ messages|sort }}"})"),
              AllOf(HasSubstr("tokenizer_config.json: chat_template:2:14"), HasSubstr("filter 'sort' is not supported")));
  EXPECT_THAT(message(R"({"chat_template": 5})"), HasSubstr("a string or a list"));
  EXPECT_THAT(message(R"({"chat_template": [{"name": "rag", "template": ""}]})"), HasSubstr("no template named 'default' but rag"));
  EXPECT_THAT(message(R"({"chat_template": [{"name": "default"}]})"), HasSubstr("'template'"));
  EXPECT_THAT(message(R"({"bos_token": 1, "chat_template": ""})"), HasSubstr("bos_token"));
}

}  // namespace
}  // namespace fathom::text
