#include "fathom/text/html_walker.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "fathom/text/html_block_builder.h"
#include "fathom/text/html_elements.h"
#include "fathom/text/html_source_map.h"

namespace fathom::text {
namespace {

class Walker {
 public:
  Walker(std::string_view html, HtmlPage& page) : html_(html), page_(page), map_(html), builder_(page.blocks) {}

  void run(const GumboNode* root) {
    if (const char* language = html_attribute(root, "lang")) page_.language = language;
    // A loop with its own stack: the tree may be a thousand elements deep.
    enter(root, State{});
    while (!open_.empty()) {
      Frame& frame = open_.back();
      const GumboVector* children = children_of(frame.node);
      if (frame.next_child == children->length) {
        leave(frame);
        open_.pop_back();
        continue;
      }
      const auto* child = static_cast<const GumboNode*>(children->data[frame.next_child++]);
      visit(child, frame.state);
    }
    builder_.end_block();
    if (!title_.empty()) page_.blocks.insert(page_.blocks.begin(), std::move(title_.front()));
  }

 private:
  struct State {
    HtmlBlockContext context;
    int list_level = 0, quote_level = 0;
    bool in_row = false;
  };
  struct Frame {
    const GumboNode* node;
    unsigned next_child;
    State state;
    bool block;
  };

  // By value: entering a child may move the frames.
  void visit(const GumboNode* node, State state) {
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_CDATA: text(node->v.text, state.context, builder_); break;
      case GUMBO_NODE_ELEMENT: enter(node, state); break;
      default: break;
    }
  }

  void text(const GumboText& node, const HtmlBlockContext& context, HtmlBlockBuilder& builder) {
    std::string_view rest = node.text;
    std::size_t at = offset_of(node.original_text);
    while (!rest.empty()) builder.text(map_.next(rest, at), context);
  }

  std::size_t offset_of(const GumboStringPiece& piece) const {
    const auto offset = static_cast<std::size_t>(piece.data - html_.data());
    return piece.data == nullptr || offset > html_.size() ? html_.size() : offset;
  }

  void enter(const GumboNode* node, State state) {
    const GumboElement& element = node->v.element;
    if (element.tag == GUMBO_TAG_TITLE) return title(element);
    if (element.tag == GUMBO_TAG_BR) return line_break(element, state);
    if (is_html_hidden(node)) return;
    const bool block = is_html_block(element.tag);
    if (block) boundary(state);
    if (state.in_row && (element.tag == GUMBO_TAG_TD || element.tag == GUMBO_TAG_TH)) {
      if (node->index_within_parent > first_cell_) builder_.cell(state.context);
      first_cell_ = std::min<std::size_t>(first_cell_, node->index_within_parent);
    }
    describe(node, state);
    open_.push_back({node, 0, state, block});
  }

  void leave(const Frame& frame) {
    if (frame.node->v.element.tag == GUMBO_TAG_TR && frame.state.in_row) {
      builder_.end_block();
    } else if (frame.block) {
      boundary(frame.state);
    }
  }

  void boundary(const State& state) {
    if (state.in_row)
      builder_.gap();
    else
      builder_.end_block();
  }

  // What text inside `node` is.
  void describe(const GumboNode* node, State& state) {
    HtmlBlockContext& context = state.context;
    const GumboTag tag = node->v.element.tag;
    const auto become = [&](HtmlBlockKind kind, int level) {
      context.kind = kind;
      context.level = level;
    };
    if (is_html_block(tag)) set_region(node, context);
    switch (tag) {
      case GUMBO_TAG_H1:
      case GUMBO_TAG_H2:
      case GUMBO_TAG_H3:
      case GUMBO_TAG_H4:
      case GUMBO_TAG_H5:
      case GUMBO_TAG_H6:
        if (!state.in_row) become(HtmlBlockKind::heading, 1 + static_cast<int>(tag) - static_cast<int>(GUMBO_TAG_H1));
        break;
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
      case GUMBO_TAG_DIR:
      case GUMBO_TAG_MENU:
      case GUMBO_TAG_DL: ++state.list_level; break;
      case GUMBO_TAG_LI:
      case GUMBO_TAG_DT:
      case GUMBO_TAG_DD: become(HtmlBlockKind::list_item, std::max(1, state.list_level)); break;
      case GUMBO_TAG_BLOCKQUOTE: become(HtmlBlockKind::quote, ++state.quote_level); break;
      case GUMBO_TAG_CAPTION:
      case GUMBO_TAG_FIGCAPTION: become(HtmlBlockKind::caption, 0); break;
      case GUMBO_TAG_PRE:
      case GUMBO_TAG_LISTING:
      case GUMBO_TAG_TEXTAREA: context.preformatted = !state.in_row; break;
      case GUMBO_TAG_TR:
        if (!state.in_row && is_html_data_row(node)) {
          state.in_row = true;
          first_cell_ = static_cast<std::size_t>(-1);
          become(HtmlBlockKind::table_row, 0);
        }
        break;
      case GUMBO_TAG_A: context.link = context.link || html_attribute(node, "href") != nullptr; break;
      default: break;
    }
  }

  static void set_region(const GumboNode* node, HtmlBlockContext& context) {
    const GumboTag tag = node->v.element.tag;
    if (tag == GUMBO_TAG_MAIN || tag == GUMBO_TAG_ARTICLE) {
      context.in_main = true;
      context.region = HtmlRegion::body;
    }
    const HtmlRegion region = html_region(node, context.in_main);
    if (region != HtmlRegion::body) context.region = region;
  }

  // The first title counts, wherever it stands.
  void title(const GumboElement& element) {
    if (!title_.empty()) return;
    HtmlBlockBuilder builder(title_);
    const HtmlBlockContext context{.kind = HtmlBlockKind::title};
    for (unsigned i = 0; i < element.children.length; ++i) {
      const auto* child = static_cast<const GumboNode*>(element.children.data[i]);
      if (child->type == GUMBO_NODE_TEXT) text(child->v.text, context, builder);
    }
    builder.end_block();
  }

  void line_break(const GumboElement& element, const State& state) {
    const std::size_t begin = offset_of(element.original_tag);
    builder_.line_break(begin, std::min(begin + element.original_tag.length, html_.size()), state.context);
  }

  std::string_view html_;
  HtmlPage& page_;
  HtmlSourceMap map_;
  HtmlBlockBuilder builder_;
  std::vector<HtmlBlock> title_;
  std::vector<Frame> open_;
  std::size_t first_cell_ = 0;  // of the open row: its index in the row
};

}  // namespace

void walk_html(const HtmlTree& tree, std::string_view html, HtmlPage& page) { Walker(html, page).run(tree.root()); }

}  // namespace fathom::text
