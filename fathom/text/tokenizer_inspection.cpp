#include "fathom/text/tokenizer_inspection.h"

#include "fathom/text/tokenizer_state.h"

namespace fathom::text {

OrderedJson TokenizerInspection::describe(const Tokenizer& tokenizer) {
  const Tokenizer::State& state = *tokenizer.state_;
  const Vocabulary& vocabulary = state.model.vocabulary();
  OrderedJson added = OrderedJson::array();
  std::int64_t tokens = vocabulary.count();
  for (const AddedToken& token : state.added.all()) {
    if (!vocabulary.contains(token.id)) ++tokens;
    added.push_back({{"id", token.id},
                     {"content", token.content},
                     {"special", token.special},
                     {"normalized", token.normalized},
                     {"single_word", token.single_word},
                     {"lstrip", token.lstrip},
                     {"rstrip", token.rstrip}});
  }
  const auto id_or_null = [](const std::optional<TokenId>& id) { return id ? OrderedJson(*id) : OrderedJson(); };
  return {{"vocab_size", state.vocab_size},
          {"tokens", tokens},
          {"unused_ids", state.vocab_size - tokens},
          {"merges", state.model.merges().size()},
          {"ignore_merges", state.model.whole_words_first()},
          {"normalizer", state.components.normalizer},
          {"pre_tokenizer", pre_tokenizer_steps(state.components.pre_tokenizer)},
          {"word_pattern", state.word_pattern ? OrderedJson(name_of(*state.word_pattern)) : OrderedJson()},
          {"post_processor", state.components.post_processor},
          {"before_text", state.frame.before},
          {"behind_text", state.frame.after},
          {"added_tokens", added},
          {"roles", {{"bos", id_or_null(state.bos)}, {"eos", id_or_null(state.eos)}, {"pad", id_or_null(state.pad)}}},
          {"chat_template", state.config.json().contains("chat_template")},
          {"fingerprint", fmt::format("{:016x}", state.fingerprint)}};
}

std::vector<TokenizedPiece> TokenizerInspection::pieces(const Tokenizer& tokenizer, std::string_view text, bool parse_special) {
  const Tokenizer::State& state = *tokenizer.state_;
  std::vector<TokenizedPiece> result;
  state.for_each_section(
      text, parse_special, [&](const AddedToken& token) { result.push_back({tokenizer.token_bytes(token.id), {token.id}, true}); },
      [&](std::string_view section) {
        Pieces pieces;
        state.pre_tokenizer->cut(section, pieces);
        for (const std::string_view word : pieces.views) {
          TokenizedPiece& piece = result.emplace_back(TokenizedPiece{std::string(word), {}, false});
          state.model.encode_word(word, piece.ids);
        }
      });
  return result;
}

}  // namespace fathom::text
