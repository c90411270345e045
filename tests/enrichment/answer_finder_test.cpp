#include "fathom/enrichment/answer_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "fathom/base/error.h"
#include "fathom/questions/candidates.h"
#include "tests/base/scratch_directory.h"

namespace fathom::enrichment {
namespace {

TEST(SelectedAnswers, AreInThePassagesOfAPage) {
  if (!std::filesystem::exists(text::WordNet::default_directory)) GTEST_SKIP() << "WordNet (wordnet-base) is not installed";
  std::vector<questions::QuestionRecord> records;
  for (const auto& [context, answer] : {std::pair("The bassoon was made in Paris by Hotteterre in the year 1636.", "1636"),
                                        std::pair("The Forth Bridge was opened near Edinburgh in the year 1890.", "1890"),
                                        std::pair("In the year 1669 the volcano Etna buried the town of Catania.", "1669")}) {
    questions::QuestionRecord record;
    record.place = {context, answer, std::string_view(context).find(answer)};
    records.push_back(record);
  }
  const auto features = questions::FeatureExtractor::learn(questions::distinct_contexts(records), text::WordNet::open());
  const ScratchDirectory model;
  features.save(model.path());
  questions::AnswerSelector::learn(features, records).save(model.path());

  const AnswerFinder find = selected_answers(model.path());
  const std::string page =
      "Menu\n\nA ship was built in the year 1912 at Belfast in Ireland. It sank soon.\n\nA bridge was opened in the year 1932 in Sydney.";
  const std::vector<text::Span> answers = find(page, 4);
  ASSERT_LE(answers.size(), 4U);
  std::vector<std::string> texts;
  for (const text::Span& answer : answers) texts.emplace_back(answer.of(page));
  EXPECT_THAT(texts, testing::IsSupersetOf({"1912", "1932"}));
  EXPECT_THAT(find("Menu", 4), testing::IsEmpty());
  EXPECT_THAT(message_of<Error>([&] { selected_answers(model / "nowhere"); }), testing::HasSubstr("nowhere"));
}

}  // namespace
}  // namespace fathom::enrichment
