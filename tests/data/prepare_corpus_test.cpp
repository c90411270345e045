#include "fathom/data/prepare_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fathom/base/error.h"
#include "fathom/data/token_corpus.h"
#include "tests/base/scratch_directory.h"
#include "tests/data/small_corpora.h"

namespace fathom::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class PrepareCorpus : public testing::Test {
 protected:
  PrepareCorpus() {
    write_records(scratch_ / "first.jsonl", 1000, 120);
    write_records(scratch_ / "second.jsonl", 5000, 80);
  }
  PrepareSettings settings(const std::string& name, bool resume = false) const {
    PrepareSettings result;
    result.out = scratch_ / name;
    result.resume = resume;
    result.threads = 2;
    result.memory_bytes = 1 << 20;  // the smallest chunks
    result.quiet = true;
    return result;
  }
  CorpusManifest prepare(const std::string& name, bool resume = false, std::vector<std::string> more = {}) {
    Recipe recipe = full_recipe(scratch_.path());
    for (const std::string& setting : more) recipe.set(setting);
    return prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, settings(name, resume));
  }
  ScratchDirectory scratch_;
  text::Tokenizer tokenizer_ = fim_tokenizer();
};

TEST_F(PrepareCorpus, EveryStageLeavesItsTrace) {
  const CorpusManifest manifest = prepare("out");
  const SourceReport total = manifest.total();
  EXPECT_EQ(total.read.documents, 200);
  EXPECT_EQ(total.rejected.at("exact_duplicate").documents, 20);
  EXPECT_EQ(total.rejected.at("near_duplicate").documents, 20);
  EXPECT_EQ(total.kept.documents, 160);
  EXPECT_EQ(total.changed.at("repeated_lines").documents, 160);
  EXPECT_NEAR(static_cast<double>(manifest.fim_documents), 32, 20);
  EXPECT_NEAR(static_cast<double>(total.validation_documents), 16, 12);
  EXPECT_GT(manifest.splits.at("train").size(), 2U);
  EXPECT_EQ(manifest.inputs.size(), 2U);
  EXPECT_EQ(manifest.inputs[0].documents, 120);

  const TokenCorpus train = TokenCorpus::open(scratch_ / "out", {.fingerprint = tokenizer_.fingerprint()});
  const TokenCorpus validation = TokenCorpus::open(scratch_ / "out", {.split = "validation"});
  EXPECT_EQ(train.size(), total.train_tokens);
  EXPECT_EQ(train.documents(), total.train_documents);
  EXPECT_EQ(validation.documents(), total.validation_documents);
  for (const TokenFile& file : train.files()) EXPECT_LE(file.size(), 4000);

  // What is left out can be read, with what was kept instead.
  const std::string near = read_file(scratch_ / "out/rejected/near_duplicate.jsonl");
  const Json sample = Json::parse(near.substr(0, near.find('\n')));
  EXPECT_THAT(sample["text"].get<std::string>(), HasSubstr("and three words"));
  EXPECT_THAT(sample["other_text"].get<std::string>(), HasSubstr(sample["text"].get<std::string>().substr(0, 100)));
  EXPECT_THAT(sample["place"].get<std::string>(), HasSubstr(".jsonl:"));
  EXPECT_EQ(std::count(near.begin(), near.end(), '\n'), 3);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "out/.work"));
}

// The text of all documents, in the order of the input, when nothing is filtered.
TEST_F(PrepareCorpus, PlainKeepsEverythingInOrder) {
  write_file_atomically(scratch_ / "three.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\\r\\n\"}\n{\"text\": \"one\"}\n");
  const CorpusManifest manifest =
      prepare_corpus(CorpusRecipe::plain({(scratch_ / "three.jsonl").string()}, "text"), tokenizer_, settings("out"));
  EXPECT_EQ(manifest.total().kept.documents, 3);
  const TokenCorpus corpus = TokenCorpus::open(scratch_ / "out");
  std::vector<std::int64_t> ids(static_cast<std::size_t>(corpus.size()));
  corpus.read(0, corpus.size(), ids.data());
  const std::string end = "<|end_of_sentence|>";
  EXPECT_EQ(tokenizer_.decode({ids.begin(), ids.end()}), "one" + end + "two\r\n" + end + "one" + end);
}

