// Documents, their sentences and their full text in one SQLite file: index.sqlite of an index directory (docs/index-format.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/index/sqlite.h"
#include "fathom/text/sentences.h"

namespace fathom::index {

constexpr const char* store_file = "index.sqlite";
constexpr std::int64_t store_version = 1;

struct Document {
  std::string id;     // the user's; need not be unique
  std::string title;  // of a FAQ: the question
  std::string body;   // of a FAQ: the answer
};

// Writes a new store. Documents are numbered from 1 as they come.
class DocumentWriter {
 public:
  // `directory` must exist and hold no store. `kind` says what the directory is ("faq").
  DocumentWriter(const std::filesystem::path& directory, const std::string& kind);
  // Texts are UTF-8. `words`: numbers that belong to the document, returned as they are. Returns the document's number.
  std::int64_t add(const Document& document, const std::vector<std::uint32_t>& words = {});
  // Names the folder with the vectors that go with these documents, counts words and completes the file.
  void finish(const std::string& generation);

 private:
  Database database_;
  Statement insert_, insert_words_, insert_sentence_, insert_text_;
  text::SentenceSplitter sentences_;
  std::int64_t count_ = 0;
};

struct TextHit {
  std::int64_t document;
  double score;  // BM25, higher is better
};

struct TextSearchOptions {
  std::int64_t limit = 100;
  // FTS5 scores every document with any of the words. Rare words are taken first, and words are left out once so many documents would be
  // scored; the rarest word is always taken. 0: no limit.
  std::int64_t most_matches = 1500;
  bool titles_only = true;
};

// Reads a store; one thread at a time, one object a thread.
class DocumentStore {
 public:
  // Throws Error: missing, damaged or truncated, of another kind or of a version that this program does not read.
  DocumentStore(const std::filesystem::path& directory, const std::string& kind);

  std::int64_t size() const { return size_; }
  const std::string& generation() const { return generation_; }
  Document document(std::int64_t number) const;
  // Byte ranges of the body's sentences.
  std::vector<text::Span> sentences(std::int64_t number) const;
  // The numbers that were given with each document, in the documents' order.
  std::vector<std::vector<std::uint32_t>> all_words() const;

  // How many documents have the word in their title; 0 when none.
  std::int64_t document_frequency(std::string_view word);
  // Documents with any of the words (as text/words.h splits them), best first by BM25 (k1 = 1.2, b = 0.75); equal scores by number.
  std::vector<TextHit> search(const std::vector<std::string>& words, const TextSearchOptions& options = {});

 private:
  Database database_;
  Statement frequency_, match_;
  std::int64_t size_ = 0;
  std::string generation_;
};

}  // namespace fathom::index
