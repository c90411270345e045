#include "fathom/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(JsonTest, ParsesAndReads) {
  ScratchDirectory scratch;
  write_file_atomically(scratch / "config.json", "\xEF\xBB\xBF{\"a\": [1, 2.5, null]}");
  const Json value = read_json(scratch / "config.json");
  EXPECT_EQ(value["a"][1].get<double>(), 2.5);
}

TEST(JsonTest, SaysWhereItBroke) {
  const std::string message = message_of<Error>([] { parse_json("{\n  \"a\": 1,\n  \"b\": oops\n}", "config.json"); });
  EXPECT_THAT(message, HasSubstr("config.json:3: column 8"));
  EXPECT_THAT(message_of<Error>([] { parse_json("", "data.jsonl:7"); }), HasSubstr("data.jsonl:7: column 1"));
}

TEST(JsonTest, BadInputIsAnErrorNeverACrash) {
  for (const std::string text : {"{", "[1,", "\"\xff\"", "{\"a\" 1}", "nul", "1 2", "{\"a\":1}}", "1e999", "\"\\ud800\"", "[1,]", "\x01"}) {
    EXPECT_THROW(parse_json(text, "input"), Error) << text;
  }
  EXPECT_THROW(parse_json(std::string("{\"a\":\0}", 7), "input"), Error);
}

TEST(JsonTest, DeepNestingIsRefused) {
  const std::string open(100000, '['), close(100000, ']');
  EXPECT_THAT(message_of<Error>([&] { parse_json(open + close, "input"); }), HasSubstr("nested deeper"));
  EXPECT_NO_THROW(parse_json("\"" + open + "\"", "input"));  // brackets in a string do not nest
  EXPECT_NO_THROW(parse_json("[\"\\\"" + open + "\"]", "input"));
}

TEST(JsonGetTest, ValuesMeanWhatTheTypeSays) {
  const Json object = parse_json(R"({"size": 1e6, "half": 0.5, "negative": -1, "flag": true, "name": "x", "nothing": null,
                                     "list": [1, 2], "huge": 18446744073709551615})",
                                 "config.json");
  EXPECT_EQ(json_get<std::int64_t>(object, "size", "config.json"), 1000000);
  EXPECT_EQ(json_get<double>(object, "negative", "config.json"), -1.0);
  EXPECT_EQ(json_get<int>(object, "negative", "config.json"), -1);
  EXPECT_EQ(json_get<std::uint64_t>(object, "huge", "config.json"), 18446744073709551615u);
  EXPECT_EQ(json_get<std::vector<int>>(object, "list", "config.json"), (std::vector<int>{1, 2}));
  EXPECT_THROW(json_get<std::int64_t>(object, "half", "config.json"), Error);
  EXPECT_THROW(json_get<std::size_t>(object, "negative", "config.json"), Error);
  EXPECT_THROW(json_get<std::int64_t>(object, "huge", "config.json"), Error);
  EXPECT_THROW(json_get<std::int64_t>(object, "flag", "config.json"), Error);
  EXPECT_THROW(json_get<double>(object, "flag", "config.json"), Error);
  EXPECT_THROW(json_get<bool>(object, "negative", "config.json"), Error);
  EXPECT_THROW(json_get<std::vector<int>>(object, "name", "config.json"), Error);
  EXPECT_THROW(json_get<std::vector<int>>(Json{{"ids", {1, 1.5}}}, "ids", "a.jsonl:1"), Error);
  EXPECT_THROW(json_get<std::vector<std::uint8_t>>(Json{{"ids", {1, 256}}}, "ids", "a.jsonl:1"), Error);
}

TEST(JsonGetTest, MessagesNameOriginKeyAndTypes) {
  const Json object = parse_json(R"({"hidden_size": "64"})", "config.json");
  EXPECT_THAT(message_of<Error>([&] { json_get<int>(object, "hidden_size", "config.json"); }),
              AllOf(HasSubstr("config.json"), HasSubstr("'hidden_size'"), HasSubstr("an integer"), HasSubstr("string (\"64\")")));
  EXPECT_THAT(message_of<Error>([&] { json_get<int>(object, "vocab_size", "config.json"); }), HasSubstr("'vocab_size' is missing"));
  EXPECT_THAT(message_of<Error>([] { json_get<int>(Json::array(), "vocab_size", "data.jsonl:3"); }),
              AllOf(HasSubstr("data.jsonl:3"), HasSubstr("object"), HasSubstr("array")));
}

TEST(JsonGetTest, FallbackForMissingAndNullOnly) {
  const Json object = parse_json(R"({"a": null, "b": "text"})", "config.json");
  EXPECT_EQ(json_get_or(object, "a", 7, "config.json"), 7);
  EXPECT_EQ(json_get_or(object, "c", std::string("default"), "config.json"), "default");
  EXPECT_THROW(json_get_or(object, "b", 7, "config.json"), Error);
  EXPECT_THROW(json_get_or(Json("text"), "b", 7, "config.json"), Error);
}

}  // namespace
}  // namespace fathom
