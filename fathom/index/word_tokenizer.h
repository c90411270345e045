// The words of full-text search: SQLite's own tokenizer takes a Chinese sentence for one word, so FTS5 is given ours (text/words.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct fts5_api;

namespace fathom::index {

class Database;

// As `tokenize = 'fathom_words'`.
constexpr const char* word_tokenizer_name = "fathom_words";
// The same with English endings taken off by SQLite's Porter stemmer; words of other scripts stay as they are.
constexpr const char* stem_tokenizer_name = "porter fathom_words";

// FTS5's own interface, by which tokenizers and functions are added. Throws Error when this SQLite has no FTS5.
fts5_api* full_text_api(const Database& database);

// Makes the tokenizer known to a connection. Throws Error when this SQLite has no FTS5.
void register_word_tokenizer(const Database& database);

// Text as the terms that FTS5 indexes it by. One thread at a time; the database must live longer.
class TermSplitter {
 public:
  TermSplitter(const Database& database, bool stems);
  ~TermSplitter();
  TermSplitter(const TermSplitter&) = delete;
  TermSplitter& operator=(const TermSplitter&) = delete;

  struct Term {
    std::string term;
    std::size_t begin, end;  // bytes of the text
  };
  std::vector<Term> split(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::index
