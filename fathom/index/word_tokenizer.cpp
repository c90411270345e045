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

fts5_api* full_text_api(const Database& database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database.handle(), "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  require(api != nullptr, "{}: this SQLite was built without full-text search (FTS5), which fathom needs", database.origin());
  return api;
}

void register_word_tokenizer(const Database& database) {
  fts5_api* api = full_text_api(database);
  fts5_tokenizer tokenizer{create_tokenizer, delete_tokenizer, tokenize};
  if (api->xCreateTokenizer(api, word_tokenizer_name, nullptr, &tokenizer, nullptr) != SQLITE_OK)
    database.fail_here("registering the word tokenizer");
}

struct TermSplitter::State {
  fts5_tokenizer methods{};
  Fts5Tokenizer* tokenizer = nullptr;
  ~State() {
    if (tokenizer != nullptr) methods.xDelete(tokenizer);
  }
};

TermSplitter::TermSplitter(const Database& database, bool stems) : state_(std::make_unique<State>()) {
  fts5_api* api = full_text_api(database);
  void* user_data = nullptr;
  const char* base = word_tokenizer_name;
  if (api->xFindTokenizer(api, stems ? "porter" : base, &user_data, &state_->methods) != SQLITE_OK ||
      state_->methods.xCreate(user_data, &base, stems ? 1 : 0, &state_->tokenizer) != SQLITE_OK)
    database.fail_here("making the tokenizer of search terms");
}

TermSplitter::~TermSplitter() = default;

std::vector<TermSplitter::Term> TermSplitter::split(std::string_view text) {
  std::vector<Term> terms;
  const auto collect = [](void* context, int, const char* term, int size, int begin, int end) noexcept {
    try {
      static_cast<std::vector<Term>*>(context)->push_back(
          {std::string(term, static_cast<std::size_t>(size)), static_cast<std::size_t>(begin), static_cast<std::size_t>(end)});
      return SQLITE_OK;
    } catch (const std::exception&) {
      return SQLITE_NOMEM;
    }
  };
  const int result =
      state_->methods.xTokenize(state_->tokenizer, &terms, FTS5_TOKENIZE_DOCUMENT, text.data(), static_cast<int>(text.size()), collect);
  require(result == SQLITE_OK, "a text of {} bytes cannot be split into terms", text.size());
  return terms;
}

}  // namespace fathom::index
