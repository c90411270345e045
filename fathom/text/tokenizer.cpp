#include "fathom/text/tokenizer.h"

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/byte_alphabet.h"
#include "fathom/text/configured_tokens.h"
#include "fathom/text/tokenizer_state.h"
#include "fathom/text/vocabulary_and_merges.h"

namespace fathom::text {
namespace {

// FNV-1a over length-prefixed fields.
class Hasher {
 public:
  void add(std::string_view field) {
    add(static_cast<std::uint64_t>(field.size()));
    for (const char c : field) step(static_cast<unsigned char>(c));
  }
  void add(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) step((value >> shift) & 0xFF);
  }
  std::uint64_t value() const { return hash_; }

 private:
  void step(std::uint64_t byte) { hash_ = (hash_ ^ byte) * 0x100000001B3ull; }
  std::uint64_t hash_ = 0xCBF29CE484222325ull;
};

}  // namespace

Tokenizer::State::State(TokenizerParts parts, TokenizerConfig tokenizer_config, const std::string& origin)
    : model(std::move(parts.vocabulary), std::move(parts.merges), parts.whole_words_first),
      added(std::move(parts.added)),
      components(std::move(static_cast<TokenizerComponents&>(parts))),
      normalizer(make_normalizer(components.normalizer, origin)),
      pre_tokenizer(make_pre_tokenizer(components.pre_tokenizer, origin)),
      word_pattern(known_word_pattern(components.pre_tokenizer)),
      splitter(added, normalizer.get()),
      config(std::move(tokenizer_config)) {
  vocab_size = model.vocabulary().size();
  for (const AddedToken& token : added.all()) {
    vocab_size = std::max<std::int64_t>(vocab_size, token.id + 1);
    // The reference decodes to the normalised content, and its decoder ByteLevel reads that in the alphabet of bytes where it can.
    std::string storage;
    const std::string content(token.normalized && normalizer ? normalizer->apply(token.content, storage) : token.content);
    added_bytes.emplace(token.id, unspell(content).value_or(content));
  }
  frame = special_token_frame(components.post_processor, vocab_size, origin);
  bos = role("bos_token");
  eos = role("eos_token");
  pad = role("pad_token");
  cuts_before_space = may_cut_before_space();
  fingerprint = hash();
}

const std::string* Tokenizer::State::token(TokenId id) const {
  if (const auto found = added_bytes.find(id); found != added_bytes.end()) return &found->second;
  return model.vocabulary().contains(id) ? &model.vocabulary().bytes(id) : nullptr;
}

std::optional<TokenId> Tokenizer::State::find(std::string_view token) const {
  if (const AddedToken* found = added.find(token)) return found->id;
  return model.vocabulary().find_spelled(spell(token));
}

std::optional<TokenId> Tokenizer::State::role(const std::string& key) const {
  const auto content = config.role(key);
  if (!content) return std::nullopt;
  const auto id = find(*content);
  require(id.has_value(), "{}: {} is '{}', but tokenizer.json has no such token", config.origin(), key, *content);
  return id;
}

// No word of a known pattern holds a space behind a character that is no white space, and nothing in them looks back. What could
// reach over the cut are added tokens and normalizers.
bool Tokenizer::State::may_cut_before_space() const {
  if (!word_pattern || (normalizer && !normalizer->allows_cut_before_space())) return false;
  return std::none_of(added.all().begin(), added.all().end(),
                      [](const AddedToken& token) { return token.lstrip || token.rstrip || token.content.find(' ') != std::string::npos; });
}

void Tokenizer::State::encode_words(std::string_view text, std::vector<TokenId>& ids) const {
  WordCache& cache = WordCache::of_thread();
  if (word_pattern) {
    for_each_utf8_stretch(text, [&](std::string_view stretch, bool is_valid) {
      if (!is_valid) return model.encode_word(stretch, ids, cache);
      for_each_word(*word_pattern, stretch, [&](std::string_view word) { model.encode_word(word, ids, cache); });
    });
    return;
  }
  Pieces pieces;
  pre_tokenizer->cut(text, pieces);
  for (const std::string_view word : pieces.views) model.encode_word(word, ids, cache);
}

