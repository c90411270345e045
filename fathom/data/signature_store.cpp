#include "fathom/data/signature_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/little_endian.h"
#include "fathom/data/name_file.h"
#include "fathom/data/record_file.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* format_name = "fathom signature store";
constexpr std::int64_t format_version = 1;
constexpr std::int64_t text_rules = 1;  // changes when words, shingles or fingerprints of the same text change
constexpr std::size_t fingerprint_bytes = 16;
constexpr std::int64_t batch_bytes = 1 << 18;  // of a sequential read

std::size_t record_bytes(const MinHashOptions& options) { return fingerprint_bytes + 4 * static_cast<std::size_t>(options.permutations); }

// A checksum of all records so far and this one.
std::uint64_t chained(std::uint64_t checksum, std::string_view record, std::string_view name) {
  char before[8];
  store_u64(before, checksum);
  Murmur3 hash;
  hash.update({before, sizeof before});
  hash.update(record);
  hash.update(name);
  return hash.finish().low;
}

void encode(const DocumentSignature& signature, std::size_t permutations, std::string& record) {
  record.assign(fingerprint_bytes + 4 * permutations, '\xff');
  store_u64(record.data(), signature.fingerprint.low);
  store_u64(record.data() + 8, signature.fingerprint.high);
  for (std::size_t i = 0; i < signature.minhash.size(); ++i) store_u32(record.data() + fingerprint_bytes + 4 * i, signature.minhash[i]);
}

Fingerprint decode_fingerprint(const char* record) { return {load_u64(record), load_u64(record + 8)}; }

// A text of words has the signature of all ones with probability 2^-4096 or less.
void decode_minhash(const char* record, std::size_t permutations, std::vector<std::uint32_t>& minhash) {
  minhash.resize(permutations);
  for (std::size_t i = 0; i < permutations; ++i) minhash[i] = load_u32(record + fingerprint_bytes + 4 * i);
  if (std::all_of(minhash.begin(), minhash.end(), [](std::uint32_t value) { return value == 0xffffffff; })) minhash.clear();
}

struct Manifest {
  MinHashOptions options;
  std::int64_t documents = 0;
  std::uint64_t checksum = 0;
};

Manifest read_manifest(const fs::path& directory) {
  const fs::path path = directory / "manifest.json";
  require(fs::is_regular_file(path), "{}: no signature store (there is no manifest.json)", directory.string());
  const Json json = read_json(path);
  const std::string origin = path.string();
  const auto format = json_get<std::string>(json, "format", origin);
  require(format == format_name, "{}: 'format' is '{}', a '{}' is needed", origin, format, format_name);
  const auto version = json_get<std::int64_t>(json, "version", origin);
  require(version == format_version, "{}: version {} of the format is not known; {} is. Make the store again", origin, version,
          format_version);
  const auto rules = json_get<std::int64_t>(json, "text_rules", origin);
  require(rules == text_rules, "{}: the signatures were made by text rules {}, this program has {}; make the store again", origin, rules,
          text_rules);
  Manifest manifest;
  manifest.options.permutations = json_get<int>(json, "permutations", origin);
  manifest.options.shingle.words = json_get<int>(json, "shingle_words", origin);
  manifest.options.shingle.characters = json_get<int>(json, "shingle_characters", origin);
  manifest.options.seed = json_get<std::uint64_t>(json, "seed", origin);
  manifest.documents = json_get<std::int64_t>(json, "documents", origin);
  require(manifest.documents >= 0, "{}: 'documents' is {}, which is no count", origin, manifest.documents);
  require(manifest.options.permutations >= 0 && manifest.options.permutations <= 4096, "{}: 'permutations' is {}, expected 0 to 4096",
          origin, manifest.options.permutations);
  const auto checksum = json_get<std::string>(json, "checksum", origin);
  const bool hexadecimal = checksum.size() == 16 && checksum.find_first_not_of("0123456789abcdef") == std::string::npos;
  require(hexadecimal, "{}: 'checksum' is no number of 16 hexadecimal digits", origin);
  manifest.checksum = std::stoull(checksum, nullptr, 16);
  return manifest;
}

void require_same(const fs::path& directory, const MinHashOptions& has, const MinHashOptions& expected) {
  const auto compare = [&](const char* what, auto stored, auto wanted) {
    require(stored == wanted,
            "{}: the store was made with {} = {}, this run has {}; signatures of both cannot be compared. Give the same value",
            directory.string(), what, stored, wanted);
  };
  compare("permutations", has.permutations, expected.permutations);
  compare("shingle words", has.shingle.words, expected.shingle.words);
  compare("shingle characters", has.shingle.characters, expected.shingle.characters);
  compare("seed", has.seed, expected.seed);
}

}  // namespace

struct SignatureStore::State {
  State(fs::path place, const MinHashOptions& minhash, RecordFile::Use use, std::int64_t count)
      : directory(std::move(place)),
        options(minhash),
        signatures(directory / "signatures.bin", record_bytes(minhash), use, count),
        names(directory, use, count) {}

  fs::path directory;
  MinHashOptions options;
  RecordFile signatures;
  NameFile names;
  std::uint64_t checksum = 0;                                      // of all
  std::optional<std::pair<std::int64_t, std::uint64_t>> expected;  // what the manifest says after how many documents
  std::string record;

