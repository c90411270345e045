#include "fathom/index/word_tokenizer.h"

#include <sqlite3.h>

#include <exception>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/index/sqlite.h"
#include "fathom/text/words.h"

namespace fathom::index {
namespace {

// No exception may pass through SQLite: they become its error codes.
int create_tokenizer(void*, const char**, int, Fts5Tokenizer** out) noexcept {
  try {
    *out = reinterpret_cast<Fts5Tokenizer*>(new text::WordSplitter({.split_contractions = true}));
    return SQLITE_OK;
  } catch (const std::exception&) {
    return SQLITE_ERROR;
  }
}

void delete_tokenizer(Fts5Tokenizer* tokenizer) noexcept { delete reinterpret_cast<text::WordSplitter*>(tokenizer); }

int tokenize(Fts5Tokenizer* tokenizer, void* context, int, const char* bytes, int size,
             int (*token)(void*, int, const char*, int, int, int)) noexcept {
  try {
    const std::string_view text(bytes, static_cast<std::size_t>(size));
    for (const text::Word& word : reinterpret_cast<text::WordSplitter*>(tokenizer)->split(text)) {
      const int result =
          token(context, 0, word.text.data(), static_cast<int>(word.text.size()), static_cast<int>(word.begin), static_cast<int>(word.end));
      if (result != SQLITE_OK) return result;
    }
    return SQLITE_OK;
  } catch (const std::exception&) {
    return SQLITE_ERROR;
  }
}

}  // namespace

void register_word_tokenizer(const Database& database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database.handle(), "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  require(api != nullptr, "{}: this SQLite was built without full-text search (FTS5), which fathom needs", database.origin());
  fts5_tokenizer tokenizer{create_tokenizer, delete_tokenizer, tokenize};
  if (api->xCreateTokenizer(api, word_tokenizer_name, nullptr, &tokenizer, nullptr) != SQLITE_OK)
    database.fail_here("registering the word tokenizer");
}

}  // namespace fathom::index
