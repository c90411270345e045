#include "fathom/text/unicode_classes.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <map>

#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

using namespace character_class;

constexpr std::size_t code_points = 0x110000;

CharacterClass class_of_category(UCharCategory category) {
  const std::uint32_t bit = U_MASK(category);
  if (bit & U_GC_L_MASK) return letter;
  if (bit & U_GC_N_MASK) return number;
  if (bit & U_GC_M_MASK) return mark;
  if (bit & U_GC_P_MASK) return punctuation;
  if (bit & U_GC_S_MASK) return symbol;
  return 0;
}

UBool add_category(const void* context, UChar32 start, UChar32 limit, UCharCategory category) {
  std::vector<CharacterClass>& classes = **static_cast<std::vector<CharacterClass>* const*>(context);
  std::fill(classes.begin() + start, classes.begin() + limit, class_of_category(category));
  return true;
}

// `set` is what stands between the brackets of a pattern: characters and ranges.
void add_set(std::vector<CharacterClass>& classes, std::string_view set, CharacterClass bit) {
  const auto take = [&set] {
    const std::size_t length = character_length(set);
    const char32_t character = code_point(set, length);
    set.remove_prefix(length);
    return character;
  };
  while (!set.empty()) {
    const char32_t first = take();
    char32_t last = first;
    if (set.starts_with('-')) {
      set.remove_prefix(1);
      last = take();
    }
    for (char32_t character = first; character <= last; ++character) classes[character] |= bit;
  }
}

}  // namespace

const UnicodeClasses& UnicodeClasses::get() {
  static const UnicodeClasses instance;
  return instance;
}

UnicodeClasses::UnicodeClasses() {
  std::vector<CharacterClass> classes(code_points);
  std::vector<CharacterClass>* const target = &classes;
  u_enumCharTypes(add_category, &target);
  constexpr UChar32 last_space = 0x3000;
  for (UChar32 character = 0; character <= last_space; ++character)
    if (u_isUWhiteSpace(character)) classes[static_cast<std::size_t>(character)] |= space;
  add_set(classes, "\r\n", line_end);
  add_set(classes, v3_cjk_set, v3_cjk);
  add_set(classes, deepseek_letter_set, deepseek_letter);
  add_set(classes, deepseek_punctuation_set, deepseek_punctuation);
  add_set(classes, deepseek_cjk_set, deepseek_cjk);

  std::map<std::vector<CharacterClass>, std::uint16_t> known;
  for (std::size_t begin = 0; begin < code_points; begin += block_size) {
    const auto first = classes.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::vector<CharacterClass> block(first, first + block_size);
    const auto [found, fresh] = known.emplace(block, static_cast<std::uint16_t>(known.size()));
    if (fresh) blocks_.insert(blocks_.end(), block.begin(), block.end());
    block_of_.push_back(found->second);
  }
  for (std::size_t byte = 0; byte < bytes_.size(); ++byte) bytes_[byte] = byte < 0x80 ? classes[byte] : not_ascii;
}

}  // namespace fathom::text
