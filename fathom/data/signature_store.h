// A directory that holds fingerprints, MinHash signatures and names of documents, so that later runs can look for their duplicates.
//
//   signatures.bin    records of 16 + 4·permutations bytes, little-endian: fingerprint (low, high), signature (all ones: no word)
//   names.bin, name_ends.bin    what each document is called in reports; where its name ends (u64)
//   manifest.json     format, version, parameters, count, chained checksum; written last and atomically, so it alone says what is there
//
// Data files only grow. What lies behind the manifest's count belongs to an interrupted run and is dropped when the store is opened for
// writing. The bytes are a function of the documents added, not of when they were committed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/data/fingerprint.h"
#include "fathom/data/minhash.h"

namespace fathom::data {

struct DocumentSignature {
  Fingerprint fingerprint;
  std::vector<std::uint32_t> minhash;  // empty: no word, or signatures are not wanted
};

class SignatureStore;
// Throws Error that names the parameter in which the store differs from `expected`.
void require_same_options(const SignatureStore& store, const MinHashOptions& expected);

class SignatureStore {
 public:
  // A new, empty store; the directory is created and may exist unless it holds a store (what is left of an interrupted create() is
  // none). Throws Error.
  static SignatureStore create(const std::filesystem::path& directory, const MinHashOptions& options);
  // For reading. Throws Error, saying what: no store, an unknown version, a damaged manifest, files shorter than it says, and, if
  // `expected` is given, each parameter in which the store differs from it by name. Does not read the signatures (see for_each).
  static SignatureStore open(const std::filesystem::path& directory, const MinHashOptions* expected = nullptr);
  // For adding behind the first `count` documents (-1: all that are committed); later ones are dropped. One writer at a time: throws Error
  // while another process has it open so. Throws as open().
  static SignatureStore append_to(const std::filesystem::path& directory, const MinHashOptions& expected, std::int64_t count = -1);

  SignatureStore(SignatureStore&&) noexcept;
  SignatureStore& operator=(SignatureStore&&) noexcept;
  ~SignatureStore();

  const std::filesystem::path& directory() const;
  const MinHashOptions& options() const;
  std::int64_t size() const;  // documents, those not yet committed included

  void append(const DocumentSignature& signature, std::string_view name);
  // What was appended is on disk and survives a crash after this. The manifest names size() documents.
  void commit();

  // Throws Error on a failed read.
  Fingerprint fingerprint(std::int64_t document) const;
  std::vector<std::uint32_t> minhash(std::int64_t document) const;
  std::string name(std::int64_t document) const;
  // All in order, with one sequential read; checks the chained checksum of the committed ones. Throws Error when it differs.
  void for_each(const std::function<void(std::int64_t document, const DocumentSignature&)>& visit) const;

 private:
  struct State;
  explicit SignatureStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fathom::data
