// The tokenizer and data commands as a user calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/output_lock.h"
#include "fathom/text/tokenizer.h"
#include "tests/cli/program_test.h"

namespace fathom::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class TokenizerCommand : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    if (IsSkipped()) return;
    std::string corpus;
    for (int i = 0; i < 200; ++i) corpus += "The farmer sold " + std::to_string(i) + " eggs at the market. Grüße 你好\n";
    write_file_atomically(scratch_ / "corpus.txt", corpus);
  }

  void train() {
    const ProgramResult trained = fathom("tokenizer train --input @corpus.txt --vocab-size 290 --out @tok");
    ASSERT_EQ(trained.code, 0) << trained.err;
  }
};

TEST_F(TokenizerCommand, TrainsEncodesAndDecodes) {
  const ProgramResult trained = fathom("tokenizer train --input @corpus.txt --vocab-size 290 --out @tok");
  EXPECT_EQ(trained.code, 0);
  EXPECT_EQ(trained.out, (scratch_ / "tok/tokenizer.json").string() + "\n");
  EXPECT_THAT(trained.err, HasSubstr("Learned 290 tokens"));
  EXPECT_EQ(read_json(scratch_ / "tok/tokenizer_config.json").at("eos_token"), "<|end_of_sentence|>");

  const std::string text = "The farmer sold 12 eggs. <|User|>Grüße 🙂\n";
  write_file_atomically(scratch_ / "text.txt", text);
  const ProgramResult encoded = fathom("tokenizer encode --tokenizer @tok", text);
  EXPECT_EQ(encoded.code, 0) << encoded.err;
  write_file_atomically(scratch_ / "ids.txt", encoded.out);
  EXPECT_EQ(fathom("tokenizer decode --tokenizer @tok --input @ids.txt").out, text);
  EXPECT_EQ(fathom("tokenizer decode --tokenizer @tok --skip-special", encoded.out).out, "The farmer sold 12 eggs. Grüße 🙂\n");
  EXPECT_NE(fathom("tokenizer encode --tokenizer @tok --no-special --input @text.txt").out, encoded.out);
}

TEST_F(TokenizerCommand, JsonLines) {
  train();
  write_file_atomically(scratch_ / "in.jsonl", "{\"text\": \"eggs\"}\n{\"text\": \"\"}\n");
  const ProgramResult encoded = fathom("tokenizer encode --tokenizer @tok --input @in.jsonl");
  EXPECT_EQ(encoded.code, 0) << encoded.err;
  EXPECT_EQ(fathom("tokenizer encode --tokenizer @tok --jsonl", read_file(scratch_ / "in.jsonl")).out, encoded.out);
  EXPECT_THAT(encoded.out, HasSubstr("\n{\"ids\": []}\n"));
  write_file_atomically(scratch_ / "ids.jsonl", encoded.out);
  EXPECT_EQ(fathom("tokenizer decode --tokenizer @tok --input @ids.jsonl").out, "{\"text\":\"eggs\"}\n{\"text\":\"\"}\n");
}

TEST_F(TokenizerCommand, ThreadsAndBlocksDoNotChangeIds) {
  train();
  std::string text, records;
  for (int i = 0; i < 40000; ++i) {
    const std::string line = "The farmer  sold " + std::to_string(i * 7919) + " eggs,\tand 你好 " +
                             std::string(static_cast<std::size_t>(i % 5), ' ') + "<|User|>\n";
    text += line;
    if (i % 10 == 0) records += Json{{"text", line}}.dump() + "\n";
  }
  ASSERT_GT(text.size(), 2u << 20);  // more than one block
  write_file_atomically(scratch_ / "text.txt", text);
  write_file_atomically(scratch_ / "in.jsonl", records);
  const std::string one = fathom("tokenizer encode --model @tok --threads 1 --input @text.txt").out;
  EXPECT_EQ(fathom("tokenizer encode --model @tok --threads 3 --input @text.txt").out, one);
  const text::Tokenizer tokenizer = text::Tokenizer::load(scratch_ / "tok");
  EXPECT_EQ(one, fmt::format("{}\n", fmt::join(tokenizer.encode(text), " ")));
  write_file_atomically(scratch_ / "ids.txt", one);
  EXPECT_EQ(fathom("tokenizer decode --model @tok --input @ids.txt").out, text);
  EXPECT_EQ(fathom("tokenizer encode --model @tok --threads 1 --input @in.jsonl").out,
            fathom("tokenizer encode --model @tok --threads 3 --input @in.jsonl").out);
  // A broken record among many: its place is named.
  write_file_atomically(scratch_ / "broken.jsonl", records + "{\"text\": 3}\n");
  const ProgramResult broken = fathom("tokenizer encode --model @tok --threads 3 --input @broken.jsonl");
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, HasSubstr("broken.jsonl:4001"));
}

