#include "fathom/questions/tagged_sentences.h"

#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/words.h"

namespace fathom::questions {

std::vector<TaggedSentence> read_tagged_sentences(const std::filesystem::path& file) {
  std::vector<TaggedSentence> sentences;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    if (line->empty() || line->front() == '#') continue;
    TaggedSentence sentence;
    for (const text::Word& pair : text::split_whitespace(*line)) {
      const std::size_t slash = pair.text.rfind('/');
      require(slash != std::string::npos && slash > 0, "{}: 'word/tag' is expected, found '{}'", lines.position(), pair.text);
      try {
        sentence.tags.push_back(tag_named(std::string_view(pair.text).substr(slash + 1)));
      } catch (const Error& error) {
        fail("{}: {}", lines.position(), error.what());
      }
      sentence.words.push_back(pair.text.substr(0, slash));
    }
    if (!sentence.words.empty()) sentences.push_back(std::move(sentence));
  }
  require(!sentences.empty(), "{}: there are no tagged sentences in this file", file.string());
  return sentences;
}

TaggedAgreement compare_tags(const FeatureExtractor& features, const std::vector<TaggedSentence>& sentences) {
  TaggedAgreement agreement;
  for (const TaggedSentence& sentence : sentences) {
    const std::vector<Tag> found = features.tag(sentence.words), alone = features.tag_alone(sentence.words);
    for (std::size_t i = 0; i < sentence.words.size(); ++i) {
      ++agreement.words;
      if (found[i] == sentence.tags[i]) ++agreement.right;
      if (alone[i] == sentence.tags[i]) ++agreement.right_alone;
      if (found[i] != sentence.tags[i])
        agreement.errors.push_back(
            fmt::format("{}: {} by hand, {} found", sentence.words[i], name_of(sentence.tags[i]), name_of(found[i])));
    }
  }
  return agreement;
}

}  // namespace fathom::questions
