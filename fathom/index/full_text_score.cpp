#include "fathom/index/full_text_score.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "fathom/index/sqlite.h"
#include "fathom/index/word_tokenizer.h"

namespace fathom::index {
namespace {

std::vector<double> doubles_of(sqlite3_value* blob) {
  std::vector<double> values(static_cast<std::size_t>(sqlite3_value_bytes(blob)) / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), sqlite3_value_blob(blob), values.size() * sizeof(double));
  return values;
}

void score(const Fts5ExtensionApi* api, Fts5Context* context, sqlite3_context* result, int count, sqlite3_value** values) noexcept {
  try {
    const auto phrases = static_cast<std::size_t>(api->xPhraseCount(context));
    if (count != 3 || static_cast<std::size_t>(sqlite3_value_bytes(values[0])) != phrases * sizeof(double)) {
      sqlite3_result_error(result, "page_score() takes a weight for each phrase, the average length and a weight for each column", -1);
      return;
    }
    const std::vector<double> weights = doubles_of(values[0]), columns = doubles_of(values[2]);
    const double average = std::max(1.0, sqlite3_value_double(values[1]));
    std::vector<double> frequencies(phrases, 0.0);
    int instances = 0, tokens = 0, status = api->xInstCount(context, &instances);
    for (int i = 0; i < instances && status == SQLITE_OK; ++i) {
      int phrase = 0, column = 0, offset = 0;
      status = api->xInst(context, i, &phrase, &column, &offset);
      if (status != SQLITE_OK) break;
      const auto place = static_cast<std::size_t>(column);
      frequencies[static_cast<std::size_t>(phrase)] += place < columns.size() ? columns[place] : 1.0;
    }
    if (status == SQLITE_OK) status = api->xColumnSize(context, -1, &tokens);
    if (status != SQLITE_OK) {
      sqlite3_result_error_code(result, status);
      return;
    }
    const double damping = bm25_k1 * (1.0 - bm25_b + bm25_b * tokens / average);
    double sum = 0.0;
    for (std::size_t i = 0; i < phrases; ++i) sum += weights[i] * frequencies[i] * (bm25_k1 + 1.0) / (frequencies[i] + damping);
    sqlite3_result_double(result, sum);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(result);
  }
}

}  // namespace

void register_score_function(const Database& database) {
  fts5_api* api = full_text_api(database);
  if (api->xCreateFunction(api, score_function, nullptr, score, nullptr) != SQLITE_OK) database.fail_here("registering the score function");
}

}  // namespace fathom::index
