#include "fathom/data/decontamination.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/data/compact_map.h"
#include "fathom/data/fingerprint.h"
#include "fathom/data/little_endian.h"
#include "fathom/data/test_set_texts.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

constexpr std::size_t sample_bytes = 200;

struct Span {
  std::size_t begin, end;
  std::uint32_t record;
};

bool has_word(std::string_view text) {
  std::array<Word, 1> word;
  return WordScanner(text).next(word) > 0;
}

std::string sample_of(std::string_view passage) {
  if (passage.size() <= sample_bytes) return std::string(passage);
  std::size_t size = sample_bytes;
  while (size > 0 && (static_cast<unsigned char>(passage[size]) & 0xC0) == 0x80) --size;
  return std::string(passage.substr(0, size));
}

std::uint64_t hash_of_number(std::uint64_t number) {
  char bytes[8];
  store_u64(bytes, number);
  return murmur3({bytes, sizeof bytes}).low;
}

}  // namespace

struct DecontaminationIndex::State {
  struct Set {
    std::string name;
    std::int64_t records = 0, left_out = 0;
  };
  struct Record {
    int set;
    std::string position;
  };

  DecontaminationOptions options;
  std::vector<Set> sets;
  std::vector<Record> records;  // those by which something is remembered
  CompactMap ngrams, short_texts;
  std::uint64_t sum = 0;  // of the hashes of what is remembered

  void remember(std::string_view text, const std::string& position, int set) {
    const auto record_number = [&] {
      if (records.empty() || records.back().set != set || records.back().position != position) records.push_back({set, position});
      require(records.size() < CompactMap::none, "the test sets have more than {} records", CompactMap::none);
      return static_cast<std::uint32_t>(records.size() - 1);
    };
    const auto insert = [&](CompactMap& map, std::uint64_t hash, std::uint64_t kind) {
      if (map.find(hash) == CompactMap::none && map.insert(hash, record_number())) sum += hash_of_number(hash + kind);
    };
    const Shingle whole = for_each_shingle(text, options.ngram, [&](const Shingle& shingle) { insert(ngrams, shingle.hash, 0); });
    if (whole.begin == whole.end) return;
    if (long_enough(text.substr(whole.begin, whole.end - whole.begin))) {
      insert(short_texts, whole.hash, 1);
    } else {
      ++sets[static_cast<std::size_t>(set)].left_out;
    }
  }

  bool long_enough(std::string_view text) const {
    const ShingleRoller measure(options.ngram);
    std::int64_t weight = 0;
    WordScanner scanner(text);
    std::array<Word, 64> words;
    while (const std::size_t count = scanner.next(words)) {
      for (std::size_t i = 0; i < count; ++i) weight += measure.weight_of(words[i]);
    }
    return weight * options.ngram.words >= std::int64_t{options.min_short_words} * measure.full();
  }

  // Calls `visit` with each passage; stops when it returns false.
  template <typename Visit>
  void search(std::string_view document, const Visit& visit) const {
    ShingleRoller roller(options.ngram);
    WordScanner scanner(document);
    std::array<Word, 256> words;
    bool go_on = true;
    const bool with_lines = short_texts.size() > 0;
    Run line, all;
    const auto check_run = [&](const Run& run) {
      if (run.weight == 0 || run.weight >= roller.full()) return;
      const std::uint32_t record = short_texts.find(run.hash.value());
      if (record != CompactMap::none) go_on = visit(Span{run.begin, run.end, record}) && go_on;
    };
    const auto check_shingle = [&](const Shingle& shingle) {
      const std::uint32_t record = ngrams.find(shingle.hash);
      if (record != CompactMap::none && go_on) go_on = visit(Span{shingle.begin, shingle.end, record});
    };
    std::size_t lines = 0;
    while (const std::size_t count = scanner.next(words)) {
      for (std::size_t i = 0; i < count && go_on; ++i) {
        roller.add(words[i], check_shingle);
        if (!with_lines) continue;
        if (words[i].begins_line) {
          check_run(line);
          line = {};
          ++lines;
        }
        line.add(words[i], roller);
        all.add(words[i], roller);
      }
      if (!go_on) return;
    }
    if (!with_lines) return;
    check_run(line);
    if (lines > 1 && go_on) check_run(all);
  }

 private:
  struct Run {
    RunHash hash;
    std::int64_t weight = 0;
    std::size_t begin = 0, end = 0;
    void add(const Word& word, const ShingleRoller& roller) {
      if (weight >= roller.full()) return;  // too long to be a short text
      if (weight == 0) begin = word.begin;
      end = word.end;
      weight += roller.weight_of(word);
      hash.add(word);
    }
  };
};

