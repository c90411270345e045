// count_tokens MODEL_DIR < text: how many tokens a model's tokenizer makes of the text on standard input.
#include <fathom/text/tokenizer.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: count_tokens MODEL_DIR < text\n");
    return 2;
  }
  try {
    const auto tokenizer = fathom::text::Tokenizer::load(argv[1]);
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    const auto ids = tokenizer.encode(text);
    if (tokenizer.decode(ids) != text) throw std::runtime_error("decoding did not give the text back");
    std::printf("%zu bytes, %zu tokens\n", text.size(), ids.size());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "count_tokens: %s\n", error.what());
    return 1;
  }
}
