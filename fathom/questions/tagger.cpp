#include "fathom/questions/tagger.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::questions {
namespace {

constexpr const char* lexicon_file = "lexicon.tsv";
constexpr const char* transitions_file = "tag_transitions.tsv";

std::string tag_or_boundary(std::size_t tag) {
  return tag == TagModel::boundary ? "boundary" : std::string(name_of(static_cast<Tag>(tag)));
}

}  // namespace

bool begins_sentence(std::span<const Token> tokens, std::size_t at) {
  while (at > 0) {
    const std::string& before = tokens[--at].word;
    if (before != "``" && before != "`" && before != "-LRB-" && before != "-LSB-") return before == ":" || before == "''";
  }
  return true;
}

std::vector<Tag> Tagger::tag(std::span<const Token> tokens, std::span<const std::string> words) const {
  std::vector<TagChoices> choices(tokens.size());
  std::vector<std::array<std::int8_t, TagChoices::most>> from(tokens.size());
  std::array<double, TagChoices::most> before{}, here{};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    choices[i] = lexicon_.choices(words[i], tokens[i].word, begins_sentence(tokens, i));
    double largest = 0;
    for (std::size_t b = 0; b < static_cast<std::size_t>(choices[i].count); ++b) {
      const std::size_t tag = static_cast<std::size_t>(choices[i].tags[b]);
      double best = -1;
      if (i == 0) {
        best = model_.transitions[TagModel::boundary][tag];
      } else {
        for (std::size_t a = 0; a < static_cast<std::size_t>(choices[i - 1].count); ++a) {
          const double score = before[a] * model_.transitions[static_cast<std::size_t>(choices[i - 1].tags[a])][tag];
          if (score <= best) continue;
          best = score;
          from[i][b] = static_cast<std::int8_t>(a);
        }
      }
      here[b] = best * choices[i].shares[b] / model_.priors[tag];
      largest = std::max(largest, here[b]);
    }
    for (double& score : here) score /= largest;  // only ratios matter; long sentences would underflow
    before = here;
  }
  std::vector<Tag> tags(tokens.size());
  if (tokens.empty()) return tags;
  std::size_t best = 0;
  const auto end_score = [&](std::size_t a) {
    return before[a] * model_.transitions[static_cast<std::size_t>(choices.back().tags[a])][TagModel::boundary];
  };
  for (std::size_t a = 1; a < static_cast<std::size_t>(choices.back().count); ++a)
    if (end_score(a) > end_score(best)) best = a;
  for (std::size_t i = tokens.size(); i-- > 0;) {
    tags[i] = choices[i].tags[best];
    best = static_cast<std::size_t>(from[i][best]);
  }
  return tags;
}

std::vector<Tag> Tagger::tag_alone(std::span<const Token> tokens, std::span<const std::string> words) const {
  std::vector<Tag> tags;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const TagChoices choices = lexicon_.choices(words[i], tokens[i].word, begins_sentence(tokens, i));
    const auto best = std::max_element(choices.shares.begin(), choices.shares.begin() + choices.count);
    tags.push_back(choices.tags[static_cast<std::size_t>(best - choices.shares.begin())]);
  }
  return tags;
}

void Tagger::save(const std::filesystem::path& directory) const {
  lexicon_.save(directory / lexicon_file);
  AtomicFile out(directory / transitions_file);
  for (std::size_t a = 0; a <= tag_count; ++a) {
    out.write(fmt::format("{}\t{:.9g}", tag_or_boundary(a), a == tag_count ? 0.0F : model_.priors[a]));
    for (std::size_t b = 0; b <= tag_count; ++b) out.write(fmt::format("\t{:.9g}", model_.transitions[a][b]));
    out.write("\n");
  }
  out.commit();
}

Tagger Tagger::load(const std::filesystem::path& directory) {
  TagModel model;
  const std::filesystem::path file = directory / transitions_file;
  LineReader lines(file);
  for (std::size_t a = 0; a <= tag_count; ++a) {
    const auto line = lines.next();
    require(line.has_value(), "{}: {} lines are expected, one a part of speech, found {}", file.string(), tag_count + 1, a);
    std::size_t at = line->find('\t');
    require(line->substr(0, at) == tag_or_boundary(a), "{}: the line of '{}' is expected", lines.position(), tag_or_boundary(a));
    for (std::size_t b = 0; b <= tag_count + 1; ++b) {
      require(at != std::string_view::npos, "{}: {} numbers are expected, found {}", lines.position(), tag_count + 2, b);
      const std::size_t end = std::min(line->find('\t', at + 1), line->size());
      float value = 0;
      const auto [stopped, error] = std::from_chars(line->data() + at + 1, line->data() + end, value);
      require(error == std::errc() && stopped == line->data() + end && value >= 0 && std::isfinite(value),
              "{}: a probability is expected, found '{}'", lines.position(), line->substr(at + 1, end - at - 1));
      if (b > 0) {
        model.transitions[a][b - 1] = value;
      } else if (a < tag_count) {
        require(value > 0, "{}: the share of a part of speech is above 0", lines.position());
        model.priors[a] = value;
      }
      at = end == line->size() ? std::string_view::npos : end;
    }
  }
  return {TagLexicon::load(directory / lexicon_file), model};
}

}  // namespace fathom::questions