DecontaminationIndex::DecontaminationIndex(const std::vector<TestSet>& sets, const DecontaminationOptions& options)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.options = options;
  ShingleRoller checked(options.ngram);  // refuses sizes out of range
  require(options.min_short_words >= 1, "min_short_words is {}, at least 1 is needed", options.min_short_words);
  for (const TestSet& set : sets) {
    const int number = static_cast<int>(s.sets.size());
    s.sets.push_back({set.name.empty() ? set.file.filename().string() : set.name, 0, 0});
    std::int64_t texts = 0;
    const std::int64_t records = for_each_test_text(set, [&](std::string_view text, const std::string& position) {
      ++texts;
      s.remember(text, position, number);
    });
    s.sets.back().records = records;
    require(texts > s.sets.back().left_out, "{}: no text has {} words or more, so nothing can be searched for", set.file.string(),
            options.min_short_words);
  }
}

DecontaminationIndex::~DecontaminationIndex() = default;
DecontaminationIndex::DecontaminationIndex(DecontaminationIndex&&) noexcept = default;
DecontaminationIndex& DecontaminationIndex::operator=(DecontaminationIndex&&) noexcept = default;

std::vector<ContaminationHit> DecontaminationIndex::find(std::string_view document, std::size_t max_hits) const {
  std::vector<Span> spans;
  state_->search(document, [&](const Span& span) {
    if (!spans.empty() && spans.back().record == span.record && span.begin <= spans.back().end) {
      spans.back().begin = std::min(spans.back().begin, span.begin);
      spans.back().end = std::max(spans.back().end, span.end);
      return true;
    }
    if (spans.size() >= max_hits) return false;
    spans.push_back(span);
    return true;
  });
  std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::vector<ContaminationHit> hits;
  for (const Span& span : spans) {
    const State::Record& record = state_->records[span.record];
    hits.push_back({span.begin, span.end, record.set, record.position, sample_of(document.substr(span.begin, span.end - span.begin))});
  }
  return hits;
}

bool DecontaminationIndex::hits(std::string_view document) const {
  bool found = false;
  state_->search(document, [&](const Span&) {
    found = true;
    return false;
  });
  return found;
}

std::string DecontaminationIndex::without_passages(std::string_view document) const {
  std::vector<std::pair<std::size_t, std::size_t>> cuts;
  state_->search(document, [&](const Span& span) {
    cuts.emplace_back(span.begin, span.end);
    return true;
  });
  std::sort(cuts.begin(), cuts.end());
  std::size_t joined = 0;  // cuts that overlap become one
  for (const auto& cut : cuts) {
    if (joined > 0 && cut.first <= cuts[joined - 1].second) {
      cuts[joined - 1].second = std::max(cuts[joined - 1].second, cut.second);
    } else {
      cuts[joined++] = cut;
    }
  }
  cuts.resize(joined);
  std::string result, line;
  std::size_t next = 0;  // the first cut that ends behind the beginning of the line at hand
  for (std::size_t begin = 0; begin < document.size();) {
    const std::size_t found = document.find('\n', begin);
    const std::size_t end = found == std::string_view::npos ? document.size() : found + 1;
    const bool touched = next < cuts.size() && cuts[next].first < end;
    line.clear();
    std::size_t position = begin;
    while (next < cuts.size() && cuts[next].first < end) {
      if (cuts[next].first > position) line += document.substr(position, cuts[next].first - position);
      position = std::min(cuts[next].second, end);
      if (cuts[next].second > end) break;  // it goes on in the next line
      ++next;
    }
    line += document.substr(position, end - position);
    if (!touched || has_word(line)) result += line;
    begin = end;
  }
  return result;
}

const std::string& DecontaminationIndex::set_name(int set) const { return state_->sets.at(static_cast<std::size_t>(set)).name; }
std::int64_t DecontaminationIndex::records(int set) const { return state_->sets.at(static_cast<std::size_t>(set)).records; }
std::int64_t DecontaminationIndex::left_out(int set) const { return state_->sets.at(static_cast<std::size_t>(set)).left_out; }
std::int64_t DecontaminationIndex::ngrams() const { return static_cast<std::int64_t>(state_->ngrams.size()); }

std::uint64_t DecontaminationIndex::fingerprint() const {
  std::uint64_t result = state_->sum;
  for (const int number : {state_->options.ngram.words, state_->options.ngram.characters, state_->options.min_short_words}) {
    result = hash_of_number(result + static_cast<std::uint64_t>(number));
  }
  return result;
}

}  // namespace fathom::data
