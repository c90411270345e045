// A test that calls the program in a scratch directory of its own, as a user does.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "tests/base/scratch_directory.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("FATHOM_PROGRAM") == nullptr) GTEST_SKIP() << "FATHOM_PROGRAM does not name the fathom program";
  }

  // Runs fathom with the words of `arguments`; "@name" stands for a file of the scratch directory.
  ProgramResult fathom(const std::string& arguments, const std::string& input = "") {
    std::vector<std::string> words;
    std::istringstream stream(arguments);
    for (std::string word; stream >> word;) words.push_back(word.starts_with('@') ? (scratch_ / word.substr(1)).string() : word);
    return run_program(words, input);
  }

  // fathom ends with `code`, prints nothing and says `message`.
  void fails(const std::string& arguments, int code, const std::string& message) {
    const ProgramResult outcome = fathom(arguments);
    EXPECT_EQ(outcome.code, code) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_THAT(outcome.err, testing::HasSubstr(message)) << arguments;
  }

  ScratchDirectory scratch_;
};

}  // namespace fathom::cli