TEST_F(PrepareCorpus, DoesNotDependOnThreadsOrMemory) {
  prepare("out");
  const Recipe recipe = full_recipe(scratch_.path());
  PrepareSettings other = settings("other");
  other.threads = 1;
  other.memory_bytes = std::int64_t{1} << 30;
  Recipe again = full_recipe(scratch_.path());
  prepare_corpus(CorpusRecipe::from_recipe(again), tokenizer_, other);
  EXPECT_EQ(tree_of(scratch_ / "out"), tree_of(scratch_ / "other"));
}

// Kills the run with SIGKILL when it comes to one of its steps for the n-th time, and lets another run go on.
TEST_F(PrepareCorpus, AKilledRunGoesOnToTheSameBytes) {
  prepare("whole");
  const auto whole = tree_of(scratch_ / "whole");
  for (const char* point : {"text chunk written", "signatures written", "text chunk recorded", "selected", "token chunk written",
                            "token chunk recorded", "shard written", "shard recorded", "results written", "manifest written"}) {
    for (const int times : {1, 2}) {
      const std::string name = "killed";
      std::filesystem::remove_all(scratch_ / name);
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        int count = 0;
        Recipe recipe = full_recipe(scratch_.path());
        PrepareSettings killed = settings(name);
        killed.on_point = [&](std::string_view reached) {
          if (reached == point && ++count == times) ::raise(SIGKILL);
        };
        try {
          prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, killed);
        } catch (const std::exception&) {
          ::_exit(3);
        }
        ::_exit(0);
      }
      int status = 0;
      ::waitpid(child, &status, 0);
      const bool once = std::string_view(point) == "selected" || std::string_view(point).ends_with("s written");
      if (times == 1) {
        ASSERT_TRUE(WIFSIGNALED(status)) << point;
      }
      if (times == 2 && once && WIFEXITED(status)) continue;
      prepare(name, /*resume=*/true);
      EXPECT_EQ(tree_of(scratch_ / name), whole) << point << ", time " << times;
    }
  }
}

TEST_F(PrepareCorpus, ADirectoryIsUsedOnceOrResumed) {
  prepare("out");
  EXPECT_THAT(message_of<UsageError>([&] { prepare("out"); }), HasSubstr("already"));
  const auto before = tree_of(scratch_ / "out");
  prepare("out", /*resume=*/true);
  EXPECT_EQ(tree_of(scratch_ / "out"), before);
  EXPECT_THAT(message_of<UsageError>([&] { prepare("out", true, {"fim.rate=0.3"}); }),
              AllOf(HasSubstr("another recipe"), HasSubstr("0.3")));
  std::filesystem::create_directories(scratch_ / "full");
  write_file_atomically(scratch_ / "full/thesis.txt", "text");
  EXPECT_THAT(message_of<UsageError>([&] { prepare("full"); }), HasSubstr("not empty"));
  EXPECT_TRUE(std::filesystem::exists(scratch_ / "full/thesis.txt"));
}

TEST_F(PrepareCorpus, ASecondRunInTheSameDirectoryIsRefused) {
  Recipe recipe = full_recipe(scratch_.path());
  PrepareSettings first = settings("out");
  std::string refusal;
  first.on_point = [&](std::string_view) {
    if (!refusal.empty()) return;
    refusal = message_of<Error>([&] { prepare("out", /*resume=*/true); });
  };
  prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, first);
  EXPECT_THAT(refusal, AllOf(HasSubstr("another run"), HasSubstr(std::to_string(::getpid()))));
}

TEST_F(PrepareCorpus, AnInputThatChangedIsNotContinued) {
  struct Stopped {};
  Recipe recipe = full_recipe(scratch_.path());
  PrepareSettings stopped = settings("out");
  stopped.on_point = [](std::string_view point) {
    if (point == "text chunk recorded") throw Stopped();
  };
  const CorpusRecipe corpus = CorpusRecipe::from_recipe(recipe);
  EXPECT_THROW(prepare_corpus(corpus, tokenizer_, stopped), Stopped);
  EXPECT_THAT(message_of<UsageError>([&] { prepare("out"); }), HasSubstr("--resume"));
  EXPECT_THAT(message_of<Error>([&] { TokenCorpus::open(scratch_ / "out"); }), HasSubstr("not finished"));
  write_records(scratch_ / "first.jsonl", 77, 10);
  EXPECT_THAT(message_of<UsageError>([&] { prepare("out", true); }), HasSubstr("changed"));
}

