// Looking at every byte of a page index: what a checksum, a hash or a count can tell.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fathom/index/page_database.h"

namespace fathom::index {

// Each returns what is wrong, a sentence a finding; of very many the first ones. Errors of SQLite are findings, too.

// SQLite's own check of its pages, rows and indexes.
std::vector<std::string> check_storage(const Database& database);
// Every page's title and text against the hash taken when it was added, its sentences against its text, and the number of pages.
std::vector<std::string> check_texts(const Database& database);
// Whether the sentences are there that questions and suggestions are about.
std::vector<std::string> check_questions(const Database& database);
// Words and their numbers of pages as full text and as the table `terms` have them. Writes a temporary table.
std::vector<std::string> check_full_text(Database& database);

// All of these and every segment's and every file of cells' checksum, in one state of the index, while others may change it. Throws Error:
// no page index, or one that cannot be opened.
std::vector<std::string> check_page_index(const std::filesystem::path& directory);

}  // namespace fathom::index
