// json.dumps() of Python's standard library, as the filter `tojson` of transformers calls it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fathom/text/jinja/represent.h"
#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

std::string json_float(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return float_text(value);
}

std::string json_scalar(const Value& value) {
  if (value.is_none()) return "null";
  if (value.is_boolean()) return value.boolean() ? "true" : "false";
  if (value.is_integer()) return std::to_string(value.integer());
  return json_float(value.real());
}

class Writer {
 public:
  Writer(const JsonStyle& style, Budget& budget) : style_(style), budget_(budget) {}

  void write(const Value& value, std::size_t level) {
    const Budget::Nested nested(budget_);
    budget_.step();
    budget_.check_size(out_.size());
    if (const MarkedText* text = value.as_text()) return string(*text);
    if (const Dict* dict = value.as_dict()) return object(*dict, level);
    const Sequence* sequence = value.as_sequence();
    if (sequence != nullptr && (sequence->kind == SequenceKind::list || sequence->kind == SequenceKind::tuple))
      return list(*sequence, level);
    require(value.is_none() || value.is_number(), "tojson: a value of type {} has no JSON form", type_name(value));
    out_.append(json_scalar(value));
  }

  MarkedText take() {
    budget_.text(out_.size());
    return std::move(out_);
  }

 private:
  void string(const MarkedText& text) {
    budget_.step(text.size() / 16);
    out_.append("\"");
    std::size_t done = 0;
    const std::string& bytes = text.bytes();
    // Bytes that are written as they are go in one piece; the others keep the mark of what they stand for.
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t length = step_length(std::string_view(bytes).substr(at));
      const char32_t c = first_character(std::string_view(bytes).substr(at));
      const std::string escaped = escape(c);
      if (!escaped.empty()) {
        out_.append(text, done, at);
        out_.append(escaped, !text.slice(at, at + length).is_trusted());
        done = at + length;
      }
      at += length;
    }
    out_.append(text, done, bytes.size());
    out_.append("\"");
  }

  // Empty when the character stands for itself.
  std::string escape(char32_t c) const {
    switch (c) {
      case '"': return "\\\"";
      case '\\': return "\\\\";
      case '\n': return "\\n";
      case '\r': return "\\r";
      case '\t': return "\\t";
      case '\b': return "\\b";
      case '\f': return "\\f";
      default: break;
    }
    if (c >= 0x20 && (c < 0x7F || !style_.ascii)) return {};
    if (c < 0x10000) return fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    const auto pair = static_cast<unsigned>(c) - 0x10000;
    return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (pair >> 10), 0xDC00 + (pair & 0x3FF));
  }

  // A line of its own for what comes next, where the style has lines.
  void line(std::size_t level) {
    if (!style_.indent) return;
    std::string text = "\n";
    for (std::size_t i = 0; i < level; ++i) text += *style_.indent;
    out_.append(text);
    budget_.step(1 + text.size() / 64);
  }

  void list(const Sequence& sequence, std::size_t level) {
    if (sequence.items.empty()) return out_.append("[]");
    out_.append("[");
    for (std::size_t i = 0; i < sequence.items.size(); ++i) {
      if (i > 0) out_.append(style_.item_separator);
      line(level + 1);
      write(sequence.items[i], level + 1);
    }
    line(level);
    out_.append("]");
  }

  MarkedText key_text(const Value& key) {
    if (const MarkedText* text = key.as_text()) return *text;
    require(key.is_none() || key.is_number(), "tojson: a {} cannot be a key in JSON", type_name(key));
    return MarkedText(json_scalar(key));
  }

  void object(const Dict& dict, std::size_t level) {
    if (dict.entries.empty()) return out_.append("{}");
    std::vector<const std::pair<Value, Value>*> entries;
    for (const auto& entry : dict.entries) entries.push_back(&entry);
    if (style_.sort_keys) {
      for (const auto* entry : entries) require(entry->first.as_text() != nullptr, "tojson: sort_keys needs keys that are strings");
      std::stable_sort(entries.begin(), entries.end(), [](const auto* left, const auto* right) {
        return left->first.as_text()->bytes() < right->first.as_text()->bytes();
      });
    }
    out_.append("{");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_.append(style_.item_separator);
      line(level + 1);
      string(key_text(entries[i]->first));
      out_.append(style_.key_separator);
      write(entries[i]->second, level + 1);
    }
    line(level);
    out_.append("}");
  }

  const JsonStyle& style_;
  Budget& budget_;
  MarkedText out_;
};

}  // namespace

MarkedText to_json(const Value& value, const JsonStyle& style, Budget& budget) {
  Writer writer(style, budget);
  writer.write(value, 0);
  return writer.take();
}

}  // namespace fathom::text::jinja
