// Finds for each document the earlier one that it repeats: exactly (fingerprint) or nearly (MinHash signatures, banded: locality-sensitive
// hashing, J. Leskovec, A. Rajaraman, J. Ullman, Mining of Massive Datasets, section 3.4).
//
// Two documents are compared when all `rows` places of one of `bands` bands of their signatures are equal, which happens with
// probability 1 − (1 − J^rows)^bands at similarity J; the later one is a duplicate when the signatures agree in at least `threshold` of all
// places. The first one wins: a duplicate is not kept, and nothing is compared with it. Verdicts are a function of the documents
// and their order alone; not of the memory limit, of when commit() was called, or of whether the run was interrupted.
//
// Memory: the keys of bands lie in one hash table. When it would exceed `memory_bytes` its entries are written to `scratch_directory`
// as a sorted file (sorted files are merged, so there are few) and looked up there by interpolation; signatures are read from the store's
// file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/data/minhash.h"
#include "fathom/data/signature_store.h"

namespace fathom::data {

struct DuplicateOptions {
  MinHashOptions minhash = {};
  bool near = true;          // false: exact duplicates only; signatures are then neither computed nor compared
  int bands = 21, rows = 6;  // bands · rows ≤ permutations. J = 0.8 is found with probability 0.998, 0.5 compared with 0.28
  double threshold = 0.8;
  std::int64_t memory_bytes = std::int64_t{1} << 30;  // for band keys; at least 1 MiB
  // Documents that are kept although they share a band's key with so many kept ones are not listed under that key; bounds the work that
  // many documents around one template can cause.
  int max_documents_a_key = 64;
  std::filesystem::path scratch_directory = {};  // empty: the system's directory for temporary files. Files in it have no name
};

// What a store for these options is created with: 0 permutations when near duplicates are not looked for.
MinHashOptions stored_options(const DuplicateOptions& options);

// Fingerprint and signature of a document: the costly part, safe to call from several threads at once.
class DocumentSigner {
 public:
  explicit DocumentSigner(const DuplicateOptions& options);  // throws Error when an option is out of range
  DocumentSignature sign(std::string_view text) const;

 private:
  std::optional<MinHasher> hasher_;
  bool near_;
};

struct DuplicateMatch {
  bool exact = false;
  double similarity = 0.0;       // of the signatures; 1 when exact
  int store = -1;                // -1: this run's; otherwise the place in the list of earlier stores
  std::int64_t document = 0;     // its number in that store
  std::string name;              // what that store calls it
  Fingerprint fingerprint = {};  // of that document
};

class DuplicateIndex {
 public:
  // Documents are kept in `store` (what it already holds is known from the start: this is how a run resumes, or extends a store) and
  // compared with it and with `earlier`, which are only read. Throws Error: an option out of range, a damaged store, differing parameters
  // (a search for exact duplicates alone can use every earlier store).
  DuplicateIndex(const DuplicateOptions& options, SignatureStore store, std::vector<SignatureStore> earlier = {});
  ~DuplicateIndex();
  DuplicateIndex(DuplicateIndex&&) noexcept;
  DuplicateIndex& operator=(DuplicateIndex&&) noexcept;

  // The best match among the earlier documents (exact before near, then the highest similarity, then the earliest store in the list, this
  // run's last, then the lowest number), or nullopt: then the document is kept under `name`. Serial: call in document order.
  std::optional<DuplicateMatch> add(const DocumentSignature& signature, std::string_view name);
  // Makes what was kept durable. The journal of a run that can resume stores kept() beside its own state, and hands it to
  // SignatureStore::append_to.
  void commit();
  std::int64_t kept() const;  // documents in this run's store
  const SignatureStore& store() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::data
