#include "fathom/pages/load_page_encoder.h"

#include <string>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/pages/click_page_encoder.h"
#include "fathom/pages/word_vector_page_encoder.h"

namespace fathom::pages {

std::unique_ptr<index::PageEncoder> load_page_encoder(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "config.json";
  require(std::filesystem::is_regular_file(path), "{}: is no directory of a page encoder: config.json is missing", directory.string());
  const auto type = json_get<std::string>(read_json(path), "model_type", path.string());
  if (type == word_vector_encoder_type) return std::make_unique<WordVectorPageEncoder>(WordVectorPageEncoder::load(directory));
  if (type == click_encoder_type) return std::make_unique<ClickPageEncoder>(ClickPageEncoder::load(directory));
  fail("{}: model_type '{}' is no page encoder that this program knows", path.string(), type);
}

}  // namespace fathom::pages
