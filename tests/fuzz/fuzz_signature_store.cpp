// Signature stores: whatever the files hold, reading them ends in an error or in documents. The input is the four files, each behind
// its length in four bytes.
#include <algorithm>

#include "fathom/data/signature_store.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fs = std::filesystem;
  static const fs::path directory = fathom::fuzz::as_file(nullptr, 0, "").parent_path() / "store";
  fs::create_directories(directory);
  for (const char* name : {"manifest.json", "signatures.bin", "name_ends.bin", "names.bin"}) {
    std::size_t length = 0;
    for (int i = 0; i < 4 && size > 0; ++i, ++data, --size) length |= std::size_t{*data} << (8 * i);
    length = std::min(length, size);
    std::ofstream(directory / name, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(length));
    data += length;
    size -= length;
  }
  return fathom::fuzz::expect_error_or_success([&] {
    fathom::data::SignatureStore store = fathom::data::SignatureStore::open(directory);
    for (std::int64_t document = 0; document < std::min<std::int64_t>(store.size(), 100); ++document) {
      store.name(document);
      store.minhash(document);
    }
    store.for_each([](std::int64_t, const fathom::data::DocumentSignature&) {});
    fathom::data::SignatureStore::append_to(directory, store.options(), store.size() / 2);
  });
}
