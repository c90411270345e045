#include "fathom/data/csv_records.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

class CsvParser {
 public:
  CsvParser(std::string_view text, std::string origin) : text_(text), origin_(std::move(origin)) {}

  // False at the end of the text. A record of one empty field is a blank line.
  bool next(std::vector<std::string>& fields, std::string& position) {
    if (at_ >= text_.size()) return false;
    position = here();
    fields.clear();
    while (true) {
      fields.push_back(text_.substr(at_).starts_with('"') ? quoted_field() : plain_field());
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      end_line();
      return true;
    }
  }

 private:
  std::string here() const { return fmt::format("{}:{}", origin_, line_); }

  std::string plain_field() {
    const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    require(end == text_.size() || text_[end] != '"',
            "{}: a quote stands inside a field that does not begin with one; put quotes around the field and double those inside", here());
    const std::string field(text_.substr(at_, end - at_));
    at_ = end;
    return field;
  }

  std::string quoted_field() {
    const std::string begin = here();
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          field += text_[++at_];
          continue;
        }
        ++at_;
        require(at_ == text_.size() || text_[at_] == ',' || text_[at_] == '\n' || text_[at_] == '\r',
                "{}: text follows a closing quote; a quote inside a quoted field is written twice", here());
        return field;
      }
      line_ += text_[at_] == '\n';
      field += text_[at_];
    }
    fail("{}: the quote that opens here is never closed", begin);
  }

  void end_line() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string_view text_;
  std::string origin_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace

void for_each_csv_record(const std::filesystem::path& path,
                         const std::function<void(const std::vector<std::string>&, const std::string&)>& visit) {
  const std::string bytes = read_file(path);
  std::string_view text = bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t valid = text::valid_prefix(text);
  require(valid == text.size(), "{}:{}: the text is not UTF-8; convert the file, or remove the bytes", path.string(),
          1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(valid), '\n'));
  CsvParser parser(text, path.string());
  std::vector<std::string> fields;
  std::string position;
  std::size_t columns = 0;
  while (parser.next(fields, position)) {
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (columns == 0) {
      columns = fields.size();
      for (const char* other : {";", "\t", "|"}) {
        require(
            columns > 1 || fields[0].find(other) == std::string::npos,
            "{}: the fields seem to be separated by '{}', but ',' is expected; convert the file (fields with a comma in them need quotes)",
            position, *other == '\t' ? "tab" : other);
      }
    }
    require(fields.size() == columns, "{}: {} fields, but the header has {}; a field with a comma in it needs quotes", position,
            fields.size(), columns);
    visit(fields, position);
  }
}

}  // namespace fathom::data
