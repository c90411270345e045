// What tests/fixtures/make_chat_template_oracle.py wrote.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/base/json.h"

namespace fathom::text {

inline std::filesystem::path chat_template_fixtures() {
  return std::filesystem::path(FATHOM_SOURCE_DIR) / "tests" / "fixtures" / "chat_templates";
}

inline std::vector<OrderedJson> oracle_records(const std::string& name) {
  std::vector<OrderedJson> result;
  LineReader lines(chat_template_fixtures() / "oracle" / name);
  while (const auto line = lines.next()) result.push_back(OrderedJson::parse(*line));
  return result;
}

}  // namespace fathom::text
