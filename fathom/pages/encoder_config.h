// The sizes of a page encoder (config.json of its directory) and the tensors that follow from them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"

namespace fathom::pages {

inline constexpr const char* click_encoder_type = "fathom_page_encoder";  // model_type of config.json

// What a page becomes.
enum class PageForm {
  several,   // one vector each for the sentences that the summariser chooses (MEBR)
  one,       // one vector, pooled over all sentences by attention (SEBR)
  one_wide,  // one vector of `parts` times the width: as many pooled vectors and query projections side by side
};

// How the summariser's click probabilities choose sentences.
enum class Selection {
  coverage,  // those that together come nearest to what people click for (sentence_selection.h)
  top,       // the most probable ones
};

struct EncoderConfig {
  std::int64_t width = 256;        // of word, sentence and page vectors; a multiple of 8 · heads
  std::int64_t inner_width = 512;  // of the feed-forward layers; a multiple of 8
  std::int64_t layers = 1;         // of the transformer over a page's sentences
  std::int64_t heads = 4;
  std::int64_t words = 0;        // with a row of their own
  std::int64_t buckets = 16384;  // rows for the character n-grams of all other words
  std::int64_t max_words = 64;   // of a query or sentence that are read
  std::int64_t chunk = 64;       // sentences that see each other (and the title and the page's mean); longer pages are cut so
  PageForm form = PageForm::several;
  std::int64_t parts = 8;  // of one_wide
  Selection selection = Selection::coverage;

  std::int64_t rows() const { return words + buckets; }
  std::int64_t vector_width() const { return form == PageForm::one_wide ? parts * width : width; }
  std::int64_t pools() const { return form == PageForm::one_wide ? parts : 1; }

  OrderedJson to_json() const;
  // Throws Error with `origin`: another model_type or version, a size out of range, sizes that do not fit each other.
  static EncoderConfig from_json(const Json& json, const std::string& origin);
  // Throws Error with `origin` as from_json() does.
  void check(const std::string& origin) const;
};

PageForm page_form(std::string_view name);  // "several", "one", "one_wide"; throws Error for another
Selection selection_named(std::string_view name);
const std::vector<std::string>& page_form_names();
const std::vector<std::string>& selection_names();

constexpr std::int64_t position_buckets = 16, role_count = 3;  // roles in a chunk: title, mean of the page, sentence
// Which row of the positions stands for a page's sentence: the first eight have their own, later ones share one up to each power of two.
std::int64_t position_bucket(std::int64_t ordinal);

// A parameter; vectors are matrices of one row. Weights of linear layers are [out, in].
struct TensorShape {
  std::string name;
  std::int64_t rows, columns;
};
std::vector<TensorShape> tensor_shapes(const EncoderConfig& config);

}  // namespace fathom::pages
