// A small index of pages with names and numbers in them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "fathom/base/json.h"
#include "fathom/search/index_build.h"
#include "fathom/search/searcher.h"
#include "tests/base/scratch_directory.h"

namespace fathom::enrichment {

class SmallIndex : public testing::Test {
 protected:
  void SetUp() override {
    write(
        "pages.jsonl",
        page("bassoon", "The bassoon", "The bassoon is a woodwind instrument. It was made in Paris by Hotteterre in 1636. It is long.") +
            page("volcano", "Volcanoes", "A volcano is a mountain that burns. Etna erupted in 1669 and buried Catania. It is hot there.") +
            page("copy", "Volcanoes", "A volcano is a mountain that burns. Etna erupted in 1669 and buried Catania. It is hot there.") +
            page("bridge", "Bridges",
                 "Engineers build bridges of steel. The Forth Bridge was opened in 1890 near Edinburgh. Trains use it.") +
            page("plain", "Plain words", "nothing here has a name. all of it is lower case."));
    search::IndexBuildOptions options;
    options.inputs = {(scratch_ / "pages.jsonl").string()};
    options.word_vectors.width = 8;
    search::build_index(options, directory());
  }
  static std::string page(const std::string& id, const std::string& title, const std::string& text) {
    return OrderedJson{{"id", id}, {"title", title}, {"text", text}}.dump() + "\n";
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(scratch_ / name, std::ios::binary) << text; }
  std::filesystem::path directory() const { return scratch_ / "index"; }

  ScratchDirectory scratch_;
};

}  // namespace fathom::enrichment
