#include "fathom/index/page_check.h"

#include <functional>

#include "fathom/base/error.h"
#include "fathom/index/page.h"
#include "fathom/index/vector_cells.h"
#include "fathom/index/vector_segment.h"

namespace fathom::index {
namespace {

constexpr std::size_t most_findings = 20;  // of each check
constexpr int most_attempts = 10;          // when a writer removes segments that are about to be looked at

std::vector<std::string> findings_of(const std::function<void(std::vector<std::string>&)>& check) {
  std::vector<std::string> findings;
  try {
    check(findings);
  } catch (const Error& error) {
    findings.emplace_back(error.what());
  }
  return findings;
}

std::int64_t number_of(const Database& database, const std::string& sql) {
  Statement select(database, sql);
  select.step();
  return select.integer(0);
}

std::vector<std::string> check_segments(const std::filesystem::path& directory, const Database& database) {
  std::vector<std::string> findings;
  const std::int64_t width = read_state(database).width;
  const std::vector<CellsRow> cells = read_cells(database);
  for (const SegmentRow& row : read_segments(database)) {
    for (std::string& finding : findings_of([&](auto&) {
           const VectorSegment segment(segment_path(directory, row.name), width, row.sha256);
           for (const CellsRow& of : cells)
             if (of.segment == row.name) VectorCells(segment_path(directory, of.name), segment, of.sha256);
         }))
      findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

std::vector<std::string> check_storage(const Database& database) {
  return findings_of([&](std::vector<std::string>& findings) {
    Statement check(database, fmt::format("PRAGMA integrity_check({})", most_findings));
    while (check.step())
      if (check.text(0) != "ok") findings.push_back(fmt::format("{}: {}", database.origin(), check.text(0)));
  });
}

std::vector<std::string> check_texts(const Database& database) {
  return findings_of([&](std::vector<std::string>& findings) {
    Statement select(database, "SELECT number, id, title, body, hash FROM documents ORDER BY number");
    Statement outside(database, "SELECT 1 FROM sentences WHERE document = ?1 AND (begin < 0 OR begin > end OR end > ?2) LIMIT 1");
    std::int64_t pages = 0;
    while (select.step()) {
      ++pages;
      Page page;
      page.id = select.text(1);
      page.title = select.text(2);
      page.text = select.text(3);
      outside.reset();
      const bool sound = content_hash(page) == select.text(4) &&
                         !outside.bind(1, select.integer(0)).bind(2, static_cast<std::int64_t>(page.text.size())).step();
      if (!sound && findings.size() < most_findings)
        findings.push_back(
            fmt::format("{}: the page '{}' is not what was added: its text or its sentences are damaged; add it again from its source",
                        database.origin(), page.id));
    }
    const std::int64_t stated = read_state(database).pages;
    if (pages != stated) findings.push_back(fmt::format("{}: {} pages are there, {} should be", database.origin(), pages, stated));
  });
}

std::vector<std::string> check_questions(const Database& database) {
  return findings_of([&](std::vector<std::string>& findings) {
    if (read_state(database).version == oldest_page_index_version) return;
    const std::int64_t lost = number_of(database,
                                        "SELECT count(*) FROM (SELECT document, sentence FROM questions UNION ALL"
                                        " SELECT document, sentence FROM suggestions) q WHERE NOT EXISTS (SELECT 1 FROM sentences s"
                                        " WHERE s.document = q.document AND s.ordinal = q.sentence)");
    if (lost > 0)
      findings.push_back(
          fmt::format("{}: {} questions are about sentences that are not there; `fathom index enrich` and `suggest` take them anew",
                      database.origin(), lost));
  });
}

std::vector<std::string> check_full_text(Database& database) {
  return findings_of([&](std::vector<std::string>& findings) {
    database.execute(
        "DROP TABLE IF EXISTS temp.page_words; CREATE VIRTUAL TABLE temp.page_words USING fts5vocab('main', 'full_text', 'row')");
    const std::int64_t tokens = number_of(database, "SELECT coalesce(sum(cnt), 0) FROM temp.page_words");
    const std::int64_t words = number_of(database, "SELECT count(*) FROM temp.page_words");
    const std::int64_t counted = number_of(database, "SELECT count(*) FROM terms WHERE documents > 0");
    const std::int64_t different =
        number_of(database, "SELECT count(*) FROM temp.page_words w LEFT JOIN terms t ON t.term = w.term WHERE t.documents IS NOT w.doc");
    if (tokens != read_state(database).tokens || words != counted || different > 0)
      findings.push_back(fmt::format("{}: full text and word counts differ: {} words in {} places and {} words in {}, {} of them otherwise",
                                     database.origin(), words, tokens, counted, read_state(database).tokens, different));
  });
}

std::vector<std::string> check_page_index(const std::filesystem::path& directory) {
  for (int attempt = 1;; ++attempt) {
    std::vector<std::string> findings;
    std::int64_t generation = 0;
    {
      Database database = open_page_database(directory, Database::Access::read);
      database.execute("PRAGMA query_only = OFF; BEGIN");  // temporary tables are written to; the index is not
      generation = read_state(database).generation;
      findings = check_storage(database);
      for (const auto& part :
           {check_texts(database), check_questions(database), check_full_text(database), check_segments(directory, database)})
        findings.insert(findings.end(), part.begin(), part.end());
      // Closing ends the transaction: a COMMIT would ask a damaged full text what it has to say.
    }
    if (findings.empty() || attempt == most_attempts) return findings;
    if (read_state(open_page_database(directory, Database::Access::read)).generation == generation) return findings;
  }
}

}  // namespace fathom::index