TEST_F(TokenizerCommand, SpecialTokensAroundTexts) {
  train();
  Json json = read_json(scratch_ / "tok/tokenizer.json");
  json["post_processor"] = {
      {"type", "TemplateProcessing"},
      {"single", {{{"SpecialToken", {{"id", "bos"}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
      {"pair", Json::array()},
      {"special_tokens", {{"bos", {{"id", "bos"}, {"ids", {0}}, {"tokens", {"bos"}}}}}}};
  write_file_atomically(scratch_ / "tok/tokenizer.json", json.dump());
  write_file_atomically(scratch_ / "in.jsonl", "[{\"text\": \"\"}, {\"text\": \"0\"}]");
  EXPECT_EQ(fathom("tokenizer encode --model @tok --input @in.jsonl").out, "{\"ids\": []}\n{\"ids\": [20]}\n");
  EXPECT_EQ(fathom("tokenizer encode --model @tok --input @in.jsonl --add-special-tokens").out, "{\"ids\": [0]}\n{\"ids\": [0, 20]}\n");
  EXPECT_EQ(fathom("tokenizer encode --model @tok --add-special-tokens", "0").out, "0 20\n");
}

TEST_F(TokenizerCommand, Inspects) {
  train();
  const ProgramResult shown = fathom("tokenizer inspect --model @tok --text eggs<|User|>\xff");
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("290 ids"), HasSubstr("DeepSeek LLM"), HasSubstr("<|end_of_sentence|> (1)"),
                               HasSubstr("'<|User|>' (added token)  3 '<|User|>'"), HasSubstr("\\xff")));
  const Json json = Json::parse(fathom("tokenizer inspect --model @tok/tokenizer.json --json --text eggs").out);
  EXPECT_EQ(json.at("vocab_size"), 290);
  EXPECT_EQ(json.at("added_tokens").size(), 5u);
  EXPECT_EQ(json.at("pieces")[0].at("text"), "eggs");
  EXPECT_EQ(json.at("pieces")[0].at("bytes"), Json({101, 103, 103, 115}));
  EXPECT_EQ(fathom("tokenizer inspect").code, 2);
}

TEST_F(TokenizerCommand, RendersConversations) {
  train();
  write_file_atomically(scratch_ / "one.json",
                        R"([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "eggs <|User|>"}])");
  const std::string text = "<|begin_of_sentence|>Be brief.<|User|>eggs <|User|><|Assistant|>";
  EXPECT_EQ(fathom("tokenizer template --model @tok --messages @one.json").out, text);
  EXPECT_EQ(fathom("tokenizer template --model @tok --messages @one.json --no-generation-prompt").out, text.substr(0, text.rfind("<|A")));
  const ProgramResult ids = fathom("tokenizer template --model @tok --messages @one.json --ids");
  EXPECT_EQ(ids.code, 0) << ids.err;
  EXPECT_EQ(fathom("tokenizer decode --tokenizer @tok", ids.out).out, text);
  // Of the two spelled markers only the template's is the token.
  EXPECT_EQ(fathom("tokenizer decode --tokenizer @tok --skip-special", ids.out).out, "Be brief.eggs <|User|>");

  write_file_atomically(scratch_ / "many.jsonl", R"({"messages": [{"role": "user", "content": "a"}]})"
                                                 "\n\n"
                                                 R"([{"role": "user", "content": "b"}])"
                                                 "\n");
  EXPECT_EQ(fathom("tokenizer template --model @tok --messages @many.jsonl").out,
            "{\"text\":\"<|begin_of_sentence|><|User|>a<|Assistant|>\"}\n{\"text\":\"<|begin_of_sentence|><|User|>b<|Assistant|>\"}\n");
  EXPECT_THAT(fathom("tokenizer template --model @tok --messages @many.jsonl --ids").out, StartsWith("{\"ids\": [0, 3, "));

  write_file_atomically(scratch_ / "tok/chat_template.jinja", "{{ tools | tojson }} {{ thinking }}\n");
  write_file_atomically(scratch_ / "tools.json", R"([{"z": 1, "a": "é"}])");
  EXPECT_EQ(fathom("tokenizer template --model @tok --messages @one.json --tools @tools.json --var thinking=true").out,
            "[{\"z\": 1, \"a\": \"é\"}] True");
}

TEST_F(TokenizerCommand, SaysWhatIsWrongWithATemplate) {
  train();
  const auto refuses = [this](const std::string& arguments, int code, const std::string& message) {
    fails("tokenizer template --model @tok --messages " + arguments, code, message);
  };
  write_file_atomically(scratch_ / "ok.json", R"([{"role": "user", "content": "x"}])");
  write_file_atomically(scratch_ / "role.jsonl",
                        "\n"
                        R"([{"role": "judge", "content": "x"}])"
                        "\n");
  write_file_atomically(scratch_ / "text.json", R"({"text": "x"})");
  write_file_atomically(scratch_ / "broken.json", "[{");
  write_file_atomically(scratch_ / "strings.json", R"(["x"])");
  refuses("@role.jsonl", 1, "role.jsonl:2: ");
  refuses("@role.jsonl", 1, "the template refuses the conversation: unknown role: judge");
  refuses("@text.json", 1, "required key 'messages'");
  refuses("@broken.json", 1, "broken.json");
  refuses("@strings.json", 1, "a message must be an object");
  refuses("@ok.json --var thinking", 2, "NAME=JSON");
  refuses("@ok.json --var a=text", 2, "JSON");
  write_file_atomically(scratch_ / "tok/chat_template.jinja", "x\n{% include 'y' %}");
  refuses("@ok.json", 1, "chat_template.jinja:2:4: the tag 'include' is not supported");
  std::filesystem::remove(scratch_ / "tok/chat_template.jinja");
  write_file_atomically(scratch_ / "tok/tokenizer_config.json", "{}");
  refuses("@ok.json", 1, "has no chat template");
}

TEST_F(TokenizerCommand, NeitherThreadsNorMemoryNorTheOrderOfFilesChangeWhatIsTrained) {
  std::string more;
  for (int i = 0; i < 20'000; ++i) {
    more += " entry";
    for (int rest = i * 7919 % 100'003; rest > 0; rest /= 10) more += static_cast<char>('a' + rest % 10);
  }
  write_file_atomically(scratch_ / "more.txt", more);
  ASSERT_EQ(fathom("tokenizer train --input @corpus.txt @more.txt --vocab-size 900 --threads 1 --memory 0 --out @one").code, 0);
  const ProgramResult small =
      fathom("tokenizer train --input @more.txt @corpus.txt --vocab-size 900 --threads 2 --memory 128KiB --scratch @. --out @two");
  ASSERT_EQ(small.code, 0) << small.err;
  EXPECT_THAT(small.err, HasSubstr("runs of counts on disk"));
  EXPECT_EQ(read_file(scratch_ / "one/tokenizer.json"), read_file(scratch_ / "two/tokenizer.json"));
}

TEST_F(TokenizerCommand, TwoRunsDoNotWriteTheSameDirectory) {
  const FileLock lock = lock_output(scratch_ / "tok");
  fails("tokenizer train --input @corpus.txt --vocab-size 290 --out @tok", 1, "tok is being written by another run");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "tok"));
}

TEST_F(TokenizerCommand, TrainsWithReservedTokensAndAPaddedVocabulary) {
  const ProgramResult trained = fathom(
      "tokenizer train --input @corpus.txt --vocab-size 290 --fim --special-token <tool> --reserved-tokens 2 --pad-vocab-to-multiple 128 "
      "--out @tok");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("A model for it has 384 token ids"));
  EXPECT_EQ(fathom("tokenizer encode --tokenizer @tok", "<|fim_begin|><|fim_hole|><|fim_end|><tool><|reserved_0|><|reserved_1|>").out,
            "5 6 7 8 9 10\n");
  EXPECT_EQ(read_json(scratch_ / "tok/tokenizer_config.json").at("model_vocab_size"), 384);
}

TEST_F(TokenizerCommand, TrainsWithAPreTokenizerByNameOrFile) {
  ASSERT_EQ(fathom("tokenizer train --input @corpus.txt --vocab-size 290 --pre-tokenizer deepseek-v3 --out @v3").code, 0);
  ASSERT_EQ(fathom("tokenizer train --input @corpus.txt --vocab-size 290 --pre-tokenizer @v3/tokenizer.json --out @file").code, 0);
  EXPECT_EQ(read_file(scratch_ / "v3/tokenizer.json"), read_file(scratch_ / "file/tokenizer.json"));
  const ProgramResult unknown = fathom("tokenizer train --input @corpus.txt --pre-tokenizer gpt9 --out @x");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("gpt9"), HasSubstr("deepseek-llm")));
  EXPECT_EQ(fathom("tokenizer train --input @corpus.txt --pre-tokenizer deepseek-v3 --merge-digits --out @x").code, 2);
}

