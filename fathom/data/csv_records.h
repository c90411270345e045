// Records of a CSV file (RFC 4180): comma between fields, quotes around fields that hold commas, line ends or quotes (doubled).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace fathom::data {

// Calls `visit` with the fields of each record and where it begins ("file:line"); the first record is the header. Every record must have as
// many fields as the header; blank lines are passed over, and a byte-order mark is no text. Throws Error with file:line: a quote that
// is never closed, text behind a closing quote, a quote inside an unquoted field, too many or too few fields, text that is not UTF-8.
void for_each_csv_record(const std::filesystem::path& path,
                         const std::function<void(const std::vector<std::string>& fields, const std::string& position)>& visit);

}  // namespace fathom::data
