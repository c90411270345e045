// A page reader's connection with its prepared statements. Private to the room.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "fathom/base/error.h"
#include "fathom/index/full_text_score.h"
#include "fathom/index/page_database.h"
#include "fathom/index/page_reader.h"
#include "fathom/index/sqlite.h"
#include "fathom/index/word_tokenizer.h"

namespace fathom::index {

struct PageReader::Connection {
  explicit Connection(const std::filesystem::path& directory)
      : database(open_page_database(directory, Database::Access::read)),
        terms(database, read_state(database).settings.stems),
        generation(database, "SELECT value FROM meta WHERE key = 'generation'"),
        find(database, "SELECT number FROM documents WHERE id = ?1"),
        select(database, "SELECT id, title, body, url FROM documents WHERE number = ?1"),
        select_id(database, "SELECT id FROM documents WHERE number = ?1"),
        select_hash(database, "SELECT hash FROM documents WHERE number = ?1"),
        same_hash(database, "SELECT id FROM documents WHERE hash = ?1 ORDER BY number"),
        metadata(database, "SELECT key, value FROM metadata WHERE document = ?1 ORDER BY key, value"),
        sentences(database, "SELECT begin, end FROM sentences WHERE document = ?1 ORDER BY ordinal"),
        frequency(database, "SELECT documents FROM terms WHERE term = ?1"),
        match(scored(database), "SELECT rowid, page_score(full_text, ?2, ?3, ?4) FROM full_text WHERE full_text MATCH ?1 LIMIT ?5") {}

  static const Database& scored(const Database& database) {
    register_score_function(database);
    return database;
  }

  // Indexes of version 1 have no tables of questions; a writer may add them while this connection lasts.
  void know_questions() {
    if (questions) return;
    questions.emplace(database, "SELECT sentence, question FROM questions WHERE document = ?1 ORDER BY ordinal");
    suggestions.emplace(database, "SELECT sentence, question, answer FROM suggestions WHERE document = ?1 ORDER BY ordinal");
  }

  std::string text_of(Statement& statement, std::int64_t number) {
    statement.reset();
    require(statement.bind(1, number).step(), "{}: there is no page {}", database.origin(), number);
    std::string text(statement.text(0));
    statement.reset();
    return text;
  }

  Database database;
  TermSplitter terms;
  Statement generation, find, select, select_id, select_hash, same_hash, metadata, sentences, frequency, match;
  std::optional<Statement> questions, suggestions;
};

}  // namespace fathom::index
