// What an index needs of an encoder: vectors of queries, and a few vectors of a page, each bound to one of its sentences.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::index {

constexpr std::int64_t most_vectors_per_page = 16;

struct PageVector {
  std::int64_t sentence;  // ordinal of the sentence that the vector stands for; it becomes the snippet, the citation and the click label
  std::vector<float> values;  // [width], of length 1; the score of a page is the largest inner product with the query's vector
};

// Objects are immutable: any number of threads may use one at once.
class PageEncoder {
 public:
  virtual ~PageEncoder() = default;

  virtual std::int64_t width() const = 0;
  // SHA-256 (hex) over everything the vectors depend on. An index remembers it and refuses queries of another encoder.
  virtual const std::string& fingerprint() const = 0;

  // [width], of length 1; all zero when the encoder knows no word of the query.
  virtual std::vector<float> encode_query(std::string_view query) const = 0;

  // At most `most_vectors` (1 to most_vectors_per_page) vectors, the most useful sentence first, no sentence twice. `sentences` are those
  // of the page in order. Empty when the encoder knows no word of the page.
  virtual std::vector<PageVector> encode_page(std::string_view title, const std::vector<std::string_view>& sentences,
                                              std::int64_t most_vectors) const = 0;
};

}  // namespace fathom::index
