#include "fathom/data/signature_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const MinHashOptions options{.shingle = {}, .permutations = 8, .seed = 1};

DocumentSignature signature_of(std::uint32_t number) {
  return {{number, number * 7ull}, {number, number + 1, number + 2, number + 3, number + 4, number + 5, number + 6, number + 7}};
}

class SignatureStoreTest : public testing::Test {
 protected:
  fs::path directory() const { return scratch_ / "store"; }
  void add(SignatureStore& store, std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t i = first; i < first + count; ++i) store.append(signature_of(i), "file.jsonl:" + std::to_string(i + 1));
  }
  void make(std::uint32_t count) {
    SignatureStore store = SignatureStore::create(directory(), options);
    add(store, 0, count);
    store.commit();
  }
  void change_manifest(const std::string& key, const Json& value) {
    Json manifest = read_json(directory() / "manifest.json");
    manifest[key] = value;
    write_file_atomically(directory() / "manifest.json", manifest.dump());
  }
  std::string refusal() {
    return message_of<Error>([&] {
      const SignatureStore store = SignatureStore::open(directory(), &options);
      store.for_each([](std::int64_t, const DocumentSignature&) {});
    });
  }
  std::string all_bytes() const {
    std::string bytes;
    for (const char* name : {"signatures.bin", "names.bin", "name_ends.bin", "manifest.json"}) bytes += read_file(directory() / name) + "|";
    return bytes;
  }
  ScratchDirectory scratch_;
};

TEST_F(SignatureStoreTest, GivesBackWhatWasAdded) {
  make(1000);
  const SignatureStore store = SignatureStore::open(directory(), &options);
  ASSERT_EQ(store.size(), 1000);
  EXPECT_EQ(store.options(), options);
  for (const std::uint32_t i : {0u, 1u, 500u, 999u}) {
    EXPECT_EQ(store.fingerprint(i), signature_of(i).fingerprint);
    EXPECT_EQ(store.minhash(i), signature_of(i).minhash);
    EXPECT_EQ(store.name(i), "file.jsonl:" + std::to_string(i + 1));
  }
  std::int64_t visited = 0;
  store.for_each([&](std::int64_t document, const DocumentSignature& signature) {
    EXPECT_EQ(document, visited++);
    EXPECT_EQ(signature.minhash, signature_of(static_cast<std::uint32_t>(document)).minhash);
  });
  EXPECT_EQ(visited, 1000);
  EXPECT_THAT(message_of<Error>([&] { store.minhash(1000); }), HasSubstr("are not there; it has 1000"));
}

TEST_F(SignatureStoreTest, DocumentsWithoutWordsHaveNoSignature) {
  SignatureStore store = SignatureStore::create(directory(), options);
  store.append({{1, 2}, {}}, "");
  EXPECT_TRUE(store.minhash(0).empty());
  EXPECT_EQ(store.fingerprint(0), (Fingerprint{1, 2}));
  EXPECT_EQ(store.name(0), "");
}

