// Lexical features learned from a few lines, with a dictionary of a few words.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "fathom/questions/features.h"
#include "fathom/text/wordnet.h"

namespace fathom::asking::testing {

inline void write_small_wordnet(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const auto write = [&](const char* name, const std::string& content) { std::ofstream(directory / name) << content; };
  write("data.noun", "00000020 18 n 01 king 0 000 | a ruler\n00000040 15 n 01 city 0 000 | a large town\n");
  write("index.noun", "city n 1 0 1 1 00000040  \nking n 1 0 1 1 00000020  \n");
  write("data.verb", "00000010 41 v 01 rule 0 000 | govern\n");
  write("index.verb", "rule v 1 0 1 1 00000010  \n");
  write("data.adj", "00000010 00 a 01 old 0 000 | not young\n");
  write("index.adj", "old a 1 0 1 0 00000010  \n");
  write("data.adv", "00000010 02 r 01 fast 0 000 | quickly\n");
  write("index.adv", "fast r 1 0 1 0 00000010  \n");
  for (const char* name : {"noun.exc", "verb.exc", "adj.exc", "adv.exc"}) write(name, "");
  write("cntlist.rev", "rule%2:41:00:: 1 20\n");
}

inline questions::FeatureExtractor small_features(const std::filesystem::path& scratch) {
  write_small_wordnet(scratch / "wordnet");
  const std::vector<std::string> texts = {"Anna Bell was born in Paris in 1901. The old king ruled the city.",
                                          "Carl Dorn was born in London in 1802. The city of London is old.",
                                          "The king was born in Rome. He ruled fast."};
  return questions::FeatureExtractor::learn(texts, text::WordNet::open(scratch / "wordnet"), {1, {}});
}

}  // namespace fathom::asking::testing
