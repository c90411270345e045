// The official XML of SemEval-2016 and -2017 Task 3 (community question answering, English), as far as subtask B goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace fathom::faq {

// A related question of a forum, found by a search engine for a new one.
struct SemevalThread {
  std::string query_id, query;  // OrgQuestion; subject and body joined by ". "
  std::string id, text;         // RelQuestion, joined so
  std::int64_t rank = 0;        // RELQ_RANKING_ORDER
  std::string relevance;        // RELQ_RELEVANCE2ORGQ: PerfectMatch, Relevant, Irrelevant, or "?" where it is kept back
  std::vector<std::string> comments;
  std::string position;  // "file:line" of the RelQuestion
};

// Whether the extension before a compression suffix is .xml.
bool is_xml_file(const std::filesystem::path& path);

// Calls `visit` with each thread, in bounded memory. Elements and attributes that are not named above are passed over. Throws Error with
// file:line: XML that is not well-formed or ends early, text that is not UTF-8, entities that the file declares, a thread without a related
// question or outside an OrgQuestion, a missing attribute, a rank that is no number, no thread at all.
void for_each_semeval_thread(const std::filesystem::path& path, const std::function<void(const SemevalThread&)>& visit);

}  // namespace fathom::faq
