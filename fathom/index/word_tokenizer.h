// The words of full-text search: SQLite's own tokenizer takes a Chinese sentence for one word, so FTS5 is given ours (text/words.h).
#pragma once

namespace fathom::index {

class Database;

// As `tokenize = 'fathom_words'`.
constexpr const char* word_tokenizer_name = "fathom_words";

// Makes the tokenizer known to a connection. Throws Error when this SQLite has no FTS5.
void register_word_tokenizer(const Database& database);

}  // namespace fathom::index
