#include "fathom/data/line_duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/occurrence_sort.h"
#include "tests/base/scratch_directory.h"
#include "tests/data/generated_text.h"

namespace fathom::data {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class LineDuplicatesTest : public testing::Test {
 protected:
  static void add_all(RepeatedLineCounter& counter, const std::vector<std::string>& texts, const LineDuplicateOptions& options,
                      std::size_t begin = 0, std::size_t end = SIZE_MAX) {
    const LineSigner signer(options);
    for (std::size_t i = begin; i < std::min(end, texts.size()); ++i) counter.add(signer.sign(texts[i]), "document " + std::to_string(i));
  }
  RepeatedLines repeated(const std::vector<std::string>& texts, const LineDuplicateOptions& options, const std::string& name = "lines") {
    RepeatedLineCounter counter = RepeatedLineCounter::create(scratch_ / name, options);
    add_all(counter, texts, options);
    counter.commit();
    return counter.finish();
  }
  ScratchDirectory scratch_;
};

LineDuplicateOptions exact_lines(std::int64_t max_documents) {
  LineDuplicateOptions options;
  options.max_documents = max_documents;
  options.near = false;
  return options;
}

std::string removed(const RepeatedLines& lines, std::string_view text) {
  std::string all;
  for (const RemovedLine& line : lines.find(text)) all += text.substr(line.begin, line.end - line.begin);
  return all;
}

// Documents of unlike lines with a menu and a legal note here and there.
std::vector<std::string> site(std::uint64_t seed, std::size_t count) {
  Rng rng(seed);
  const std::string menu = "Home | Products | About us | Contact | Imprint";
  const Words note = random_words(rng, 40);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    if (rng.uniform() < 0.5) text += menu + "\n";
    for (int line = 0; line < 5; ++line) text += joined(random_words(rng, 6 + rng.below(25))) + "\n";
    if (rng.uniform() < 0.4) text += joined(edited(note, rng, 0.02)) + "\n";
    texts.push_back(text);
  }
  return texts;
}

TEST_F(LineDuplicatesTest, RemovesLinesOfTooManyDocuments) {
  const std::vector<std::string> texts = {
      "Home | Products | About us | Contact\nThe first text of this site.\n}\n",
      "The second text of this site.\n  Home | Products | About us  | Contact\n}\n",
      "Home | Products | About us | Contact\r\nHome | Products | About us | Contact\nThe third text of this site.\n}",
      "Home  | Products | about us | Contact\nThe third text of this site.\n}",
  };
  const RepeatedLines lines = repeated(texts, exact_lines(2));
  EXPECT_EQ(lines.size(), 1);
  const auto found = lines.find(texts[1]);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].documents, 3);
  EXPECT_EQ(found[0].first_document, "document 0");
  EXPECT_EQ(found[0].first_line, 0u);
  EXPECT_FALSE(found[0].near);
  EXPECT_EQ(RepeatedLines::without(texts[0], lines.find(texts[0])), "The first text of this site.\n}\n");
  EXPECT_EQ(RepeatedLines::without(texts[1], found), "The second text of this site.\n}\n");
  EXPECT_EQ(RepeatedLines::without(texts[2], lines.find(texts[2])), "The third text of this site.\n}");
  EXPECT_EQ(RepeatedLines::without(texts[3], lines.find(texts[3])), texts[3]);
}

TEST_F(LineDuplicatesTest, ShortLinesStay) {
  const std::vector<std::string> texts(5, "十九个字的一行十九个字的一行十九个字的\n二十个字的一行二十个字的一行二十个字的一\n");
  const RepeatedLines lines = repeated(texts, exact_lines(1));
  EXPECT_EQ(removed(lines, texts[0]), "二十个字的一行二十个字的一行二十个字的一\n");
}

TEST_F(LineDuplicatesTest, NearLinesAreCountedTogether) {
  LineDuplicateOptions options;
  options.max_documents = 3;
  Rng rng(1);
  const Words note = random_words(rng, 60);
  std::vector<std::string> texts;
  for (int i = 0; i < 5; ++i) {
    Words changed = note;
    if (i > 0) changed[30] = "number" + std::to_string(i);
    texts.push_back(joined(random_words(rng, 30)) + "\n" + joined(changed) + "\n");
  }
  const RepeatedLines lines = repeated(texts, options);
  EXPECT_EQ(lines.size(), 5);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto found = lines.find(texts[i]);
    ASSERT_THAT(found, SizeIs(1)) << i;
    EXPECT_EQ(found[0].near, i > 0);
    EXPECT_EQ(found[0].documents, 5);
    EXPECT_EQ(found[0].first_document, "document 0");
    EXPECT_EQ(found[0].first_line, 1u);
  }
  options.near = false;
  EXPECT_EQ(repeated(texts, options, "exact").size(), 0);
}