  // Visits all in order and returns their checksum.
  template <typename Visit>
  std::uint64_t walk(const Visit& visit) const {
    const auto bytes = static_cast<std::int64_t>(signatures.record_bytes());
    const std::int64_t step = std::max<std::int64_t>(1, batch_bytes / bytes);
    std::string batch(static_cast<std::size_t>(step * bytes), '\0');
    DocumentSignature signature;
    std::uint64_t sum = 0;
    for (std::int64_t first = 0; first < signatures.size(); first += step) {
      const std::int64_t count = std::min(step, signatures.size() - first);
      signatures.read(first, count, batch.data());
      for (std::int64_t i = 0; i < count; ++i) {
        const std::string_view bytes_of_one(batch.data() + i * bytes, static_cast<std::size_t>(bytes));
        sum = chained(sum, bytes_of_one, names.get(first + i));
        signature.fingerprint = decode_fingerprint(bytes_of_one.data());
        decode_minhash(bytes_of_one.data(), static_cast<std::size_t>(options.permutations), signature.minhash);
        visit(first + i, std::as_const(signature));
        if (expected && expected->first == first + i + 1 && expected->second != sum) {
          fail("{}: the signatures are not those that the manifest's checksum was made of; the store is damaged", directory.string());
        }
      }
    }
    return sum;
  }
};

SignatureStore::SignatureStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
SignatureStore::SignatureStore(SignatureStore&&) noexcept = default;
SignatureStore& SignatureStore::operator=(SignatureStore&&) noexcept = default;
SignatureStore::~SignatureStore() = default;

SignatureStore SignatureStore::create(const fs::path& directory, const MinHashOptions& options) {
  std::error_code error;
  fs::create_directories(directory, error);
  require(fs::is_directory(directory), "{}: the directory cannot be created: {}", directory.string(), error.message());
  require(!fs::exists(directory / "manifest.json"), "{}: there is a store already; extend it, or choose another directory",
          directory.string());
  SignatureStore store(std::make_unique<State>(directory, options, RecordFile::Use::create, 0));
  store.commit();
  return store;
}

SignatureStore SignatureStore::open(const fs::path& directory, const MinHashOptions* expected) {
  const Manifest manifest = read_manifest(directory);
  if (expected != nullptr) require_same(directory, manifest.options, *expected);
  SignatureStore store(std::make_unique<State>(directory, manifest.options, RecordFile::Use::read, manifest.documents));
  store.state_->checksum = manifest.checksum;
  store.state_->expected.emplace(manifest.documents, manifest.checksum);
  return store;
}

SignatureStore SignatureStore::append_to(const fs::path& directory, const MinHashOptions& expected, std::int64_t count) {
  const Manifest manifest = read_manifest(directory);
  require_same(directory, manifest.options, expected);
  if (count < 0) count = manifest.documents;
  require(count <= manifest.documents, "{}: {} documents are needed to go on, but the store holds {}", directory.string(), count,
          manifest.documents);
  SignatureStore store(std::make_unique<State>(directory, manifest.options, RecordFile::Use::append, count));
  State& state = *store.state_;
  if (count == manifest.documents) {
    state.checksum = manifest.checksum;
    state.expected.emplace(count, manifest.checksum);
  } else {
    state.checksum = state.walk([](std::int64_t, const DocumentSignature&) {});
    store.commit();  // before anything is dropped: the manifest never promises what is not there
  }
  state.signatures.drop_rest();
  state.names.drop_rest();
  return store;
}

void require_same_options(const SignatureStore& store, const MinHashOptions& expected) {
  require_same(store.directory(), store.options(), expected);
}

const fs::path& SignatureStore::directory() const { return state_->directory; }
const MinHashOptions& SignatureStore::options() const { return state_->options; }
std::int64_t SignatureStore::size() const { return state_->signatures.size(); }

void SignatureStore::append(const DocumentSignature& signature, std::string_view name) {
  State& state = *state_;
  const auto permutations = static_cast<std::size_t>(state.options.permutations);
  require(signature.minhash.empty() || signature.minhash.size() == permutations, "{}: a signature of {} places was given, {} are stored",
          state.directory.string(), signature.minhash.size(), permutations);
  name = name.substr(0, NameFile::longest);
  encode(signature, permutations, state.record);
  state.signatures.append(state.record);
  state.names.append(name);
  state.checksum = chained(state.checksum, state.record, name);
}

void SignatureStore::commit() {
  State& state = *state_;
  state.signatures.sync();
  state.names.sync();
  const OrderedJson manifest = {{"format", format_name},
                                {"version", format_version},
                                {"text_rules", text_rules},
                                {"permutations", state.options.permutations},
                                {"shingle_words", state.options.shingle.words},
                                {"shingle_characters", state.options.shingle.characters},
                                {"seed", state.options.seed},
                                {"documents", size()},
                                {"checksum", fmt::format("{:016x}", state.checksum)}};
  write_file_atomically(state.directory / "manifest.json", manifest.dump(2) + "\n");
}

Fingerprint SignatureStore::fingerprint(std::int64_t document) const {
  std::string record(state_->signatures.record_bytes(), '\0');
  state_->signatures.read(document, 1, record.data());
  return decode_fingerprint(record.data());
}

std::vector<std::uint32_t> SignatureStore::minhash(std::int64_t document) const {
  std::string record(state_->signatures.record_bytes(), '\0');
  state_->signatures.read(document, 1, record.data());
  std::vector<std::uint32_t> minhash;
  decode_minhash(record.data(), static_cast<std::size_t>(state_->options.permutations), minhash);
  return minhash;
}

std::string SignatureStore::name(std::int64_t document) const { return state_->names.get(document); }

void SignatureStore::for_each(const std::function<void(std::int64_t, const DocumentSignature&)>& visit) const { state_->walk(visit); }

}  // namespace fathom::data
