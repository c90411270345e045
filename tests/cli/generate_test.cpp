#include <gtest/gtest.h>

#include <algorithm>

#include "fathom/base/json.h"
#include "tests/cli/run_program.h"
#include "tests/cli/tiny_model_directory.h"

namespace fathom::cli {
namespace {

class GenerateCommand : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new ScratchDirectory;
    write_tiny_model(*scratch_ / "model");
    write_tiny_model(*scratch_ / "bare", false);
  }
  static void TearDownTestSuite() {
    delete scratch_;
    scratch_ = nullptr;
  }

  static ProgramResult generate(std::vector<std::string> arguments, const std::string& model = "model") {
    arguments.insert(arguments.begin(), {"generate", "--model", (*scratch_ / model).string()});
    return run_program(arguments);
  }

  static inline ScratchDirectory* scratch_ = nullptr;
};

TEST_F(GenerateCommand, IdsWithoutATokenizer) {
  const ProgramResult result =
      generate({"--prompt-ids", "5,7,9", "--max-new-tokens", "6", "--temperature", "0", "--ignore-eos", "--json"}, "bare");
  ASSERT_EQ(result.code, 0) << result.err;
  const Json json = parse_json(result.out, "output");
  EXPECT_EQ(json["ids"].size(), 6u);
  EXPECT_EQ(json["log_probs"].size(), 6u);
  EXPECT_EQ(json["finish_reason"], "length");
  EXPECT_FALSE(json.contains("text"));
  EXPECT_NE(result.err.find("bytes a token"), std::string::npos) << result.err;
}

TEST_F(GenerateCommand, IdsBesideATokenizerThatCannotBeUsed) {
  std::filesystem::copy(*scratch_ / "bare", *scratch_ / "broken", std::filesystem::copy_options::recursive);
  write_file_atomically(*scratch_ / "broken" / "tokenizer.json", R"({"model": {"type": "Unigram"}})");
  const ProgramResult ids = generate({"--prompt-ids", "5,7,9", "--max-new-tokens", "4", "--ignore-eos", "--json"}, "broken");
  EXPECT_EQ(ids.code, 0) << ids.err;
  EXPECT_EQ(Json::parse(ids.out)["ids"].size(), 4u);
  EXPECT_NE(ids.err.find("going on with ids alone"), std::string::npos) << ids.err;
  EXPECT_EQ(generate({"--prompt", "a"}, "broken").code, 1);
}

TEST_F(GenerateCommand, TextIsTheSameStreamedAndAsJson) {
  const std::vector<std::string> common = {"--prompt", "Hello", "--max-new-tokens", "20", "--seed", "4", "--temperature", "1"};
  const ProgramResult streamed = generate(common);
  std::vector<std::string> with_json = common;
  with_json.push_back("--json");
  const ProgramResult json = generate(with_json);
  ASSERT_EQ(streamed.code, 0) << streamed.err;
  ASSERT_EQ(json.code, 0) << json.err;
  // Random bytes are seldom UTF-8: compare through the same replacement.
  EXPECT_EQ(OrderedJson(parse_json(json.out, "output")["text"].get<std::string>() + "\n")
                .dump(-1, ' ', false, OrderedJson::error_handler_t::replace),
            OrderedJson(streamed.out).dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
}

TEST_F(GenerateCommand, SeveralSamplesAreALineEach) {
  const ProgramResult result = generate({"--prompt", "Hi", "--samples", "3", "--max-new-tokens", "5", "--temperature", "1", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  std::istringstream lines(result.out);
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) EXPECT_EQ(parse_json(line, "output")["sample"], count++);
  EXPECT_EQ(count, 3);
}

TEST_F(GenerateCommand, PromptFiles) {
  write_file_atomically(*scratch_ / "prompts.jsonl",
                        "{\"prompt\": \"a\"}\n{\"prompt_ids\": [1, 2]}\n{\"messages\": [{\"role\": \"user\", \"content\": \"b\"}]}\n");
  const ProgramResult result =
      generate({"--prompt-file", (*scratch_ / "prompts.jsonl").string(), "--format", "chat", "--max-new-tokens", "2", "--json"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3);

  write_file_atomically(*scratch_ / "broken.jsonl", "{\"prompt\": \"a\"}\n{\"prompt\": \n");
  const ProgramResult broken = generate({"--prompt-file", (*scratch_ / "broken.jsonl").string()});
  EXPECT_EQ(broken.code, 1);
  EXPECT_NE(broken.err.find("broken.jsonl:2"), std::string::npos) << broken.err;
}

TEST_F(GenerateCommand, BadInputIsExplained) {
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string says;
  };
  const Case cases[] = {
      {{"--prompt-ids", "5,x"}, 2, "not a list of token ids"},
      {{"--prompt-ids", "5;7"}, 2, "not a list of token ids"},
      {{"--prompt-ids", ","}, 2, "not a list of token ids"},
      {{"--prompt-ids", "5,,7"}, 2, "not a list of token ids"},
      {{"--prompt-ids", "5,7,"}, 2, "not a list of token ids"},
      {{"--prompt-ids", "[5,7"}, 2, "not a list of token ids"},
      {{"--prompt-ids", "[]"}, 2, "holds no token id"},
      {{"--prompt", "a", "--threads", "-1"}, 2, "0 (one a core) to"},
      {{"--prompt", "a", "--threads", "1000000"}, 2, "0 (one a core) to"},
      {{"--prompt-ids", "99999999999999999999"}, 2, "not a list of token ids"},
      {{"--prompt-ids", "261"}, 1, "outside the model's vocabulary of 261"},
      {{"--prompt-ids", "-3"}, 1, "outside the model's vocabulary"},
      {{"--prompt", std::string(200, 'x')}, 1, "context of 96"},
      {{"--prompt", "a", "--temperature", "-1"}, 2, "temperature"},
      {{"--prompt", "a", "--top-p", "2"}, 2, "top-p"},
      {{"--prompt", "a", "--max-new-tokens", "0"}, 2, "at least 1"},
      {{"--prompt", "a", "--format", "poem"}, 2, "poem"},
      {{"--prompt", "a", "--prompt-ids", "1"}, 2, "one of --prompt"},
      {{}, 2, "one of --prompt"},
      {{"--prompt-file", "/nonexistent.txt"}, 1, "/nonexistent.txt"},
  };
  for (const Case& bad : cases) {
    const ProgramResult result = generate(bad.arguments);
    EXPECT_EQ(result.code, bad.code) << bad.says << ": " << result.err;
    EXPECT_NE(result.err.find(bad.says), std::string::npos) << bad.says << ": " << result.err;
    EXPECT_EQ(result.out, "");
  }
  const char* program = std::getenv("FATHOM_PROGRAM");
  ASSERT_NE(program, nullptr);
  const std::string full = std::string(program) + " generate --model '" + (*scratch_ / "model").string() +
                           "' --prompt a --max-new-tokens 2 --json --quiet >/dev/full 2>/dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(full.c_str())), 1) << "results that could not be written are a failure";
  const ProgramResult no_tokenizer = generate({"--prompt", "a"}, "bare");
  EXPECT_EQ(no_tokenizer.code, 1);
  EXPECT_NE(no_tokenizer.err.find("--prompt-ids"), std::string::npos) << no_tokenizer.err;
  const ProgramResult no_model = generate({"--prompt", "a"}, "nowhere");
  EXPECT_EQ(no_model.code, 1);
  EXPECT_NE(no_model.err.find("nowhere"), std::string::npos) << no_model.err;
}

}  // namespace
}  // namespace fathom::cli
