// Task files: records with prompts and answers, in GSM8K's form and the plain one.
#include "fathom/data/tasks.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path = fathom::fuzz::as_file(data, size, ".jsonl");
  for (const auto format : {fathom::data::TaskFormat::automatic, fathom::data::TaskFormat::gsm8k, fathom::data::TaskFormat::plain}) {
    fathom::fuzz::expect_error_or_success([&] { fathom::data::read_tasks(path, format); });
  }
  return 0;
}
