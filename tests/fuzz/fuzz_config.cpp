// config.json of a model: contradictions are errors, and what is accepted can be written and read again.
#include "fathom/base/json.h"
#include "fathom/model/config.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fathom::fuzz::expect_error_or_success([&] {
    const auto json = fathom::parse_json(fathom::fuzz::as_text(data, size), "config.json");
    const auto config = fathom::model::ModelConfig::from_json(json, "config.json");
    fathom::model::ModelConfig::from_json(fathom::Json::parse(config.to_json().dump()), "config.json as written");
  });
}
