// The template interpreter by itself: refusals by name and place, marks of untrusted text, limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/text/jinja/template.h"
#include "tests/base/scratch_directory.h"

namespace fathom::text::jinja {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string refusal(const std::string& source, const std::vector<Variable>& variables = {}) {
  return message_of<Error>([&] { Template(source, "t").render(variables); });
}
std::string parse_refusal(const std::string& source) {
  return message_of<Error>([&] { Template(source, "t"); });
}

TEST(Jinja, RefusesByNameWhenItParses) {
  const std::pair<const char*, const char*> refusals[] = {
      {"{% include 'x' %}", "the tag 'include' is not supported"},
      {"{% with x = 1 %}{% endwith %}", "the tag 'with'"},
      {"{% filter upper %}x{% endfilter %}", "the tag 'filter'"},
      {"{% call m() %}{% endcall %}", "the tag 'call'"},
      {"{% raw %}{{ x }}{% endraw %}", "the tag 'raw'"},
      {"{{ x | sort }}", "the filter 'sort'"},
      {"{{ x | map('sort') }}", "the filter 'sort'"},
      {"{{ x | map(y) }}", "needs the name of a filter as a string"},
      {"{{ x | selectattr('a', 'callable') }}", "the test 'callable'"},
      {"{{ x is callable }}", "the test 'callable'"},
      {"{{ x.encode() }}", "the method 'encode'"},
      {"{{ x.append(1) }}", "the method 'append'"},
      {"{{ lipsum() }}", "the function 'lipsum'"},
      {"{{ joiner }}", "the name 'joiner'"},
      {"{{ x.__class__ }}", "the attribute '__class__'"},
      {"{{ x[0]() }}", "only functions, macros and methods"},
      {"{{ range(*x) }}", "* and ** in a call"},
      {"{{ x | tojson(colour=1) }}", "no argument named 'colour'"},
      {"{{ x | trim(1, 2) }}", "takes 1 arguments at most"},
      {"{{ x | replace('a') }}", "needs the argument 'new'"},
      {"{{ x.strip(chars='a') }}", "no argument named 'chars'"},
      {"{{ x | safe ~ 'y' }}", "the filter 'safe'"},
      {"{% for x in y recursive %}{% endfor %}", "'recursive'"},
      {"{% for x in y %}{{ loop.cycle('a') }}{% endfor %}", "the method 'cycle'"},
      {"{% for x in y %}{{ loop.changed }}{% endfor %}", "the loop variable 'changed'"},
      {"{{ '\\N{DASH}' }}", "the escape '\\N'"},
      {"{{ 99999999999999999999 }}", "too large"},
      {"{{ x[1, 2] }}", "several indices"},
  };
  for (const auto& [source, reason] : refusals) EXPECT_THAT(parse_refusal(source), HasSubstr(reason)) << source;
}

TEST(Jinja, RefusesByNameWhenItRuns) {
  const std::pair<const char*, const char*> refusals[] = {
      {"{{ '%s' % 1 }}", "% on a string"},
      {"{{ {'a': 1}.items }}", "'items' is an attribute of Python's dict"},
      {"{{ range(3) }}", "a range cannot be printed"},
      {"{{ range }}", "a function cannot be printed"},
      {"{{ namespace(a=1) }}", "a namespace cannot be printed"},
      {"{% set n = namespace() %}{% set n.n = n %}", "a namespace in a list"},
      {"{{ 9223372036854775807 + 1 }}", "does not fit in 64 bits"},
      {"{{ [1].count(1) }}", "the method 'count' of a list"},
      {"{% set x = {} %}{% set x.a = 1 %}", "no namespace but a dict"},
      {"{{ raise_exception('no tools') }}", "the template refuses the conversation: no tools"},
  };
  for (const auto& [source, reason] : refusals) EXPECT_THAT(refusal(source), HasSubstr(reason)) << source;
}

TEST(Jinja, NamesThePlace) {
  EXPECT_THAT(parse_refusal("ab\n  {{ x | sort }}"), StartsWith("t:2:10: "));
  EXPECT_THAT(parse_refusal("é{{ x is new }}"), StartsWith("t:1:10: "));
  EXPECT_THAT(refusal("{% set x = 1 %}\r\n{{ x + y }}"), AllOf(StartsWith("t:2:6: "), HasSubstr("'y' is undefined")));
  EXPECT_THAT(parse_refusal("{% if x %}\n"), HasSubstr("the tag 'if' is not closed"));
}

std::vector<Span> untrusted(const std::string& source, const std::string& content) {
  const OrderedJson messages = {{{"role", "user"}, {"content", content}}};
  return Template(source, "t").render({{"messages", messages, Trust::conversation}}).untrusted();
}

TEST(Jinja, MarksWhatComesFromMessages) {
  const std::string set = "{% set c = messages[0].content %}";
  using Spans = std::vector<Span>;
  EXPECT_EQ(untrusted("ab", "x"), Spans{});
  EXPECT_EQ(untrusted(set + "a{{ c }}b", "xy"), (Spans{{1, 3}}));
  EXPECT_EQ(untrusted(set + "{{ 'a' + c + 'b' + c }}", "xy"), (Spans{{1, 3}, {4, 6}}));
  EXPECT_EQ(untrusted(set + "{{ 'a' ~ c | trim ~ 'b' }}", " xy "), (Spans{{1, 3}}));
  EXPECT_EQ(untrusted(set + "{{ c.split('-')[-1] }}{{ c[::-1] }}", "x-y"), (Spans{{0, 4}}));
  EXPECT_EQ(untrusted(set + "{{ ('[' + c + ']').replace('x', '<>') }}", "xx"), (Spans{}));
  EXPECT_EQ(untrusted(set + "{{ 'axb'.replace('x', c) }}", "yy"), (Spans{{1, 3}}));
  EXPECT_EQ(untrusted(set + "{{ c | upper }}{{ ', '.join([c, 'a', c]) }}", "x"), (Spans{{0, 2}, {7, 8}}));
  EXPECT_EQ(untrusted(set + "{{ {'k': c} | tojson }}", "x\n"), (Spans{{7, 10}}));
  EXPECT_EQ(untrusted(set + "{{ [c] }}", "x'"), (Spans{{2, 4}}));
  EXPECT_EQ(untrusted(set + "{% set b %}<{{ c }}>{% endset %}{{ b }}", "x"), (Spans{{1, 2}}));
  EXPECT_EQ(untrusted(set + "{% macro m(v) %}<{{ v }}>{% endmacro %}{{ m(c) }}", "x"), (Spans{{1, 2}}));
  EXPECT_EQ(untrusted("{% for k, v in messages[0].items() %}{{ k }}{% endfor %}", "x"), (Spans{{0, 11}}));
  EXPECT_EQ(untrusted("{{ '<|' + messages[0].role + '|>' }}", "x"), Spans{});
  EXPECT_EQ(untrusted("{% set n = namespace(s='') %}{% for m in messages %}{% set n.s = n.s + m.content %}{% endfor %}a{{ n.s }}", "xy"),
            (Spans{{1, 3}}));
}

TEST(Jinja, ARoleThatIsNoNameIsUntrusted) {
  const OrderedJson messages = {{{"role", "<|im_end|>"}, {"content", ""}}};
  EXPECT_EQ(Template("{{ messages[0].role }}", "t").render({{"messages", messages, Trust::conversation}}).untrusted().size(), 1u);
}

TEST(Jinja, KeepsTheOrderOfKeys) {
  const OrderedJson tool = OrderedJson::parse(R"({"z": 1, "a": {"y": 2, "b": 3.0}})");
  EXPECT_EQ(Template("{{ t | tojson }}", "t").render({{"t", tool, Trust::untrusted}}).bytes(), R"({"z": 1, "a": {"y": 2, "b": 3.0}})");
}

TEST(Jinja, DatesComeFromTheClockGiven) {
  RenderOptions options;
  options.now = 1'700'000'000;  // 14 November 2023, in every time zone from -12 to +1 hours
  EXPECT_THAT(Template("{{ strftime_now('%Y-%m') }}{{ strftime_now('') }}", "t").render({}, options).bytes(), testing::Eq("2023-11"));
}

TEST(Jinja, HostileTemplatesEnd) {
  Limits limits;
  limits.steps = 2'000'000;
  limits.text_bytes = 1 << 20;
  limits.all_bytes = 16 << 20;
  RenderOptions options;
  options.limits = limits;
  const auto message = [&](const std::string& source) { return message_of<Error>([&] { Template(source, "t").render({}, options); }); };
  const std::string r = "range(90000)";
  EXPECT_THAT(message("{% for a in " + r + " %}{% for b in 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}{% endfor %}{% endfor %}"),
              AnyOf(HasSubstr("steps"), HasSubstr("bytes")));
  EXPECT_THAT(message("{% set n = namespace(s='xx') %}{% for a in " + r + " %}{% set n.s = n.s + n.s %}{% endfor %}"), HasSubstr("bytes"));
  EXPECT_THAT(message("{{ 'x' * 9223372036854775807 }}"), HasSubstr("too large"));
  EXPECT_THAT(message("{{ [0] * 10000000 }}"), HasSubstr("steps"));
  EXPECT_THAT(message("{% for a in " + r + " %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}"), HasSubstr("bytes"));
  EXPECT_THAT(message("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), HasSubstr("recurses"));
  EXPECT_THAT(message("{% set n = namespace(l=[]) %}{% for a in range(1000) %}{% set n.l = [n.l] %}{% endfor %}"), HasSubstr("deep"));
  EXPECT_THAT(message("{% set n = namespace(l=['x']) %}{% for a in range(100) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}"),
              AnyOf(HasSubstr("steps"), HasSubstr("bytes")));
  EXPECT_THAT(message("{{ 2 ** 1000000000000 }}"), HasSubstr("64 bits"));
  EXPECT_EQ(Template("{{ ('a' * 300000) in ('a' * 500000 ~ 'b') }}", "t").render({}, options).bytes(), "True");
}

TEST(Jinja, DeepTemplatesAreRefused) {
  const auto repeated = [](const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  EXPECT_THAT(parse_refusal("{{ " + repeated("(", 100000) + "1" + repeated(")", 100000) + " }}"), HasSubstr("nested too deep"));
  EXPECT_THAT(parse_refusal("{{ " + repeated("-", 100000) + "1 }}"), HasSubstr("nested too deep"));
  EXPECT_THAT(parse_refusal("{{ " + repeated("not ", 100000) + "1 }}"), HasSubstr("nested too deep"));
  EXPECT_THAT(parse_refusal("{{ 1" + repeated(" + 1", 100000) + " }}"), HasSubstr("nested too deep"));
  EXPECT_THAT(parse_refusal("{{ x" + repeated(".a", 100000) + " }}"), HasSubstr("nested too deep"));
  EXPECT_THAT(parse_refusal("{{ x" + repeated("|trim", 100000) + " }}"), HasSubstr("nested too deep"));
  EXPECT_THAT(parse_refusal(repeated("{% if x %}", 100000)), HasSubstr("nested too deep"));
  EXPECT_THAT(parse_refusal("{% set " + repeated("(", 100000) + "a" + repeated(")", 100000) + " = 1 %}"), HasSubstr("nested too deep"));
  EXPECT_EQ(Template("{{ 1" + repeated(" ~ 1", 1000) + " }}", "t").render({}).size(), 1001u);
}

}  // namespace
}  // namespace fathom::text::jinja
