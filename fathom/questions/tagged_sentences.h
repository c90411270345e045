// Sentences tagged by hand, to measure a tagger that was made without any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/questions/features.h"

namespace fathom::questions {

struct TaggedSentence {
  std::vector<std::string> words;
  std::vector<Tag> tags;
};

// One sentence a line, "word/tag word/tag …"; blank lines and lines that begin with '#' are passed over. Throws Error with file:line.
std::vector<TaggedSentence> read_tagged_sentences(const std::filesystem::path& file);

struct TaggedAgreement {
  std::int64_t words = 0;
  std::int64_t right = 0;           // as tagged within the sentence
  std::int64_t right_alone = 0;     // the likeliest tag of each word by itself
  std::vector<std::string> errors;  // "word: tag by hand, tag found"
};
TaggedAgreement compare_tags(const FeatureExtractor& features, const std::vector<TaggedSentence>& sentences);

}  // namespace fathom::questions
