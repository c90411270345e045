#include "fathom/search/index_check.h"

#include "fathom/base/error.h"
#include "fathom/index/page_check.h"
#include "fathom/pages/load_page_encoder.h"

namespace fathom::search {

std::unique_ptr<index::PageEncoder> load_index_encoder(const std::filesystem::path& directory, const index::PageIndexState& state) {
  if (state.encoder.empty()) return nullptr;
  std::unique_ptr<index::PageEncoder> encoder;
  try {
    encoder = pages::load_page_encoder(directory / state.encoder);
  } catch (const Error& error) {
    fail("{}\nThe index needs this encoder, and it cannot be made again: put back a copy of the folder {}, or build the index again",
         error.what(), (directory / state.encoder).string());
  }
  require(encoder->fingerprint() == state.fingerprint,
          "{}: the vectors were made with another encoder (fingerprint {}) than the one in {} ({}); make the index again",
          directory.string(), state.fingerprint.substr(0, 12), state.encoder, encoder->fingerprint().substr(0, 12));
  return encoder;
}

std::vector<std::string> check_index(const std::filesystem::path& directory) {
  std::vector<std::string> findings = index::check_page_index(directory);
  for (int attempt = 1;; ++attempt) {
    const auto state = [&] { return index::read_state(index::open_page_database(directory, index::Database::Access::read)); };
    const index::PageIndexState before = state();
    try {
      load_index_encoder(directory, before);
      return findings;
    } catch (const Error& error) {
      if (state().encoder != before.encoder && attempt < 10) continue;  // a writer is just replacing it
      findings.emplace_back(error.what());
      return findings;
    }
  }
}

}  // namespace fathom::search
