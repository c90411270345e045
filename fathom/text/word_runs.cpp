#include "fathom/text/word_runs.h"

#include <algorithm>
#include <string>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

constexpr std::size_t buffer_bytes = 1 << 16;

class TableSource : public WordSource {
 public:
  explicit TableSource(const WordTable& table) : table_(table) {}
  bool next() override {
    if (index_ == table_.size()) return false;
    word_ = table_.word(index_, room_);
    count_ = table_.count(index_++);
    return true;
  }

 private:
  const WordTable& table_;
  std::size_t index_ = 0;
  char room_[8];
};

class RunWriter {
 public:
  explicit RunWriter(const std::filesystem::path& scratch_directory) : file_(scratch_directory) {}

  void add(std::string_view word, std::int64_t count) {
    const auto difference = std::mismatch(word.begin(), word.end(), previous_.begin(), previous_.end());
    const auto shared = static_cast<std::size_t>(difference.first - word.begin());
    add_number(shared);
    add_number(word.size() - shared);
    buffer_.append(word.substr(shared));
    add_number(static_cast<std::uint64_t>(count));
    previous_.assign(word);
    if (buffer_.size() >= buffer_bytes) flush();
  }
  ScratchFile finish() {
    flush();
    return std::move(file_);
  }

 private:
  // Seven bits a byte, the lowest first; the eighth says that more follow.
  void add_number(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) buffer_.push_back(static_cast<char>(number | 0x80));
    buffer_.push_back(static_cast<char>(number));
  }
  void flush() {
    file_.append(buffer_.data(), buffer_.size());
    buffer_.clear();
  }

  ScratchFile file_;
  std::string buffer_, previous_;
};

class RunSource : public WordSource {
 public:
  explicit RunSource(const ScratchFile& file) : file_(file), buffer_(buffer_bytes) {}

  bool next() override {
    if (at_ == filled_ && !fill()) return false;
    spelled_.resize(number());
    for (std::uint64_t left = number(); left > 0;) {
      require(at_ < filled_ || fill(), "a temporary file of words ends early; was it changed?");
      const std::size_t here = std::min<std::size_t>(left, filled_ - at_);
      spelled_.append(buffer_.data() + at_, here);
      at_ += here;
      left -= here;
    }
    count_ = static_cast<std::int64_t>(number());
    word_ = spelled_;
    return true;
  }

 private:
  bool fill() {
    filled_ = file_.read_at(offset_, buffer_.data(), buffer_.size());
    offset_ += filled_;
    at_ = 0;
    return filled_ > 0;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      require(at_ < filled_ || fill(), "a temporary file of words ends early; was it changed?");
      const auto byte = static_cast<unsigned char>(buffer_[at_++]);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
  }

  const ScratchFile& file_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, filled_ = 0;  // bytes [at_, filled_) of the buffer are not read yet
  std::uint64_t offset_ = 0;
  std::string spelled_;
};

}  // namespace

std::unique_ptr<WordSource> read_words(const WordTable& table) { return std::make_unique<TableSource>(table); }

WordRun WordRun::write(const WordTable& table, const std::filesystem::path& scratch_directory) {
  RunWriter writer(scratch_directory);
  for (TableSource source(table); source.next();) writer.add(source.word(), source.count());
  return WordRun(writer.finish());
}

WordRun WordRun::merge(const std::vector<WordRun>& runs, const std::filesystem::path& scratch_directory) {
  std::vector<std::unique_ptr<WordSource>> sources;
  for (const WordRun& run : runs) sources.push_back(run.read());
  RunWriter writer(scratch_directory);
  merge_words(std::move(sources), [&](std::string_view word, std::int64_t count) { writer.add(word, count); });
  return WordRun(writer.finish());
}

std::unique_ptr<WordSource> WordRun::read() const { return std::make_unique<RunSource>(file_); }

void merge_words(std::vector<std::unique_ptr<WordSource>> sources, const VisitWord& visit) {
  std::erase_if(sources, [](const auto& source) { return !source->next(); });
  if (sources.size() == 1) {  // nothing to compare or to add up
    do visit(sources.front()->word(), sources.front()->count());
    while (sources.front()->next());
    return;
  }
  const auto later = [](const auto& a, const auto& b) { return a->word() > b->word(); };
  std::make_heap(sources.begin(), sources.end(), later);
  std::string word;
  while (!sources.empty()) {
    word.assign(sources.front()->word());
    std::int64_t count = 0;
    while (!sources.empty() && sources.front()->word() == word) {
      std::pop_heap(sources.begin(), sources.end(), later);
      count += sources.back()->count();
      if (sources.back()->next()) {
        std::push_heap(sources.begin(), sources.end(), later);
      } else {
        sources.pop_back();
      }
    }
    visit(word, count);
  }
}

}  // namespace fathom::text