TEST_F(SignatureStoreTest, WhatWasNotCommittedIsNotThere) {
  {
    SignatureStore store = SignatureStore::create(directory(), options);
    add(store, 0, 10);
    store.commit();
    add(store, 10, 20'000);  // more than is gathered in memory
    EXPECT_EQ(store.size(), 20'010);
    EXPECT_EQ(store.name(20'009), "file.jsonl:20010");
  }
  EXPECT_EQ(SignatureStore::open(directory()).size(), 10);
  EXPECT_EQ(refusal(), "");
}

TEST_F(SignatureStoreTest, BytesDependOnTheDocumentsAlone) {
  make(300);
  const std::string expected = all_bytes();
  fs::remove_all(directory());
  {
    SignatureStore store = SignatureStore::create(directory(), options);
    add(store, 0, 100);
    store.commit();
    add(store, 100, 70);
    store.commit();
    add(store, 900, 50'000);  // lost: the run was killed here
  }
  {
    // The journal had only seen 120 documents.
    SignatureStore store = SignatureStore::append_to(directory(), options, 120);
    EXPECT_EQ(store.size(), 120);
    EXPECT_EQ(SignatureStore::open(directory()).size(), 120);
    add(store, 120, 80);
    store.commit();
  }
  {
    SignatureStore store = SignatureStore::append_to(directory(), options);
    EXPECT_EQ(store.size(), 200);
    add(store, 200, 100);
    store.commit();
  }
  EXPECT_EQ(all_bytes(), expected);
  EXPECT_EQ(refusal(), "");
}

TEST_F(SignatureStoreTest, AnInterruptedCreateIsBegunAnew) {
  make(3);
  fs::remove(directory() / "manifest.json");
  make(2);
  EXPECT_EQ(SignatureStore::open(directory()).size(), 2);
}

TEST_F(SignatureStoreTest, OneWriterAtATime) {
  make(5);
  const SignatureStore first = SignatureStore::append_to(directory(), options);
  EXPECT_THAT(message_of<Error>([&] { SignatureStore::append_to(directory(), options); }), HasSubstr("another run is writing here"));
  EXPECT_EQ(SignatureStore::open(directory()).size(), 5);
}

TEST_F(SignatureStoreTest, RefusesOtherParametersByName) {
  make(1);
  const auto refusal_of = [&](const MinHashOptions& wanted) {
    return message_of<Error>([&] { SignatureStore::open(directory(), &wanted); });
  };
  EXPECT_THAT(refusal_of({{}, 128, 1}), AllOf(HasSubstr("permutations = 8"), HasSubstr("this run has 128")));
  EXPECT_THAT(refusal_of({{3, 8}, 8, 1}), HasSubstr("shingle words = 5"));
  EXPECT_THAT(refusal_of({{5, 9}, 8, 1}), HasSubstr("shingle characters = 8"));
  EXPECT_THAT(refusal_of({{}, 8, 2}), HasSubstr("seed = 1"));
  EXPECT_THAT(message_of<Error>([&] { SignatureStore::append_to(directory(), {{}, 16, 1}); }), HasSubstr("permutations = 8"));
  EXPECT_THAT(message_of<Error>([&] { SignatureStore::append_to(directory(), options, 2); }), HasSubstr("2 documents are needed"));
  EXPECT_THAT(message_of<Error>([&] { SignatureStore::create(directory(), options); }), HasSubstr("there is a store already"));
}

TEST_F(SignatureStoreTest, RefusesDamagedStores) {
  EXPECT_THAT(refusal(), HasSubstr("no signature store"));
  make(100);
  const auto with = [&](const std::string& key, const Json& value) {
    const std::string before = read_file(directory() / "manifest.json");
    change_manifest(key, value);
    const std::string message = refusal();
    write_file_atomically(directory() / "manifest.json", before);
    return message;
  };
  EXPECT_THAT(with("format", "other"), HasSubstr("'format' is 'other'"));
  EXPECT_THAT(with("version", 2), HasSubstr("version 2"));
  EXPECT_THAT(with("text_rules", 99), HasSubstr("text rules 99"));
  EXPECT_THAT(with("documents", -1), HasSubstr("no count"));
  EXPECT_THAT(with("documents", 101), HasSubstr("cut off"));
  EXPECT_THAT(with("documents", std::int64_t{1} << 62), HasSubstr("cut off"));
  EXPECT_THAT(with("documents", 99), HasSubstr("checksum"));
  EXPECT_THAT(with("permutations", 1'000'000), HasSubstr("'permutations'"));
  EXPECT_THAT(with("checksum", "nonsense"), HasSubstr("'checksum'"));
  EXPECT_THAT(with("checksum", "0000000000000000"), HasSubstr("damaged"));
  EXPECT_EQ(refusal(), "");

  const auto damaged = [&](const char* name, const std::function<void(std::string&)>& change) {
    const std::string before = read_file(directory() / name);
    std::string bytes = before;
    change(bytes);
    write_file_atomically(directory() / name, bytes);
    const std::string message = refusal();
    write_file_atomically(directory() / name, before);
    return message;
  };
  EXPECT_THAT(damaged("signatures.bin", [](std::string& bytes) { bytes.pop_back(); }), HasSubstr("signatures.bin: 100 records"));
  EXPECT_THAT(damaged("signatures.bin", [](std::string& bytes) { bytes[1000] ^= 1; }), HasSubstr("damaged"));
  EXPECT_THAT(damaged("names.bin", [](std::string& bytes) { bytes.pop_back(); }), HasSubstr("names.bin"));
  EXPECT_THAT(damaged("names.bin", [](std::string& bytes) { bytes[5] ^= 1; }), HasSubstr("damaged"));
  EXPECT_THAT(damaged("name_ends.bin", [](std::string& bytes) { bytes[7] = '\x7f'; }), HasSubstr("no position in the names"));
  EXPECT_THAT(damaged("name_ends.bin", [](std::string& bytes) { bytes.back() = '\x7f'; }), HasSubstr("names.bin"));
  EXPECT_THAT(damaged("name_ends.bin", [](std::string& bytes) { bytes.back() = '\xff'; }), HasSubstr("names.bin"));
  EXPECT_THAT(damaged("manifest.json", [](std::string& bytes) { bytes.resize(20); }), HasSubstr("manifest.json"));
  // What an interrupted run left behind the end does no harm.
  EXPECT_EQ(damaged("signatures.bin", [](std::string& bytes) { bytes += "rest"; }), "");
  EXPECT_EQ(damaged("names.bin", [](std::string& bytes) { bytes += "rest"; }), "");
}

}  // namespace
}  // namespace fathom::data
