#include "fathom/data/near_duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"
#include "tests/data/generated_text.h"

namespace fathom::data {
namespace {

using testing::HasSubstr;

class NearDuplicatesTest : public testing::Test {
 protected:
  DuplicateIndex new_index(const DuplicateOptions& options, const std::string& name = "store") {
    return DuplicateIndex(options, SignatureStore::create(scratch_ / name, stored_options(options)));
  }
  ScratchDirectory scratch_;
};

std::string random_text(Rng& rng, std::size_t words = 150) { return joined(random_words(rng, words)); }

// Texts with many families of near and exact duplicates.
std::vector<std::string> corpus(std::uint64_t seed, std::size_t count) {
  Rng rng(seed);
  std::vector<Words> originals;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    if (originals.empty() || rng.uniform() < 0.6) {
      originals.push_back(random_words(rng, 30 + rng.below(60)));
      texts.push_back(joined(originals.back()));
    } else {
      const Words& original = originals[rng.below(originals.size())];
      texts.push_back(joined(rng.uniform() < 0.3 ? original : edited(original, rng, 0.06 * rng.uniform())));
    }
  }
  return texts;
}

std::string report(const std::optional<DuplicateMatch>& match) {
  return match ? fmt::format("{} {} {} {} {:.4f}", match->exact, match->store, match->document, match->name, match->similarity) : "-";
}

std::vector<std::string> add_all(DuplicateIndex& index, const DocumentSigner& signer, const std::vector<std::string>& texts,
                                 std::size_t begin = 0, std::size_t end = SIZE_MAX) {
  std::vector<std::string> reports;
  for (std::size_t i = begin; i < std::min(end, texts.size()); ++i) {
    reports.push_back(report(index.add(signer.sign(texts[i]), "document " + std::to_string(i))));
  }
  return reports;
}

TEST_F(NearDuplicatesTest, TheFirstOneWins) {
  const DuplicateOptions options;
  const DocumentSigner signer(options);
  DuplicateIndex index = new_index(options);
  Rng rng(1);
  const Words words = random_words(rng, 300);
  Words changed = words;
  changed[150] = "another";
  EXPECT_FALSE(index.add(signer.sign(joined(words)), "first"));
  EXPECT_FALSE(index.add(signer.sign(random_text(rng)), "second"));
  const auto exact = index.add(signer.sign(joined(words, "\n")), "third");
  ASSERT_TRUE(exact);
  EXPECT_TRUE(exact->exact);
  EXPECT_EQ(exact->name, "first");
  EXPECT_EQ(exact->document, 0);
  EXPECT_EQ(exact->store, -1);
  EXPECT_EQ(exact->similarity, 1.0);
  const auto near = index.add(signer.sign(joined(changed)), "fourth");
  ASSERT_TRUE(near);
  EXPECT_FALSE(near->exact);
  EXPECT_EQ(near->name, "first");
  EXPECT_NEAR(near->similarity, 291.0 / 301, 0.1);
  EXPECT_EQ(index.kept(), 2);
}

// How often pairs of a known similarity are found, against what banding and the estimate's distribution predict.
TEST_F(NearDuplicatesTest, FollowsTheSCurve) {
  DuplicateOptions options;
  options.threshold = 1e-9;  // every pair that is compared: the banding alone
  const DocumentSigner signer(options);
  Rng rng(2);
  double expected = 0.0, variance = 0.0;
  int found = 0, pairs = 0;
  DuplicateIndex index = new_index(options);
  for (int i = 0; i < 700; ++i) {
    const Words words = random_words(rng, 100), other = edited(words, rng, 0.03 + 0.1 * rng.uniform());
    const double similarity = plain_jaccard(words, other, 5);
    const double probability = 1 - std::pow(1 - std::pow(similarity, options.rows), options.bands);
    index.add(signer.sign(joined(words)), "original");
    const auto match = index.add(signer.sign(joined(other)), "edited");
    found += match && match->document == index.kept() - 1 ? 1 : 0;
    expected += probability;
    variance += probability * (1 - probability);
    ++pairs;
  }
  EXPECT_GT(variance, 20.0);  // the pairs lie where the curve is steep
  EXPECT_NEAR(found, expected, 4 * std::sqrt(variance));
}

TEST_F(NearDuplicatesTest, RecallAndPrecisionAtTheThreshold) {
  const DuplicateOptions options;
  const DocumentSigner signer(options);
  Rng rng(3);
  DuplicateIndex index = new_index(options);
  int similar = 0, similar_found = 0, different = 0, different_found = 0;
  for (int i = 0; i < 1500; ++i) {
    const Words words = random_words(rng, 150), other = edited(words, rng, 0.12 * rng.uniform());
    const double similarity = plain_jaccard(words, other, 5);
    index.add(signer.sign(joined(words)), "");
    const bool found = index.add(signer.sign(joined(other)), "").has_value();
    if (similarity >= 0.9) ++similar, similar_found += found;
    if (similarity <= 0.7) ++different, different_found += found;
  }
  ASSERT_GT(similar, 150);
  ASSERT_GT(different, 500);
  EXPECT_GE(similar_found, similar * 0.995);     // 0.9 lies 3.8 standard errors above the threshold
  EXPECT_LE(different_found, different * 0.01);  // 0.7 lies 2.5 below it, most pairs far more
}

TEST_F(NearDuplicatesTest, EqualToComparingWithEveryKeptDocument) {
  DuplicateOptions options;
  options.bands = 64;  // of 2 rows: whatever is similar enough is compared
  options.rows = 2;
  const DocumentSigner signer(options);
  const std::vector<std::string> texts = corpus(4, 700);
  DuplicateIndex index = new_index(options);
  std::vector<DocumentSignature> kept;
  std::vector<std::string> names;
  int duplicates = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const DocumentSignature signature = signer.sign(texts[i]);
    std::string expected = "-";
    double best = options.threshold - 1e-12;
    bool exact = false;
    for (std::size_t j = 0; j < kept.size() && !exact; ++j) {
      exact = kept[j].fingerprint == signature.fingerprint;
      const double similarity = estimate_jaccard(kept[j].minhash, signature.minhash);
      if (!exact && similarity <= best) continue;
      best = similarity;
      expected = report(DuplicateMatch{exact, similarity, -1, static_cast<std::int64_t>(j), names[j]});
    }
    const std::string name = "document " + std::to_string(i);
    ASSERT_EQ(report(index.add(signature, name)), expected) << i;
    if (expected == "-") {
      kept.push_back(signature);
      names.push_back(name);
    } else {
      ++duplicates;
    }
  }
  EXPECT_GT(duplicates, 200);
}

