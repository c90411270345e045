#include "fathom/server/api_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::server {
namespace {

class ApiKeysTest : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove(file_);
  }
  void write(const std::string& text) { std::ofstream(file_) << text; }
  std::string message() {
    try {
      ApiKeys::read(file_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  std::filesystem::path file_;
};

TEST_F(ApiKeysTest, AKeyIsKnownByItsHashOnly) {
  const std::string alice = ApiKeys::create(file_, "alice", Role::search), bob = ApiKeys::create(file_, "bob", Role::manage);
  EXPECT_NE(alice, bob);
  EXPECT_EQ(read_file(file_).find(alice), std::string::npos);
  struct stat status{};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);

  const ApiKeys keys = ApiKeys::read(file_);
  ASSERT_TRUE(keys.find(bob));
  EXPECT_EQ(keys.find(bob)->name, "bob");
  EXPECT_EQ(keys.find(bob)->role, Role::manage);
  EXPECT_EQ(keys.find(alice)->role, Role::search);
  EXPECT_FALSE(keys.find(""));
  EXPECT_FALSE(keys.find(alice + "0"));
  EXPECT_FALSE(keys.find(alice.substr(1)));
}

TEST_F(ApiKeysTest, NamesAreUniqueAndPlain) {
  ApiKeys::create(file_, "alice", Role::search);
  EXPECT_THROW(ApiKeys::create(file_, "alice", Role::manage), Error);
  EXPECT_THROW(ApiKeys::create(file_, "two words", Role::search), Error);
  EXPECT_THROW(ApiKeys::create(file_, "", Role::search), Error);
  EXPECT_THROW(ApiKeys::create(file_, "#x", Role::search), Error);
}

TEST_F(ApiKeysTest, SaysWhichLineIsWrong) {
  const std::string hash(64, 'a');
  write("# keys\nalice search " + hash + "\nbob admin " + hash + "\n");
  EXPECT_NE(message().find(":3: expected"), std::string::npos) << message();
  write("alice search " + hash + "\nalice manage " + hash + "\n");
  EXPECT_NE(message().find(":2: the name 'alice' is given twice"), std::string::npos) << message();
  write("alice search " + hash.substr(1) + "\n");
  EXPECT_NE(message().find(":1: expected"), std::string::npos);
  write("\n# nothing\n");
  EXPECT_NE(message().find("no keys in it"), std::string::npos);
  std::filesystem::remove(file_);
  EXPECT_NE(message(), "");
}

}  // namespace
}  // namespace fathom::server