TEST_F(LineDuplicatesTest, CountsAsAPlainCountWould) {
  Rng rng(2);
  std::vector<std::string> lines, texts;
  for (int i = 0; i < 200; ++i) lines.push_back(joined(random_words(rng, 8)));
  std::map<std::string, std::set<std::size_t>> documents;
  for (std::size_t i = 0; i < 500; ++i) {
    texts.emplace_back();
    for (std::uint64_t n = rng.below(8); n > 0; --n) {
      const std::string& line = lines[std::min(rng.below(200), rng.below(200))];
      texts.back() += line + "\n";
      if (line.size() >= 20) documents[line].insert(i);
    }
  }
  const RepeatedLines repeated_lines = repeated(texts, exact_lines(9));
  std::int64_t expected = 0;
  for (const auto& [line, where] : documents) {
    const auto found = repeated_lines.find(line);
    if (where.size() <= 9) {
      EXPECT_THAT(found, IsEmpty());
      continue;
    }
    ++expected;
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].documents, static_cast<std::int64_t>(where.size()));
    EXPECT_EQ(found[0].first_document, "document " + std::to_string(*where.begin()));
  }
  EXPECT_GT(expected, 20);
  EXPECT_EQ(repeated_lines.size(), expected);
}

TEST_F(LineDuplicatesTest, NeitherMemoryNorInterruptionsChangeAnything) {
  LineDuplicateOptions options;
  options.max_documents = 20;
  const std::vector<std::string> texts = site(3, 8000);
  const RepeatedLines expected = repeated(texts, options, "whole");
  options.memory_bytes = 1 << 20;
  options.near_options.memory_bytes = 1 << 20;
  {
    RepeatedLineCounter counter = RepeatedLineCounter::create(scratch_ / "cut", options);
    add_all(counter, texts, options, 0, 3000);
    counter.commit();
    add_all(counter, texts, options, 3000, 5000);
    counter.commit();  // the journal has seen 4000 documents
    add_all(counter, texts, options, 5000, 6000);
  }
  RepeatedLineCounter counter = RepeatedLineCounter::resume(scratch_ / "cut", options, {}, 4000);
  EXPECT_EQ(counter.documents(), 4000);
  add_all(counter, texts, options, 4000);
  counter.commit();
  for (const char* name : {"occurrences.bin", "documents.bin", "names.bin", "near/signatures.bin", "manifest.json"}) {
    EXPECT_TRUE(read_file(scratch_ / "whole" / name) == read_file(scratch_ / "cut" / name)) << name;
  }
  const RepeatedLines lines = counter.finish();
  EXPECT_EQ(lines.size(), expected.size());
  EXPECT_GT(lines.size(), 100);  // the note has many spellings
  std::size_t count = 0;
  for (std::size_t i = 0; i < texts.size(); i += 7) {
    const auto found = lines.find(texts[i]), wanted = expected.find(texts[i]);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
      EXPECT_EQ(found[k].begin, wanted[k].begin);
      EXPECT_EQ(found[k].documents, wanted[k].documents);
      EXPECT_EQ(found[k].first_document, wanted[k].first_document);
    }
    count += found.size();
  }
  EXPECT_GT(count, 500u);
}

TEST_F(LineDuplicatesTest, EarlierRunsCount) {
  LineDuplicateOptions options = exact_lines(3);
  options.near = true;
  const std::string menu = "Home | Products | About us | Contact\n";
  repeated({menu + "one text that is only here\n", "nothing to count in this one\n", menu}, options, "first");
  Rng rng(4);
  const Words note = random_words(rng, 60);
  repeated({joined(note), menu}, options, "second");
  RepeatedLineCounter counter = RepeatedLineCounter::create(scratch_ / "third", options, {scratch_ / "first", scratch_ / "second"});
  std::vector<std::string> texts = {menu + "a new text for this run\n"};
  for (int i = 0; i < 3; ++i) {
    Words changed = note;
    changed[static_cast<std::size_t>(20 + i)] = "changed";
    texts.push_back(joined(changed));
  }
  add_all(counter, texts, options);
  const RepeatedLines lines = counter.finish();
  EXPECT_EQ(removed(lines, texts[0]), menu);
  const auto found = lines.find(texts[2]);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].documents, 4);
  EXPECT_EQ(found[0].first_document, "document 0");  // of the second run
  EXPECT_TRUE(found[0].near);
}