TEST_F(NearDuplicatesTest, TheMemoryLimitChangesNothing) {
  DuplicateOptions options;
  const DocumentSigner signer(options);
  const std::vector<std::string> texts = corpus(5, 12'000);
  DuplicateIndex roomy = new_index(options, "roomy");
  options.memory_bytes = 1 << 20;
  DuplicateIndex narrow = new_index(options, "narrow");
  EXPECT_EQ(add_all(roomy, signer, texts), add_all(narrow, signer, texts));
  EXPECT_GT(roomy.kept(), 6000);
  EXPECT_LT(roomy.kept(), 9000);
  roomy.commit();
  narrow.commit();
  EXPECT_EQ(read_file(scratch_ / "roomy/signatures.bin"), read_file(scratch_ / "narrow/signatures.bin"));
}

TEST_F(NearDuplicatesTest, AnInterruptedRunGoesOn) {
  DuplicateOptions options;
  options.max_documents_a_key = 3;  // the count under each key has to be the same after a resume
  const DocumentSigner signer(options);
  const std::vector<std::string> texts = corpus(6, 900);
  DuplicateIndex whole = new_index(options, "whole");
  const std::vector<std::string> expected = add_all(whole, signer, texts);
  std::int64_t kept = 0;
  {
    DuplicateIndex index = new_index(options, "cut");
    add_all(index, signer, texts, 0, 400);
    index.commit();
    kept = index.kept();
    add_all(index, signer, texts, 400, 500);
    index.commit();  // what the journal does not know of
    add_all(index, signer, texts, 500, 600);
  }
  DuplicateIndex index(options, SignatureStore::append_to(scratch_ / "cut", stored_options(options), kept));
  EXPECT_EQ(add_all(index, signer, texts, 400), std::vector<std::string>(expected.begin() + 400, expected.end()));
}

TEST_F(NearDuplicatesTest, AgainstEarlierRuns) {
  const DuplicateOptions options;
  const DocumentSigner signer(options);
  Rng rng(7);
  const Words shared = random_words(rng, 200);
  Words changed = shared;
  changed[100] = "edit";
  {
    DuplicateIndex first = new_index(options, "first"), second = new_index(options, "second");
    first.add(signer.sign(random_text(rng)), "first run, document 1");
    second.add(signer.sign(random_text(rng)), "second run, document 1");
    second.add(signer.sign(joined(shared)), "second run, document 2");
    first.commit();
    second.commit();
  }
  std::vector<SignatureStore> earlier;
  earlier.push_back(SignatureStore::open(scratch_ / "first"));
  earlier.push_back(SignatureStore::open(scratch_ / "second"));
  DuplicateIndex index(options, SignatureStore::create(scratch_ / "third", options.minhash), std::move(earlier));
  const auto near = index.add(signer.sign(joined(changed)), "a");
  ASSERT_TRUE(near);
  EXPECT_EQ(near->store, 1);
  EXPECT_EQ(near->document, 1);
  EXPECT_EQ(near->name, "second run, document 2");
  EXPECT_TRUE(index.add(signer.sign(joined(shared)), "b")->exact);
  EXPECT_FALSE(index.add(signer.sign(random_text(rng)), "c"));
  EXPECT_EQ(index.kept(), 1);
  EXPECT_EQ(SignatureStore::open(scratch_ / "second").size(), 2);  // only read
}

TEST_F(NearDuplicatesTest, RefusesStoresOfOtherParameters) {
  DuplicateOptions options;
  {
    new_index(options, "first");
  }
  options.minhash.permutations = 256;
  const auto build = [&] {
    std::vector<SignatureStore> earlier;
    earlier.push_back(SignatureStore::open(scratch_ / "first"));
    DuplicateIndex(options, SignatureStore::create(scratch_ / "second", stored_options(options)), std::move(earlier));
  };
  EXPECT_THAT(message_of<Error>(build), HasSubstr("permutations = 128, this run has 256"));
  options.near = false;  // fingerprints are comparable
  std::filesystem::remove_all(scratch_ / "second");
  EXPECT_EQ(message_of<Error>(build), "");
}

TEST_F(NearDuplicatesTest, ExactDuplicatesAlone) {
  DuplicateOptions options;
  options.near = false;
  const DocumentSigner signer(options);
  DuplicateIndex index = new_index(options);
  EXPECT_FALSE(index.add(signer.sign("one two three four five six seven"), "a"));
  EXPECT_FALSE(index.add(signer.sign("One two three four five six seven"), "b"));
  EXPECT_TRUE(index.add(signer.sign("one two three four five  six seven"), "c"));
  EXPECT_EQ(index.store().options().permutations, 0);
}

TEST_F(NearDuplicatesTest, TextsWithoutWordsAreComparedExactly) {
  const DuplicateOptions options;
  const DocumentSigner signer(options);
  DuplicateIndex index = new_index(options);
  EXPECT_FALSE(index.add(signer.sign(""), "empty"));
  EXPECT_FALSE(index.add(signer.sign("!!!"), "a"));
  EXPECT_FALSE(index.add(signer.sign("???"), "b"));
  EXPECT_EQ(index.add(signer.sign(" !!! "), "c")->name, "a");
  EXPECT_EQ(index.add(signer.sign("\n"), "d")->name, "empty");
  EXPECT_FALSE(index.add(signer.sign("word"), "e"));
  EXPECT_EQ(index.add(signer.sign("Word."), "f")->name, "e");
}

TEST_F(NearDuplicatesTest, ManyDocumentsAroundATemplate) {
  DuplicateOptions options;
  options.max_documents_a_key = 8;
  const DocumentSigner signer(options);
  DuplicateIndex index = new_index(options);
  Rng rng(8);
  const std::string pattern = random_text(rng, 100);
  for (int i = 0; i < 300; ++i) index.add(signer.sign(pattern + " " + random_text(rng, 60)), "");
  EXPECT_GT(index.kept(), 290);  // similarity about 0.45: nothing is a duplicate
  const std::string last = pattern + " " + random_text(rng, 60);
  EXPECT_FALSE(index.add(signer.sign(last), "last"));
  EXPECT_EQ(index.add(signer.sign(last + "."), "again")->name, "last");  // found by the bands that the template does not fill
}

TEST(DocumentSigner, RefusesOptions) {
  const auto refusal = [](const std::function<void(DuplicateOptions&)>& change) {
    DuplicateOptions options;
    change(options);
    return message_of<Error>([&] { DocumentSigner signer(options); });
  };
  EXPECT_THAT(refusal([](auto& o) { o.bands = 22; }), HasSubstr("22 bands of 6 rows"));
  EXPECT_THAT(refusal([](auto& o) { o.rows = 0; }), HasSubstr("bands"));
  EXPECT_THAT(refusal([](auto& o) { o.threshold = 1.5; }), HasSubstr("threshold is 1.5"));
  EXPECT_THAT(refusal([](auto& o) { o.memory_bytes = 1000; }), HasSubstr("at least 1 MiB"));
  EXPECT_THAT(refusal([](auto& o) { o.max_documents_a_key = 0; }), HasSubstr("max_documents_a_key"));
}

}  // namespace
}  // namespace fathom::data