TEST_F(TokenizerCommand, SaysWhatIsWrong) {
  train();
  fails("tokenizer", 2, "subcommand");
  fails("tokenizer train --out @x", 2, "--input");
  fails("tokenizer train --input @corpus.txt --vocab-size 100 --out @x", 1, "too small");
  fails("tokenizer train --input @absent.txt --out @x", 1, "absent.txt");
  write_file_atomically(scratch_ / "empty.txt", "");
  fails("tokenizer train --input @empty.txt --out @x", 1, "empty.txt");
  write_file_atomically(scratch_ / "binary.bin", std::string_view("\x7F"
                                                                  "ELF\0\0",
                                                                  6));
  fails("tokenizer train --input @binary.bin --out @x", 1, "NUL");
  write_file_atomically(scratch_ / "broken.jsonl", "{\"text\": \"fine\"}\n{\"text\": \"fi\n");
  fails("tokenizer train --input @broken.jsonl --out @x", 1, "broken.jsonl:2");
  fails("tokenizer train --input @corpus.txt --special-token <|pad|> --out @x", 1, "'<|pad|>' is given twice");
  fails("tokenizer train --input @corpus.txt --memory 1 --scratch @absent --out @x", 1, "absent");
  fails("tokenizer train --input @corpus.txt --memory much --out @x", 2, "--memory");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "x"));
  fails("tokenizer encode --tokenizer @nowhere --input @corpus.txt", 1, "nowhere");
  fails("tokenizer decode --tokenizer @tok --input @corpus.txt", 1, "'The' is no token id");
  write_file_atomically(scratch_ / "ids.txt", "5 99999");
  fails("tokenizer decode --tokenizer @tok --input @ids.txt", 1, "99999");
  const std::string whole = read_file(scratch_ / "tok/tokenizer.json");
  write_file_atomically(scratch_ / "tok/tokenizer.json", std::string_view(whole).substr(0, whole.size() / 2));
  fails("tokenizer encode --tokenizer @tok --input @corpus.txt", 1, "tok/tokenizer.json");
}

TEST_F(TokenizerCommand, HelpExplains) {
  EXPECT_THAT(fathom("tokenizer --help").out, AllOf(HasSubstr("train"), HasSubstr("encode"), HasSubstr("decode")));
  EXPECT_THAT(fathom("tokenizer train --help").out, AllOf(HasSubstr("--vocab-size"), HasSubstr("4096")));
  EXPECT_EQ(fathom("data --help").code, 0);
}

}  // namespace
}  // namespace fathom::cli