// A corpus below its own input directory is no input, so the run can be repeated and resumed.
TEST_F(PrepareCorpus, TheOutputIsNoInput) {
  std::filesystem::create_directories(scratch_ / "in");
  write_records(scratch_ / "in/a.jsonl", 1, 30);
  const CorpusRecipe recipe = CorpusRecipe::plain({(scratch_ / "in").string()}, "text");
  for (const char* name : {"in/one", "in/two"}) {
    const CorpusManifest manifest = prepare_corpus(recipe, tokenizer_, settings(name));
    EXPECT_EQ(manifest.inputs.size(), 1U) << name;
    EXPECT_EQ(prepare_corpus(recipe, tokenizer_, settings(name, true)).dump(), manifest.dump());
  }
  EXPECT_EQ(tree_of(scratch_ / "in/one"), tree_of(scratch_ / "in/two"));
  // A finished corpus is not taken for that of other inputs.
  write_records(scratch_ / "in/b.jsonl", 2, 30);
  EXPECT_THAT(message_of<UsageError>([&] { prepare_corpus(recipe, tokenizer_, settings("in/one", true)); }), HasSubstr("b.jsonl"));
}

TEST_F(PrepareCorpus, DocumentsWithoutTextAreCounted) {
  write_file_atomically(scratch_ / "a.jsonl", "{\"text\": \"\"}\n{\"text\": \"\\u200b\"}\n{\"text\": \"words\"}\n");
  write_file_atomically(scratch_ / "empty.txt", "");
  Recipe recipe;
  recipe.set("sources.a.paths=" + Json{(scratch_ / "a.jsonl").string(), (scratch_ / "empty.txt").string()}.dump());
  recipe.set("validation.fraction=0");
  const CorpusManifest manifest = prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, settings("out"));
  EXPECT_EQ(manifest.total().read.documents, 4);
  EXPECT_EQ(manifest.total().rejected.at("empty").documents, 3);
  EXPECT_EQ(manifest.total().kept.documents, 1);
}

// A run that failed on bad input goes on when it may pass over it; what is written is what a run that always might have written.
TEST_F(PrepareCorpus, BadInputCanBePassedOverLater) {
  write_records(scratch_ / "first.jsonl", 1000, 4000);
  write_file_atomically(scratch_ / "second.jsonl", "{\"text\": \"A last good record of some words.\"}\n{\"text\": \n");
  const std::string message = message_of<Error>([&] { prepare("out"); });
  EXPECT_THAT(message, AllOf(HasSubstr("second.jsonl:2"), HasSubstr("--resume"), HasSubstr("read.on_bad=skip")));
  prepare("out", /*resume=*/true, {"read.on_bad=skip"});
  prepare("whole", /*resume=*/false, {"read.on_bad=skip"});
  EXPECT_EQ(tree_of(scratch_ / "out"), tree_of(scratch_ / "whole"));
}

TEST_F(PrepareCorpus, ADamagedChunkIsNotUsed) {
  struct Stopped {};
  Recipe recipe = full_recipe(scratch_.path());
  PrepareSettings stopped = settings("out");
  stopped.on_point = [](std::string_view point) {
    if (point == "selected") throw Stopped();
  };
  EXPECT_THROW(prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, stopped), Stopped);
  const auto chunk = scratch_ / "out/.work/text-000000";
  std::string bytes = read_file(chunk);
  bytes[bytes.size() / 2] ^= 1;
  write_file_atomically(chunk, bytes);
  EXPECT_THAT(message_of<Error>([&] { prepare("out", /*resume=*/true); }), AllOf(HasSubstr("text-000000"), HasSubstr("damaged")));
}

TEST_F(PrepareCorpus, AMissingFimTokenShowsBeforeAnythingIsRead) {
  Recipe recipe = full_recipe(scratch_.path());
  text::BpeTrainer trainer({.vocab_size = 270});
  trainer.add("some text");
  const text::Tokenizer without = trainer.train();
  EXPECT_THAT(message_of<UsageError>([&] { prepare_corpus(CorpusRecipe::from_recipe(recipe), without, settings("out")); }),
              HasSubstr("fim.rate"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "out"));
}

