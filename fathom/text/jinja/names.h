// The names of a template while it is parsed: numbers for them, which of them the template itself defines, and which it calls.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fathom/text/jinja/lexer.h"

namespace fathom::text::jinja {

class Names {
 public:
  int symbol(const std::string& name) {
    const auto [place, added] = symbols_.emplace(name, static_cast<int>(spelled_.size()));
    if (added) spelled_.push_back(name);
    return place->second;
  }
  int assigned(const std::string& name) {
    assigned_.insert(name);
    return symbol(name);
  }
  bool is_assigned(const std::string& name) const { return assigned_.contains(name); }
  void called(const std::string& name, Position at) { calls_.push_back({name, at}); }
  void read(const std::string& name, Position at) { reads_.push_back({name, at}); }

  struct Use {
    std::string name;
    Position at;
  };
  const std::vector<Use>& calls() const { return calls_; }
  const std::vector<Use>& reads() const { return reads_; }
  const std::vector<std::string>& spelled() const { return spelled_; }

 private:
  std::unordered_map<std::string, int> symbols_;
  std::unordered_set<std::string> assigned_;
  std::vector<std::string> spelled_;
  std::vector<Use> calls_, reads_;
};

}  // namespace fathom::text::jinja
