// A chat template, and after a line "=====" the variables it is rendered with, as a JSON object. What comes from untrusted variables must
// stay marked: the text without the marked bytes may not hold the word that only those variables have.
#include <cstdlib>
#include <string>

#include "fathom/text/jinja/template.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace jinja = fathom::text::jinja;
  return fathom::fuzz::expect_error_or_success([&] {
    const std::string_view input = fathom::fuzz::as_text(data, size);
    constexpr std::string_view separator = "\n=====\n";
    const std::size_t cut = input.find(separator);
    const jinja::Template parsed(input.substr(0, cut), "template");
    fathom::OrderedJson given = fathom::OrderedJson::object();
    if (cut != std::string_view::npos) {
      given = fathom::OrderedJson::parse(input.substr(cut + separator.size()), nullptr, /*allow_exceptions=*/false);
      if (!given.is_object()) return;
    }
    jinja::RenderOptions options;
    options.now = 0;
    options.limits.steps = 300'000;
    options.limits.text_bytes = std::size_t{1} << 20;
    options.limits.all_bytes = std::size_t{1} << 24;
    std::vector<jinja::Variable> variables;
    for (const auto& [name, value] : given.items()) variables.push_back({name, value, jinja::Trust::conversation});
    const std::string secret = "\xF0\x9F\x90\x8B\xF0\x9F\x90\xA1";
    variables.push_back({"s", secret, jinja::Trust::untrusted});
    variables.push_back(
        {"messages", {{{"role", "user"}, {"content", "<think>" + secret + "</think> " + secret}}}, jinja::Trust::conversation});
    const jinja::MarkedText text = parsed.render(variables, options);
    std::size_t done = 0;
    for (const jinja::Span& span : text.untrusted()) {
      if (span.begin < done || span.begin >= span.end || span.end > text.size()) std::abort();
      done = span.end;
    }
    // Unless the template itself writes the second character, as it is or as an escape, each one in the text came from a variable.
    if (input.find(secret.substr(4)) != std::string_view::npos || input.find("421") != std::string_view::npos) return;
    for (std::size_t at = text.bytes().find(secret.substr(4)); at != std::string::npos; at = text.bytes().find(secret.substr(4), at + 1))
      if (text.slice(at, at + 4).is_trusted()) std::abort();
  });
}
