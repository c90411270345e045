// Latency of BM25 over the pages of an index on one thread, beside Xapian over the same texts where it is installed (libxapian-dev).
//   text_bench INDEX QUERIES [queries 1000] [folder for Xapian's database]
// QUERIES: one a line. Xapian takes English endings off as we do, joins words by OR and gives the 100 best; its database is made once in
// the folder (default: beside the index, INDEX.xapian).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#ifdef FATHOM_WITH_XAPIAN
#include <xapian.h>
#endif

#include "fathom/base/error.h"
#include "fathom/index/page_reader.h"

namespace {

using namespace fathom;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

struct Engine {
  std::string name;
  std::function<std::size_t(const std::string&)> search;  // the number of pages found
  std::vector<double> milliseconds = {};
  std::size_t found = 0;  // queries that found something
};

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

std::vector<std::string> read_lines(const std::string& path, std::size_t most) {
  std::ifstream file(path);
  require(file.is_open(), "{}: cannot be read; a query a line is expected", path);
  std::vector<std::string> lines;
  for (std::string line; lines.size() < most && std::getline(file, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

#ifdef FATHOM_WITH_XAPIAN
void make_xapian(index::PageReader& reader, const std::string& folder) {
  const auto begin = Clock::now();
  const std::string partial = folder + ".partial";
  std::filesystem::remove_all(partial);
  {
    Xapian::WritableDatabase database(partial, Xapian::DB_CREATE_OR_OVERWRITE);
    Xapian::TermGenerator generator;
    generator.set_stemmer(Xapian::Stem("english"));
    generator.set_stemming_strategy(Xapian::TermGenerator::STEM_ALL);
    for (const std::int64_t number : reader.all_pages()) {
      const index::Page page = reader.page(number);
      Xapian::Document document;
      generator.set_document(document);
      generator.index_text_without_positions(page.title);
      generator.index_text_without_positions(page.text);
      document.set_data(page.id);
      database.add_document(document);
    }
    database.commit();
  }
  std::filesystem::rename(partial, folder);
  fmt::print("Xapian's database made in {:.0f} s\n", seconds_since(begin));
}

Engine xapian_engine(const std::string& folder) {
  auto database = std::make_shared<Xapian::Database>(folder);
  auto parser = std::make_shared<Xapian::QueryParser>();
  parser->set_database(*database);
  parser->set_stemmer(Xapian::Stem("english"));
  parser->set_stemming_strategy(Xapian::QueryParser::STEM_ALL);
  return {"Xapian, OR, 100 best", [=](const std::string& query) {
            Xapian::Enquire enquire(*database);
            enquire.set_query(parser->parse_query(query, 0));
            return static_cast<std::size_t>(enquire.get_mset(0, 100).size());
          }};
}
#endif

int run(int count, char** values) {
  if (count < 3) fail_usage("text_bench INDEX QUERIES [queries] [folder for Xapian]");
  const std::vector<std::string> queries = read_lines(values[2], count > 3 ? std::stoull(values[3]) : 1000);
  index::PageReader reader(values[1], {.verify = false});
  std::vector<Engine> engines;
  engines.push_back({"fathom BM25", [&](const std::string& query) { return reader.search_text(reader.text_query(query)).size(); }});
#ifdef FATHOM_WITH_XAPIAN
  const std::string folder = count > 4 ? values[4] : std::string(values[1]) + ".xapian";
  if (!std::filesystem::exists(folder)) make_xapian(reader, folder);
  engines.push_back(xapian_engine(folder));
#endif
  for (int round = 0; round < 2; ++round) {  // the first fills the caches
    for (Engine& engine : engines) engine.milliseconds.clear(), engine.found = 0;
    for (const std::string& query : queries) {
      for (Engine& engine : engines) {
        const auto begin = Clock::now();
        engine.found += engine.search(query) > 0 ? 1 : 0;
        engine.milliseconds.push_back(1e3 * seconds_since(begin));
      }
    }
  }
  fmt::print("{} pages, {} queries\n{:24} {:>8} {:>8} {:>8} {:>8} {:>8}\n", reader.state().pages, queries.size(), "ms", "p50", "p95", "p99",
             "max", "answered");
  for (const Engine& engine : engines)
    fmt::print("{:24} {:8.2f} {:8.2f} {:8.2f} {:8.2f} {:8}\n", engine.name, quantile(engine.milliseconds, 0.5),
               quantile(engine.milliseconds, 0.95), quantile(engine.milliseconds, 0.99), quantile(engine.milliseconds, 1.0), engine.found);
  std::string hostile;
  for (std::size_t i = 0, words = 0; words < 10'000; ++i) {
    hostile += queries[i % queries.size()] + " ";
    words += static_cast<std::size_t>(std::count(queries[i % queries.size()].begin(), queries[i % queries.size()].end(), ' ')) + 1;
  }
  const auto begin = Clock::now();
  engines.front().search(hostile);
  fmt::print("a query of 10,000 words: fathom {:.1f} ms\n", 1e3 * seconds_since(begin));
  return 0;
}

}  // namespace

int main(int count, char** values) {
  try {
    return run(count, values);
  } catch (const std::exception& error) {
    fmt::print(stderr, "text_bench: {}\n", error.what());
    return 1;
#ifdef FATHOM_WITH_XAPIAN
  } catch (const Xapian::Error& error) {
    fmt::print(stderr, "text_bench: Xapian: {}\n", error.get_msg());
    return 1;
#endif
  }
}