TEST_F(PrepareCorpus, EarlierRunsCount) {
  prepare("out");
  Recipe recipe = full_recipe(scratch_.path());
  recipe.set("deduplicate.earlier=" + Json{(scratch_ / "out").string()}.dump());
  EXPECT_THAT(message_of<Error>([&] { prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, settings("again")); }),
              AllOf(HasSubstr("0 documents left: 200 documents read"), HasSubstr("exact_duplicate")));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "again"));
}

TEST_F(PrepareCorpus, BadInputLeavesNothing) {
  write_file_atomically(scratch_ / "broken.jsonl", "{\"text\": \"fine\"}\n{\"text\": \n");
  Recipe recipe;
  recipe.set("sources.a.paths=" + Json{(scratch_ / "broken.jsonl").string()}.dump());
  const CorpusRecipe strict = CorpusRecipe::from_recipe(recipe);
  EXPECT_THAT(message_of<Error>([&] { prepare_corpus(strict, tokenizer_, settings("out")); }), HasSubstr("broken.jsonl:2"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "out"));
  recipe.set("read.on_bad=skip");
  recipe.set("validation.fraction=0");
  const CorpusManifest manifest = prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, settings("out"));
  EXPECT_EQ(manifest.total().rejected.at("bad_input").documents, 1);
  EXPECT_EQ(manifest.total().kept.documents, 1);
}

// A disk that is full, as far as this process is concerned: files may not grow beyond some size.
TEST_F(PrepareCorpus, AFullDiskIsAnErrorThatCanBeResumed) {
  prepare("whole");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{40'000, 40'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message = message_of<Error>([&] { prepare("full"); });
    ::_exit(message.find("cannot write") != std::string::npos ? 7 : 8);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "full/manifest.json"));
  prepare("full", /*resume=*/true);
  EXPECT_EQ(tree_of(scratch_ / "full"), tree_of(scratch_ / "whole"));
}

TEST_F(PrepareCorpus, ContaminatedDocumentsAreDroppedOrCut) {
  const std::string question = "which of the seven old lighthouses near the harbour was painted green in spring";
  write_file_atomically(scratch_ / "test.jsonl", Json{{"question", question}}.dump() + "\n");
  write_file_atomically(
      scratch_ / "text.jsonl",
      Json{{"text", "clean words only"}}.dump() + "\n" +
          Json{{"text", "Before it. Which of the seven old lighthouses near the harbour was painted green in spring? After."}}.dump() +
          "\n");
  Recipe recipe;
  recipe.set("sources.a.paths=" + Json{(scratch_ / "text.jsonl").string()}.dump());
  recipe.set("decontaminate.files=" + Json{(scratch_ / "test.jsonl").string()}.dump());
  recipe.set("validation.fraction=0");
  const CorpusManifest dropped = prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, settings("dropped"));
  EXPECT_EQ(dropped.total().rejected.at("contamination").documents, 1);
  recipe.set("decontaminate.action=cut");
  const CorpusManifest cut = prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, settings("cut"));
  EXPECT_EQ(cut.total().kept.documents, 2);
  EXPECT_GT(cut.total().changed.at("contamination").bytes, 60);
}

TEST_F(PrepareCorpus, SharesFollowTheWeights) {
  Recipe recipe;
  recipe.set("sources.first.paths=" + Json((scratch_ / "first.jsonl").string()).dump());
  recipe.set("sources.second.paths=" + Json((scratch_ / "second.jsonl").string()).dump());
  recipe.set("sources.first.weight=1");
  recipe.set("sources.second.weight=3");
  const CorpusManifest manifest = prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, settings("out"));
  const auto first = static_cast<double>(manifest.sources[0].train_tokens), second = static_cast<double>(manifest.sources[1].train_tokens);
  EXPECT_NEAR(second / (first + second), 0.75, 0.05);
  EXPECT_LT(manifest.sources[0].repeat, 1);
  EXPECT_GT(manifest.sources[1].repeat, 1);
}

}  // namespace
}  // namespace fathom::data
