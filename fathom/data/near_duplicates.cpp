#include "fathom/data/near_duplicates.h"

#include <algorithm>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/data/key_table.h"

namespace fathom::data {
namespace {

std::uint64_t mix(std::uint64_t h) {
  h = (h ^ (h >> 32)) * 0x9fb21c651e98df25;
  h = (h ^ (h >> 29)) * 0xd6e8feb86659fd93;
  return h ^ (h >> 32);
}

void check(const DuplicateOptions& options) {
  require(options.memory_bytes >= 1 << 20, "{} bytes of memory for duplicate search are too few; give at least 1 MiB",
          options.memory_bytes);
  require(options.max_documents_a_key >= 1, "max_documents_a_key is {}, at least 1 is needed", options.max_documents_a_key);
  if (!options.near) return;
  require(
      options.bands >= 1 && options.rows >= 1 && static_cast<std::int64_t>(options.bands) * options.rows <= options.minhash.permutations,
      "{} bands of {} rows need as many permutations, but there are {}", options.bands, options.rows, options.minhash.permutations);
  require(options.threshold > 0.0 && options.threshold <= 1.0, "the similarity threshold is {}, expected above 0 and at most 1",
          options.threshold);
}

}  // namespace

DocumentSigner::DocumentSigner(const DuplicateOptions& options) : near_(options.near) {
  check(options);
  if (near_) hasher_.emplace(options.minhash);
}

DocumentSignature DocumentSigner::sign(std::string_view text) const {
  DocumentSignature signature{data::fingerprint(text), {}};
  if (near_) signature.minhash = hasher_->sign(text);
  return signature;
}

MinHashOptions stored_options(const DuplicateOptions& options) {
  MinHashOptions stored = options.minhash;
  if (!options.near) stored.permutations = 0;
  return stored;
}

struct DuplicateIndex::State {
  State(const DuplicateOptions& wanted, SignatureStore own, std::vector<SignatureStore> before)
      : options(wanted), stores(std::move(before)), table(wanted.memory_bytes, wanted.scratch_directory) {
    check(options);
    for (const SignatureStore& store : stores) {
      if (options.near) require_same_options(store, options.minhash);
    }
    require_same_options(own, stored_options(options));
    stores.push_back(std::move(own));
    for (const SignatureStore& store : stores) {
      begins.push_back(total);
      store.for_each([&](std::int64_t, const DocumentSignature& signature) { list(signature); });
    }
  }

  // keys[0] is the fingerprint's, the others those of the bands.
  void compute_keys(const DocumentSignature& signature) {
    keys.assign(1, mix(signature.fingerprint.low ^ mix(signature.fingerprint.high)));
    if (!options.near || signature.minhash.empty()) return;
    for (int band = 0; band < options.bands; ++band) {
      std::uint64_t key = static_cast<std::uint64_t>(band) + 1;
      for (int row = 0; row < options.rows; ++row)
        key = mix(key ^ signature.minhash[static_cast<std::size_t>(band * options.rows + row)]) + key;
      keys.push_back(mix(key));
    }
  }

  // Takes the next number for a document and enters it under its keys.
  void list(const DocumentSignature& signature) {
    compute_keys(signature);
    for (const std::uint64_t key : keys) {
      found.clear();
      if (table.find(key, found) < static_cast<std::size_t>(options.max_documents_a_key)) enter(key);
    }
    ++total;
  }
  void enter(std::uint64_t key) {
    require(total < 0xffffffff, "more than {} documents cannot be compared in one run", 0xfffffffe);
    table.insert(key, static_cast<std::uint32_t>(total));
  }

  struct Place {
    std::size_t store;
    std::int64_t document;
  };
  Place place_of(std::int64_t number) const {
    const auto after = std::upper_bound(begins.begin(), begins.end(), number);
    const auto store = static_cast<std::size_t>(after - begins.begin()) - 1;
    return {store, number - begins[store]};
  }
  DuplicateMatch match(std::int64_t number, bool exact, double similarity) const {
    const Place place = place_of(number);
    const bool own = place.store + 1 == stores.size();
    const SignatureStore& store = stores[place.store];
    return {exact,
            similarity,
            own ? -1 : static_cast<int>(place.store),
            place.document,
            store.name(place.document),
            store.fingerprint(place.document)};
  }

  SignatureStore& own() { return stores.back(); }

  DuplicateOptions options;
  std::vector<SignatureStore> stores;  // the earlier ones, then this run's
  std::vector<std::int64_t> begins;    // the number of each store's first document in the table
  std::int64_t total = 0;
  KeyTable table;
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> found, candidates;
  std::vector<std::uint64_t> open_keys;  // those under which the document at hand may be entered
};

DuplicateIndex::DuplicateIndex(const DuplicateOptions& options, SignatureStore store, std::vector<SignatureStore> earlier)
    : state_(std::make_unique<State>(options, std::move(store), std::move(earlier))) {}
DuplicateIndex::~DuplicateIndex() = default;
DuplicateIndex::DuplicateIndex(DuplicateIndex&&) noexcept = default;
DuplicateIndex& DuplicateIndex::operator=(DuplicateIndex&&) noexcept = default;

std::optional<DuplicateMatch> DuplicateIndex::add(const DocumentSignature& signature, std::string_view name) {
  State& s = *state_;
  s.compute_keys(signature);
  s.candidates.clear();
  s.open_keys.clear();
  for (std::size_t i = 0; i < s.keys.size(); ++i) {
    s.found.clear();
    const std::size_t count = s.table.find(s.keys[i], s.found);
    if (count < static_cast<std::size_t>(s.options.max_documents_a_key)) s.open_keys.push_back(s.keys[i]);
    s.candidates.insert(s.candidates.end(), s.found.begin(), s.found.end());
    if (i > 0) continue;
    std::sort(s.found.begin(), s.found.end());
    for (const std::uint32_t number : s.found) {
      const auto [store, document] = s.place_of(number);
      if (s.stores[store].fingerprint(document) == signature.fingerprint) return s.match(number, true, 1.0);
    }
  }
  std::sort(s.candidates.begin(), s.candidates.end());
  s.candidates.erase(std::unique(s.candidates.begin(), s.candidates.end()), s.candidates.end());
  double best = 0.0;
  std::int64_t best_number = -1;
  for (const std::uint32_t number : s.candidates) {
    if (signature.minhash.empty()) break;
    const auto [store, document] = s.place_of(number);
    const std::vector<std::uint32_t> other = s.stores[store].minhash(document);
    const double similarity = other.empty() ? 0.0 : estimate_jaccard(signature.minhash, other);
    if (similarity < s.options.threshold || similarity <= best) continue;
    best = similarity;
    best_number = number;
  }
  if (best_number >= 0) return s.match(best_number, false, best);
  s.own().append(signature, name);
  for (const std::uint64_t key : s.open_keys) s.enter(key);
  ++s.total;
  return std::nullopt;
}

void DuplicateIndex::commit() { state_->own().commit(); }
std::int64_t DuplicateIndex::kept() const { return state_->own().size(); }
const SignatureStore& DuplicateIndex::store() const { return state_->stores.back(); }

}  // namespace fathom::data