TEST_F(LineDuplicatesTest, RefusesWhatDoesNotFit) {
  LineDuplicateOptions options = exact_lines(3);
  repeated({"a line of more than twenty characters\n", "another line of more than twenty characters\n"}, options);
  const auto refusal = [&](const LineDuplicateOptions& wanted) {
    return message_of<Error>([&] { RepeatedLineCounter::resume(scratch_ / "lines", wanted); });
  };
  EXPECT_EQ(refusal(options), "");
  options.min_characters = 30;
  EXPECT_THAT(refusal(options), HasSubstr("counted with min_characters = 20, this run has 30"));
  options.min_characters = 20;
  options.near = true;
  EXPECT_THAT(refusal(options), HasSubstr("near = false"));
  options.near = false;
  EXPECT_THAT(message_of<Error>([&] { RepeatedLineCounter::create(scratch_ / "lines", options); }), HasSubstr("already"));
  EXPECT_THAT(message_of<Error>([&] { RepeatedLineCounter::resume(scratch_ / "none", options); }), HasSubstr("no line counts"));
  EXPECT_THAT(message_of<Error>([&] { RepeatedLineCounter::resume(scratch_ / "lines", options, {}, 3); }), HasSubstr("3 documents"));
  options.min_characters = 0;
  EXPECT_THAT(message_of<Error>([&] { LineSigner signer(options); }), HasSubstr("min_characters"));
  options.min_characters = 20;
  options.max_documents = 0;
  EXPECT_THAT(message_of<Error>([&] { LineSigner signer(options); }), HasSubstr("max_documents"));
}

TEST_F(LineDuplicatesTest, RefusesDamage) {
  const LineDuplicateOptions options = exact_lines(3);
  repeated({"a line of more than twenty characters\n", "another line of more than twenty characters\n"}, options);
  const auto damaged = [&](const char* name, const std::function<void(std::string&)>& change) {
    const std::string before = read_file(scratch_ / "lines" / name);
    std::string bytes = before;
    change(bytes);
    write_file_atomically(scratch_ / "lines" / name, bytes);
    std::filesystem::remove_all(scratch_ / "next");
    const std::string message =
        message_of<Error>([&] { RepeatedLineCounter::create(scratch_ / "next", options, {scratch_ / "lines"}).finish(); });
    write_file_atomically(scratch_ / "lines" / name, before);
    return message;
  };
  EXPECT_EQ(damaged("occurrences.bin", [](std::string&) {}), "");
  EXPECT_THAT(damaged("occurrences.bin", [](std::string& bytes) { bytes[3] ^= 1; }), HasSubstr("damaged"));
  EXPECT_THAT(damaged("occurrences.bin", [](std::string& bytes) { bytes[16] = 9; }), HasSubstr("of document 9, but there are 2"));
  EXPECT_THAT(damaged("occurrences.bin", [](std::string& bytes) { bytes.pop_back(); }), HasSubstr("occurrences.bin"));
  EXPECT_THAT(damaged("documents.bin", [](std::string& bytes) { bytes[23] = '\x7f'; }), HasSubstr("occurrences.bin"));
  EXPECT_THAT(damaged("documents.bin", [](std::string& bytes) { bytes.resize(16); }), HasSubstr("documents.bin"));
  EXPECT_THAT(damaged("manifest.json", [](std::string& bytes) { bytes = "{}"; }), HasSubstr("'format'"));
}

TEST_F(LineDuplicatesTest, HostileTexts) {
  LineDuplicateOptions options;
  const LineSigner signer(options);
  EXPECT_THAT(signer.sign(""), IsEmpty());
  EXPECT_THAT(signer.sign("\n\n\r\n  \t\n"), IsEmpty());
  EXPECT_THAT(signer.sign(std::string(100, '\0')), SizeIs(1));
  EXPECT_THAT(signer.sign(std::string(100, '\xFF') + "\n" + std::string(100, '\x80')), SizeIs(1));
  const std::string line(30'000'000, 'x');
  EXPECT_THAT(signer.sign(line), SizeIs(1));
}

TEST(OccurrenceSort, SortsOnDisk) {
  const ScratchDirectory scratch;
  OccurrenceSort sort(1 << 16, scratch.path());
  Rng rng(1);
  std::vector<GroupOccurrence> expected;
  for (int i = 0; i < 50'000; ++i) {
    expected.push_back({rng.below(3000), rng.below(100), static_cast<std::uint32_t>(rng.below(5))});
    sort.add(expected.back());
  }
  EXPECT_GT(sort.files(), 5u);
  EXPECT_EQ(scratch.entries(), 0u);
  std::sort(expected.begin(), expected.end());
  std::size_t position = 0;
  sort.finish([&](const GroupOccurrence& occurrence) { ASSERT_EQ(occurrence, expected.at(position++)); });
  EXPECT_EQ(position, expected.size());
}

}  // namespace
}  // namespace fathom::data
