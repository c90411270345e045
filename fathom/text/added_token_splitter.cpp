#include "fathom/text/added_token_splitter.h"

#include <unicode/uchar.h>

#include <string>

#include "fathom/text/unicode_classes.h"
#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

// \w of Unicode Technical Standard 18: alphabetic, mark, decimal digit, connector or join control.
bool is_word_character(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  const std::uint32_t category = U_GET_GC_MASK(c);
  return u_hasBinaryProperty(c, UCHAR_ALPHABETIC) || u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL) ||
         (category & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0;
}

bool is_space(char32_t character) { return (UnicodeClasses::get().of(character) & character_class::space) != 0; }

// Length of the valid character that `text` ends with; 0: none.
std::size_t last_character_length(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if ((static_cast<unsigned char>(text[text.size() - length]) & 0xC0) == 0x80) continue;
    return character_length(text.substr(text.size() - length)) == length ? length : 0;
  }
  return 0;
}

bool begins_with_word(std::string_view text) {
  const std::size_t length = character_length(text);
  return length > 0 && is_word_character(code_point(text, length));
}

bool ends_with_word(std::string_view text) {
  const std::size_t length = last_character_length(text);
  return length > 0 && is_word_character(code_point(text.substr(text.size() - length), length));
}

}  // namespace

AddedTokenSplitter::AddedTokenSplitter(const AddedTokens& tokens, const Normalizer* normalizer) : tokens_(tokens.all()) {
  std::string storage;
  for (std::uint32_t i = 0; i < tokens_.size(); ++i) {
    const AddedToken& token = tokens_[i];
    const bool is_normalized = token.normalized && normalizer != nullptr;
    const std::string_view content = is_normalized ? normalizer->apply(token.content, storage) : std::string_view(token.content);
    ByteTrie& trie = token.normalized ? normalized_ : raw_;
    // Of two tokens that are the same text once normalised the first is found.
    if (!content.empty() && !trie.find(content)) trie.add(content, i);
  }
}

bool AddedTokenSplitter::place(const AddedToken& token, std::string_view text, std::size_t done, ByteTrie::Match& match) {
  if (token.single_word && (ends_with_word(text.substr(0, match.begin)) || begins_with_word(text.substr(match.end)))) return false;
  if (token.lstrip) {
    while (match.begin > done) {
      const std::size_t length = last_character_length(text.substr(0, match.begin));
      if (length == 0 || !is_space(code_point(text.substr(match.begin - length), length))) break;
      match.begin -= length;
    }
  }
  if (token.rstrip) {
    while (match.end < text.size()) {
      const std::size_t length = character_length(text.substr(match.end));
      if (length == 0 || !is_space(code_point(text.substr(match.end), length))) break;
      match.end += length;
    }
  }
  return true;
}

}  // namespace fathom::text
