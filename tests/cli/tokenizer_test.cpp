// The tokenizer and data commands as a user calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/text/tokenizer.h"
#include "tests/base/scratch_directory.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TokenizerCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("FATHOM_PROGRAM") == nullptr) GTEST_SKIP() << "FATHOM_PROGRAM does not name the fathom program";
    std::string corpus;
    for (int i = 0; i < 200; ++i) corpus += "The farmer sold " + std::to_string(i) + " eggs at the market. Grüße 你好\n";
    write_file_atomically(scratch_ / "corpus.txt", corpus);
  }

  // Runs fathom with the words of `arguments`; "@name" stands for a file of the scratch directory.
  ProgramResult fathom(const std::string& arguments, const std::string& input = "") {
    std::vector<std::string> words;
    std::istringstream stream(arguments);
    for (std::string word; stream >> word;) words.push_back(word.starts_with('@') ? (scratch_ / word.substr(1)).string() : word);
    return run_program(words, input);
  }
  void train() {
    const ProgramResult trained = fathom("tokenizer train --input @corpus.txt --vocab-size 290 --out @tok");
    ASSERT_EQ(trained.code, 0) << trained.err;
  }

  ScratchDirectory scratch_;
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
  EXPECT_THAT(shown.out, AllOf(HasSubstr("290 ids"), HasSubstr("GPT-2, digits apart"), HasSubstr("<|end_of_sentence|> (1)"),
                               HasSubstr("'<|User|>' (added token)  3 '<|User|>'"), HasSubstr("\\xff")));
  const Json json = Json::parse(fathom("tokenizer inspect --model @tok/tokenizer.json --json --text eggs").out);
  EXPECT_EQ(json.at("vocab_size"), 290);
  EXPECT_EQ(json.at("added_tokens").size(), 5u);
  EXPECT_EQ(json.at("pieces")[0].at("text"), "eggs");
  EXPECT_EQ(json.at("pieces")[0].at("bytes"), Json({101, 103, 103, 115}));
  EXPECT_EQ(fathom("tokenizer inspect").code, 2);
}

TEST_F(TokenizerCommand, PreparesAndInspectsTokenFiles) {
  train();
  const ProgramResult prepared = fathom("data prepare --input @corpus.txt --tokenizer @tok --out @corpus.safetensors");
  EXPECT_EQ(prepared.code, 0) << prepared.err;
  const ProgramResult inspected = fathom("data inspect @corpus.safetensors --tokenizer @tok");
  EXPECT_EQ(inspected.code, 0) << inspected.err;
  EXPECT_THAT(inspected.out, AllOf(HasSubstr("documents   1\n"), HasSubstr("The farmer sold 0")));
  EXPECT_EQ(Json::parse(fathom("data inspect @corpus.safetensors --json").out).at("vocab_size"), 290);

  ASSERT_EQ(fathom("tokenizer train --input @corpus.txt --vocab-size 280 --out @other").code, 0);
  const ProgramResult other = fathom("data inspect @corpus.safetensors --tokenizer @other");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("another tokenizer"));
}

TEST_F(TokenizerCommand, SaysWhatIsWrong) {
  const auto fails = [this](const std::string& arguments, int code, const std::string& message) {
    const ProgramResult outcome = fathom(arguments);
    EXPECT_EQ(outcome.code, code) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << arguments;
  };
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
