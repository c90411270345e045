#include "fathom/text/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <optional>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/text/split.h"
#include "fathom/text/unicode_classes.h"

namespace fathom::text {
namespace {

constexpr int deepest_nesting = 8;  // of sequences; a hostile file must not use up the stack

// Whether no byte is `limit` or above.
bool all_below(std::string_view text, unsigned limit) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= limit) return false;
  return true;
}

class UnicodeForm : public Normalizer {
 public:
  // Characters below U+0300 (first byte below 0xCC) are their own NFC; only ASCII is unchanged by every form.
  UnicodeForm(const icu::Normalizer2* form, bool is_nfc, bool cuts) : form_(form), unchanged_below_(is_nfc ? 0xCC : 0x80), cuts_(cuts) {}

  std::string_view apply(std::string_view text, std::string& storage) const override {
    if (all_below(text, unchanged_below_)) return text;
    bool changed = false;
    for_each_utf8_stretch(text, [&](std::string_view stretch, bool is_valid) {
      UErrorCode error = U_ZERO_ERROR;
      changed = changed || (is_valid && !form_->isNormalizedUTF8(piece_of(stretch), error));
    });
    if (!changed) return text;
    std::string out;
    icu::StringByteSink<std::string> sink(&out, static_cast<std::int32_t>(std::min<std::size_t>(text.size(), 1 << 30)));
    for_each_utf8_stretch(text, [&](std::string_view stretch, bool is_valid) {
      if (!is_valid) {
        out += stretch;
        return;
      }
      UErrorCode error = U_ZERO_ERROR;
      form_->normalizeUTF8(0, piece_of(stretch), sink, nullptr, error);
      require(U_SUCCESS(error) != 0, "cannot normalise the text: {}", u_errorName(error));
    });
    storage = std::move(out);
    return storage;
  }
  bool allows_cut_before_space() const override { return cuts_; }

 private:
  static icu::StringPiece piece_of(std::string_view text) {
    require(text.size() < (std::size_t{1} << 31), "a text of {} bytes is too long to be normalised", text.size());
    return {text.data(), static_cast<std::int32_t>(text.size())};
  }

  const icu::Normalizer2* form_;
  unsigned unchanged_below_;
  bool cuts_;
};

class Prepend : public Normalizer {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string_view apply(std::string_view text, std::string& storage) const override {
    if (text.empty()) return text;
    std::string out = prefix_;
    out += text;
    return storage = std::move(out);
  }

 private:
  std::string prefix_;
};

class Replace : public Normalizer {
 public:
  Replace(SplitPattern pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}
  std::string_view apply(std::string_view text, std::string& storage) const override {
    std::string out;
    std::vector<Stretch> stretches;
    for_each_utf8_stretch(text, [&](std::string_view part, bool is_valid) {
      stretches.clear();
      if (is_valid) pattern_.stretches(part, stretches);
      if (!is_valid) out += part;
      for (const Stretch& stretch : stretches)
        out += stretch.is_match ? std::string_view(content_) : part.substr(stretch.begin, stretch.end - stretch.begin);
    });
    return storage = std::move(out);
  }

 private:
  SplitPattern pattern_;
  std::string content_;
};

class Strip : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  std::string_view apply(std::string_view text, std::string&) const override {
    std::size_t begin = 0, end = text.size();
    std::optional<std::size_t> last_kept;  // where the last character ends that is no white space
    bool leading = true;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = character_length(text.substr(at));
      const bool space = length > 0 && (UnicodeClasses::get().of(code_point(text.substr(at), length)) & character_class::space) != 0;
      if (!space && leading) {
        begin = at;
        leading = false;
      }
      at += std::max<std::size_t>(length, 1);
      if (!space) last_kept = at;
    }
    if (leading) begin = text.size();  // nothing but white space
    if (!left_) begin = 0;
    if (right_) end = std::max(begin, last_kept.value_or(begin));
    return text.substr(begin, end - begin);
  }

 private:
  bool left_, right_;
};

class NormalizerSequence : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<std::unique_ptr<Normalizer>> steps) : steps_(std::move(steps)) {}
  std::string_view apply(std::string_view text, std::string& storage) const override {
    std::string next;
    for (const auto& step : steps_) {
      const std::string_view made = step->apply(text, next);
      if (!made.empty() && made.data() == next.data()) {
        storage.swap(next);
        text = storage;
      } else {
        text = made;
      }
    }
    return text;
  }
  bool allows_cut_before_space() const override {
    for (const auto& step : steps_)
      if (!step->allows_cut_before_space()) return false;
    return true;
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

const icu::Normalizer2* unicode_form(const std::string& type) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* form = type == "NFC"    ? icu::Normalizer2::getNFCInstance(error)
                                 : type == "NFD"  ? icu::Normalizer2::getNFDInstance(error)
                                 : type == "NFKC" ? icu::Normalizer2::getNFKCInstance(error)
                                 : type == "NFKD" ? icu::Normalizer2::getNFKDInstance(error)
                                                  : nullptr;
  require(U_SUCCESS(error) != 0, "ICU has no data for {}: {}", type, u_errorName(error));
  return form;
}

std::unique_ptr<Normalizer> make(const Json& description, const std::string& origin, int depth) {
  if (description.is_null()) return nullptr;
  const auto type = json_get<std::string>(description, "type", origin + ": normalizer");
  const std::string where = fmt::format("{}: normalizer {}", origin, type);
  if (const icu::Normalizer2* form = unicode_form(type)) {
    // Compatibility forms may turn a character before the cut into white space.
    return std::make_unique<UnicodeForm>(form, type == "NFC", type == "NFC" || type == "NFD");
  }
  if (type == "Prepend") return std::make_unique<Prepend>(json_get<std::string>(description, "prepend", where));
  if (type == "Replace") {
    return std::make_unique<Replace>(SplitPattern(json_get<Json>(description, "pattern", where), where),
                                     json_get<std::string>(description, "content", where));
  }
  if (type == "Strip")
    return std::make_unique<Strip>(json_get<bool>(description, "strip_left", where), json_get<bool>(description, "strip_right", where));
  require(type == "Sequence",
          "{}: the normalizer '{}' is not supported; supported are NFC, NFD, NFKC, NFKD, Prepend, Replace, Strip and "
          "Sequence of them",
          origin, type);
  require(depth < deepest_nesting, "{}: normalizer Sequences are nested more than {} deep", origin, deepest_nesting);
  const Json list = json_get<Json>(description, "normalizers", where);
  require(list.is_array(), "{}: 'normalizers' must be a list", where);
  std::vector<std::unique_ptr<Normalizer>> steps;
  for (const Json& step : list)
    if (auto made = make(step, origin, depth + 1)) steps.push_back(std::move(made));
  if (steps.empty()) return nullptr;
  return std::make_unique<NormalizerSequence>(std::move(steps));
}

}  // namespace

std::unique_ptr<Normalizer> make_normalizer(const Json& description, const std::string& origin) { return make(description, origin, 0); }

}  // namespace fathom::text
