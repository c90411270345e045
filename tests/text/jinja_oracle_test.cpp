// The template interpreter against transformers (tests/fixtures/make_chat_template_oracle.py): every text equal, and an error where
// transformers raises one. What Python renders and fathom refuses is listed here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fathom/base/error.h"
#include "fathom/text/jinja/template.h"
#include "tests/text/chat_template_fixtures.h"

namespace fathom::text::jinja {
namespace {

std::vector<Variable> variables_of(const OrderedJson& object) {
  std::vector<Variable> variables;
  for (const auto& [name, value] : object.items()) variables.push_back({name, value, Trust::trusted});
  return variables;
}

// nullopt: an error, whose text is put into `why`.
std::optional<std::string> rendered(const std::string& source, const std::vector<Variable>& variables, std::string& why) {
  try {
    return Template(source, "template").render(variables).bytes();
  } catch (const Error& error) {
    why = error.what();
    return std::nullopt;
  }
}

// Python has these; chat templates do not need them, and fathom says so by name.
const std::set<std::string> refused_snippets = {
    "{{ xs['a'] }}|{{ xs[1.5] }}|{{ s['upper'] is defined }}|{{ xs[true] }}|{{ xs[none] }}",
    "{{ 3 is sameas 3 }}",
    "{{ 3.14159 | round(2) }}",
    "{{ namespace(a=1).a }} {{ [namespace(a=2)][0].a }}",
    "{{ s.__class__ }}|{{ d['__class__'] }}",
    "{{ 5.real }}",
};

// What fathom says of values that Python can spell or count and it cannot: integers past 64 bits, ranges and generators as text, and
// what is not supported by name.
bool is_refusal(const std::string& why) {
  for (const char* reason : {"not supported", "cannot be printed", "does not fit in 64 bits"})
    if (why.find(reason) != std::string::npos) return true;
  return false;
}

TEST(JinjaOracle, Snippets) {
  const std::vector<OrderedJson> cases = oracle_records("snippets.jsonl");
  const std::vector<Variable> context = variables_of(cases.front().at("context"));
  int compared = 0;
  for (std::size_t i = 1; i < cases.size(); ++i) {
    const auto source = cases[i].at("template").get<std::string>();
    std::string why;
    const auto text = rendered(source, context, why);
    if (refused_snippets.contains(source)) {
      EXPECT_FALSE(text.has_value()) << source;
      EXPECT_THAT(why, testing::HasSubstr("not supported")) << source;
    } else if (cases[i].contains("error")) {
      EXPECT_FALSE(text.has_value()) << source << "\nshould raise " << cases[i].at("error") << " but is: " << text.value_or("");
    } else {
      EXPECT_EQ(text.value_or("error: " + why), cases[i].at("text").get<std::string>()) << source;
    }
    ++compared;
  }
  EXPECT_GT(compared, 250);
}

// One expression over a list of operands, or over two lists.
TEST(JinjaOracle, Tables) {
  const std::vector<Variable> context = variables_of(oracle_records("snippets.jsonl").front().at("context"));
  int compared = 0, refused = 0;
  for (const OrderedJson& table : oracle_records("tables.jsonl")) {
    const auto expression = table.at("expression").get<std::string>();
    const auto a = table.at("a").get<std::vector<std::string>>();
    const bool two = table.contains("b");
    const auto b = two ? table.at("b").get<std::vector<std::string>>() : std::vector<std::string>{"none"};
    const OrderedJson& results = table.at("results");
    ASSERT_EQ(results.size(), a.size() * b.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      const std::string source =
          "{% set a = " + a[i / b.size()] + " %}" + (two ? "{% set b = " + b[i % b.size()] + " %}" : "") + "{{ " + expression + " }}";
      std::string why;
      const auto text = rendered(source, context, why);
      ++compared;
      if (results[i].is_string() && !text.has_value() && is_refusal(why)) {
        ++refused;
        continue;
      }
      if (results[i].is_string())
        EXPECT_EQ(text.value_or("error: " + why), results[i].get<std::string>()) << source;
      else
        EXPECT_FALSE(text.has_value()) << source << " is: " << text.value_or("");
    }
  }
  EXPECT_GT(compared, 5000);
  EXPECT_LT(refused, 200);
}

}  // namespace
}  // namespace fathom::text::jinja
