#include "fathom/engine/end_of_sequence.h"

#include <set>

#include "fathom/base/error.h"
#include "fathom/base/json.h"

namespace fathom::engine {
namespace {

std::vector<std::int64_t> with_tokenizer(const std::vector<std::int64_t>& ids, const text::Tokenizer* tokenizer) {
  std::set<std::int64_t> all(ids.begin(), ids.end());
  if (tokenizer != nullptr && tokenizer->eos_id()) all.insert(*tokenizer->eos_id());
  return {all.begin(), all.end()};
}

}  // namespace

std::vector<std::int64_t> end_of_sequence_ids(const model::ModelConfig& config, const text::Tokenizer* tokenizer) {
  return with_tokenizer(config.eos_token_ids, tokenizer);
}

std::vector<std::int64_t> end_of_sequence_ids(const std::filesystem::path& model_directory, const model::ModelConfig& config,
                                              const text::Tokenizer* tokenizer) {
  const std::filesystem::path path = model_directory / "generation_config.json";
  if (!std::filesystem::exists(path)) return end_of_sequence_ids(config, tokenizer);
  const Json json = read_json(path);
  require(json.is_object(), "{}: expected an object, found {}", path.string(), json.type_name());
  const auto found = json.find("eos_token_id");
  if (found == json.end() || found->is_null()) return end_of_sequence_ids(config, tokenizer);
  if (found->is_number_integer()) return with_tokenizer({found->get<std::int64_t>()}, tokenizer);
  return with_tokenizer(json_get<std::vector<std::int64_t>>(json, "eos_token_id", path.string()), tokenizer);
}

}  // namespace fathom::engine