std::uint64_t Tokenizer::State::hash() const {
  Hasher hasher;
  const Vocabulary& vocabulary = model.vocabulary();
  for (TokenId id = 0; id < vocabulary.size(); ++id) {
    if (!vocabulary.contains(id)) continue;
    hasher.add(static_cast<std::uint64_t>(id));
    hasher.add(vocabulary.spelled(id));
  }
  for (const Merge& merge : model.merges()) hasher.add(pair_key(merge.left, merge.right));
  for (const AddedToken& token : added.all()) {
    hasher.add(static_cast<std::uint64_t>(token.id));
    hasher.add(token.content);
    hasher.add(static_cast<std::uint64_t>(token.special));
    const unsigned flags =
        (token.normalized ? 1u : 0u) | (token.single_word ? 2u : 0u) | (token.lstrip ? 4u : 0u) | (token.rstrip ? 8u : 0u);
    if (flags != 0) hasher.add(std::uint64_t{0x100} + flags);
  }
  hasher.add(static_cast<std::uint64_t>(model.whole_words_first()));
  hasher.add(components.pre_tokenizer.dump());
  if (normalizer) hasher.add("normalizer " + components.normalizer.dump());
  if (!frame.before.empty() || !frame.after.empty()) {
    hasher.add("special tokens");
    for (const TokenId id : frame.before) hasher.add(static_cast<std::uint64_t>(id));
    hasher.add("text");
    for (const TokenId id : frame.after) hasher.add(static_cast<std::uint64_t>(id));
  }
  return hasher.value();
}

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::load(const std::filesystem::path& directory_or_file) {
  namespace fs = std::filesystem;
  const bool is_directory = fs::is_directory(directory_or_file);
  const fs::path directory = is_directory ? directory_or_file : directory_or_file.parent_path();
  const fs::path file = is_directory ? directory / "tokenizer.json" : directory_or_file;
  TokenizerConfig config = TokenizerConfig::load(directory);
  const bool older = is_directory && !fs::exists(file) && fs::exists(directory / vocabulary_file_name);
  const std::string origin = older ? directory.string() : file.string();
  TokenizerParts parts = older ? parse_vocabulary_and_merges(directory, config) : parse_tokenizer_json(read_file(file), origin);
  add_configured_tokens(config, parts.vocabulary, parts.added);
  return Tokenizer(std::make_unique<State>(std::move(parts), std::move(config), origin));
}

void Tokenizer::save(const std::filesystem::path& directory) const {
  const State& state = *state_;
  write_file_atomically(directory / "tokenizer.json", tokenizer_json(state.model, state.added, state.components));
  write_file_atomically(directory / "tokenizer_config.json", state.config.dump());
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, bool parse_special) const {
  const State& state = *state_;
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 4 + 1);
  state.for_each_section(
      text, parse_special, [&](const AddedToken& token) { ids.push_back(token.id); },
      [&](std::string_view section) { state.encode_words(section, ids); });
  return ids;
}

std::vector<TokenId> Tokenizer::encode_with_special_tokens(std::string_view text, bool parse_special) const {
  std::vector<TokenId> ids = encode(text, parse_special);
  ids.insert(ids.begin(), state_->frame.before.begin(), state_->frame.before.end());
  ids.insert(ids.end(), state_->frame.after.begin(), state_->frame.after.end());
  return ids;
}

const std::vector<TokenId>& Tokenizer::ids_before_text() const { return state_->frame.before; }
const std::vector<TokenId>& Tokenizer::ids_behind_text() const { return state_->frame.after; }

std::size_t Tokenizer::cut_position(std::string_view text, std::size_t limit) const {
  if (!state_->cuts_before_space) return 0;
  // White space that ends in one of these bytes is refused; so are characters that only share the byte. That costs a later cut only.
  const auto may_be_space = [](unsigned char byte) {
    return byte <= ' ' || byte == 0x85 || byte == 0xA0 || (byte >= 0x80 && byte <= 0xAF);
  };
  for (std::size_t at = std::min(limit, text.size() - 1); at > 0 && at < text.size(); --at)
    if (text[at] == ' ' && !may_be_space(static_cast<unsigned char>(text[at - 1]))) return at;
  return 0;
}

std::string Tokenizer::decode(const std::vector<TokenId>& ids, bool skip_special) const {
  std::string text;
  for (const TokenId id : ids)
    if (!skip_special || !is_special(id)) text += token_bytes(id);
  return text;
}

std::string Tokenizer::token_bytes(TokenId id) const {
  const std::string* token = state_->token(id);
  require(token != nullptr, "no token has the id {}; this tokenizer's ids are 0 to {}", id, state_->vocab_size - 1);
  return *token;
}

std::int64_t Tokenizer::vocab_size() const { return state_->vocab_size; }
void Tokenizer::require_fits_model(std::int64_t model_vocab_size, const std::string& origin) const {
  require(vocab_size() <= model_vocab_size,
          "{}: the tokenizer has {} ids, but the model's vocabulary has {} entries; the tokenizer belongs to another model", origin,
          vocab_size(), model_vocab_size);
}
std::int64_t Tokenizer::model_vocab_size() const { return state_->config.model_vocab_size(state_->vocab_size); }
std::optional<TokenId> Tokenizer::token_id(std::string_view token) const { return state_->find(token); }
bool Tokenizer::is_special(TokenId id) const {
  const AddedToken* token = state_->added.find(id);
  return token != nullptr && token->special;
}
std::optional<TokenId> Tokenizer::bos_id() const { return state_->bos; }
std::optional<TokenId> Tokenizer::eos_id() const { return state_->eos; }
std::optional<TokenId> Tokenizer::pad_id() const { return state_->pad; }
const TokenizerConfig& Tokenizer::config() const { return state_->config; }
std::uint64_t Tokenizer::fingerprint() const { return state_->fingerprint; }

}  // namespace fathom::text
