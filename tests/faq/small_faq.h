// A small FAQ and text to train on, for the tests of the room.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "fathom/faq/faq.h"
#include "tests/base/scratch_directory.h"

namespace fathom::faq::testing {

inline void write_text(const std::filesystem::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

inline const char* small_faq =
    R"({"id": "bank", "question": "How do I open a bank account?", "answer": "Bring your passport to a branch."}
{"id": "car", "question": "Where can I rent a cheap car?", "answer": "At the airport."}
{"id": "visa", "question": "How long does a visa take?", "answer": "Two weeks."}
{"id": "school", "question": "Which school is good for children?", "answers": ["The one nearby.", "Ask the neighbours."]}
{"id": "doctor", "question": "Can you recommend a doctor for my baby?", "answer": "Any clinic."}
)";

inline FaqBuildOptions options_for(const std::filesystem::path& input) {
  FaqBuildOptions options;
  options.inputs = {input.string()};
  options.vector_width = 8;
  options.threads = 1;
  return options;
}

// Builds the small FAQ at scratch/faq.
inline std::filesystem::path build_small(const ScratchDirectory& scratch) {
  write_text(scratch / "faq.jsonl", small_faq);
  build_faq(options_for(scratch / "faq.jsonl"), scratch / "faq");
  return scratch / "faq";
}

}  // namespace fathom::faq::testing
