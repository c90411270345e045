#include "fathom/questions/question.h"

#include <gtest/gtest.h>

namespace fathom::questions {
namespace {

TEST(Question, TheFirstQuestionWordNamesTheType) {
  EXPECT_EQ(type_of_question("In which city was he born?"), QuestionType::which);
  EXPECT_EQ(type_of_question("WHO wrote what?"), QuestionType::who);
  EXPECT_EQ(type_of_question("Whose book is it?"), QuestionType::who);
  EXPECT_EQ(type_of_question("to whom"), QuestionType::who);
  EXPECT_EQ(type_of_question("How many people?"), QuestionType::how);
  EXPECT_EQ(type_of_question("Is it somewhat late?"), QuestionType::others);
  EXPECT_EQ(type_of_question(""), QuestionType::others);
}

TEST(Question, EachTypeHasItsName) {
  for (int t = 0; t + 1 < question_type_count; ++t) {
    const auto type = static_cast<QuestionType>(t);
    EXPECT_EQ(type_of_question(name_of(type)), type);
  }
  EXPECT_EQ(name_of(QuestionType::others), "others");
}

}  // namespace
}  // namespace fathom::questions
