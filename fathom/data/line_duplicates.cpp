#include "fathom/data/line_duplicates.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/data/line_occurrences.h"
#include "fathom/data/occurrence_sort.h"
#include "fathom/data/repeated_lines.h"

namespace fathom::data {
namespace {

void check(const LineDuplicateOptions& options) {
  require(options.min_characters >= 1, "min_characters of lines is {}, at least 1 is needed", options.min_characters);
  require(options.max_documents >= 1, "max_documents of a line is {}, at least 1 is needed", options.max_documents);
  require(options.memory_bytes >= 1 << 20, "{} bytes of memory for counting lines are too few; give at least 1 MiB", options.memory_bytes);
}

DuplicateOptions exact_options(const LineDuplicateOptions& options) {
  check(options);
  DuplicateOptions exact = options.near_options;
  exact.near = false;
  return exact;
}

DuplicateOptions near_options(const LineDuplicateOptions& options) {
  DuplicateOptions near = options.near_options;
  near.near = options.near;
  return near;
}

}  // namespace

LineSigner::LineSigner(const LineDuplicateOptions& options)
    : options_(options), exact_(exact_options(options)), near_(near_options(options)) {}

std::vector<LineSignature> LineSigner::sign(std::string_view text) const {
  std::vector<LineSignature> lines;
  for_each_countable_line(text, options_.min_characters, [&](const CountableLine& line) {
    const bool near = options_.near && line.characters >= options_.near_min_characters;
    lines.push_back({line.number, (near ? near_ : exact_).sign(text.substr(line.begin, line.end - line.begin))});
  });
  return lines;
}

struct RepeatedLineCounter::State {
  State(const LineDuplicateOptions& wanted, LineOccurrences lines, std::optional<SignatureStore> near_store,
        const std::vector<std::filesystem::path>& earlier_directories)
      : options(wanted), own(std::move(lines)) {
    check(options);
    std::vector<SignatureStore> stores;
    for (const std::filesystem::path& directory : earlier_directories) {
      earlier.push_back(LineOccurrences::open(directory, options));
      if (options.near) stores.push_back(SignatureStore::open(earlier.back().near_directory(), &options.near_options.minhash));
    }
    if (options.near) near.emplace(near_options(options), std::move(*near_store), std::move(stores));
  }

  LineDuplicateOptions options;
  LineOccurrences own;
  std::vector<LineOccurrences> earlier;
  std::optional<DuplicateIndex> near;
  std::vector<LineOccurrence> of_document;
};

RepeatedLineCounter::RepeatedLineCounter(std::unique_ptr<State> state) : state_(std::move(state)) {}
RepeatedLineCounter::RepeatedLineCounter(RepeatedLineCounter&&) noexcept = default;
RepeatedLineCounter& RepeatedLineCounter::operator=(RepeatedLineCounter&&) noexcept = default;
RepeatedLineCounter::~RepeatedLineCounter() = default;

RepeatedLineCounter RepeatedLineCounter::create(const std::filesystem::path& directory, const LineDuplicateOptions& options,
                                                const std::vector<std::filesystem::path>& earlier) {
  LineOccurrences lines = LineOccurrences::create(directory, options);
  std::optional<SignatureStore> near;
  if (options.near) {
    // Without a manifest beside it, a store here is what an interrupted create() left.
    std::filesystem::remove_all(lines.near_directory());
    near = SignatureStore::create(lines.near_directory(), options.near_options.minhash);
  }
  lines.commit();
  return RepeatedLineCounter(std::make_unique<State>(options, std::move(lines), std::move(near), earlier));
}

RepeatedLineCounter RepeatedLineCounter::resume(const std::filesystem::path& directory, const LineDuplicateOptions& options,
                                                const std::vector<std::filesystem::path>& earlier, std::int64_t documents) {
  LineOccurrences lines = LineOccurrences::append_to(directory, options, documents);
  std::optional<SignatureStore> near;
  if (options.near) near = SignatureStore::append_to(lines.near_directory(), options.near_options.minhash, lines.near_lines());
  return RepeatedLineCounter(std::make_unique<State>(options, std::move(lines), std::move(near), earlier));
}

void RepeatedLineCounter::add(const std::vector<LineSignature>& lines, std::string_view name) {
  State& s = *state_;
  s.of_document.clear();
  for (const LineSignature& line : lines) {
    const std::uint64_t hash = line.signature.fingerprint.low;
    LineOccurrence occurrence{hash, hash, 0, line.line};
    if (s.near && !line.signature.minhash.empty()) {
      if (const auto match = s.near->add(line.signature, "")) occurrence.group = match->fingerprint.low;
    }
    s.of_document.push_back(occurrence);
  }
  s.own.append(s.of_document, s.near ? s.near->kept() : 0, name);
}

void RepeatedLineCounter::commit() {
  if (state_->near) state_->near->commit();  // first: it may hold more than the counts know of, never less
  state_->own.commit();
}

std::int64_t RepeatedLineCounter::documents() const { return state_->own.documents(); }

RepeatedLines RepeatedLineCounter::finish() const {
  const State& s = *state_;
  std::vector<const LineOccurrences*> runs;
  for (const LineOccurrences& run : s.earlier) runs.push_back(&run);
  runs.push_back(&s.own);
  std::vector<std::uint64_t> begins;
  OccurrenceSort sort(s.options.memory_bytes, s.options.near_options.scratch_directory);
  std::uint64_t documents = 0;
  for (const LineOccurrences* run : runs) {
    begins.push_back(documents);
    run->for_each([&](const LineOccurrence& line) { sort.add({line.group, documents + line.document, line.line}); });
    documents += static_cast<std::uint64_t>(run->documents());
  }

  auto result = std::make_unique<RepeatedLines::State>();
  result->min_characters = s.options.min_characters;
  GroupOccurrence first, last;
  std::int64_t count = 0;
  const auto finish_group = [&] {
    if (count <= s.options.max_documents) return;
    const auto run = static_cast<std::size_t>(std::upper_bound(begins.begin(), begins.end(), first.document) - begins.begin()) - 1;
    const auto document = static_cast<std::int64_t>(first.document - begins[run]);
    result->add_group({first.group, count, runs[run]->name(document), first.line});
  };
  sort.finish([&](const GroupOccurrence& occurrence) {
    if (count == 0 || occurrence.group != last.group) {
      finish_group();
      first = occurrence;
      count = 1;
    } else if (occurrence.document != last.document) {
      ++count;
    }
    last = occurrence;
  });
  finish_group();
  for (const LineOccurrences* run : runs) {
    run->for_each([&](const LineOccurrence& line) {
      const std::uint32_t group = result->lines.find(line.group);
      if (group != CompactMap::none && line.hash != line.group) result->near_lines.emplace_back(line.hash, group);
    });
  }
  result->take_near_lines();
  return RepeatedLines(std::move(result));
}

}  // namespace fathom::data
