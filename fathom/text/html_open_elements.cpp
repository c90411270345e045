#include "fathom/text/html_open_elements.h"

namespace fathom::text {
namespace {

using Set = std::array<bool, GUMBO_TAG_LAST + 1>;

template <typename... Tags>
constexpr Set set_of(Tags... tags) {
  Set set{};
  ((set[static_cast<std::size_t>(tags)] = true), ...);
  return set;
}

constexpr Set joined(Set a, const Set& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = a[i] || b[i];
  return a;
}

constexpr bool contains(const Set& set, GumboTag tag) { return set[static_cast<std::size_t>(tag)]; }

constexpr Set void_elements =
    set_of(GUMBO_TAG_AREA, GUMBO_TAG_BASE, GUMBO_TAG_BASEFONT, GUMBO_TAG_BGSOUND, GUMBO_TAG_BR, GUMBO_TAG_COL, GUMBO_TAG_EMBED,
           GUMBO_TAG_FRAME, GUMBO_TAG_HR, GUMBO_TAG_IMG, GUMBO_TAG_IMAGE, GUMBO_TAG_INPUT, GUMBO_TAG_KEYGEN, GUMBO_TAG_LINK, GUMBO_TAG_META,
           GUMBO_TAG_PARAM, GUMBO_TAG_SOURCE, GUMBO_TAG_TRACK, GUMBO_TAG_WBR);

// "Has an element in scope" looks no further out than these.
constexpr Set scope =
    set_of(GUMBO_TAG_APPLET, GUMBO_TAG_CAPTION, GUMBO_TAG_TABLE, GUMBO_TAG_TD, GUMBO_TAG_TH, GUMBO_TAG_MARQUEE, GUMBO_TAG_OBJECT);
constexpr Set button_scope = joined(scope, set_of(GUMBO_TAG_BUTTON));
constexpr Set list_scope = joined(scope, set_of(GUMBO_TAG_OL, GUMBO_TAG_UL));
constexpr Set table_scope = set_of(GUMBO_TAG_TABLE);
constexpr Set headings = set_of(GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3, GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6);
constexpr Set cells = set_of(GUMBO_TAG_TD, GUMBO_TAG_TH);
constexpr Set row_groups = set_of(GUMBO_TAG_TBODY, GUMBO_TAG_THEAD, GUMBO_TAG_TFOOT);
constexpr Set table_parts = joined(joined(cells, row_groups), set_of(GUMBO_TAG_TR, GUMBO_TAG_CAPTION, GUMBO_TAG_COLGROUP));

// A start tag of these closes an open <p>. <table> does so only in some modes of the parser and is therefore not counted.
constexpr Set paragraph_closers =
    joined(headings, set_of(GUMBO_TAG_ADDRESS, GUMBO_TAG_ARTICLE, GUMBO_TAG_ASIDE, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_CENTER,
                            GUMBO_TAG_DETAILS, GUMBO_TAG_DIR, GUMBO_TAG_DIV, GUMBO_TAG_DL, GUMBO_TAG_FIELDSET, GUMBO_TAG_FIGCAPTION,
                            GUMBO_TAG_FIGURE, GUMBO_TAG_FOOTER, GUMBO_TAG_HEADER, GUMBO_TAG_MAIN, GUMBO_TAG_NAV, GUMBO_TAG_OL, GUMBO_TAG_P,
                            GUMBO_TAG_SECTION, GUMBO_TAG_SUMMARY, GUMBO_TAG_HGROUP, GUMBO_TAG_MENU, GUMBO_TAG_UL, GUMBO_TAG_PRE,
                            GUMBO_TAG_LISTING, GUMBO_TAG_LI, GUMBO_TAG_DD, GUMBO_TAG_DT, GUMBO_TAG_HR));

// Elements whose end tag closes what is open inside them, if they are in scope.
constexpr Set closing_blocks = set_of(GUMBO_TAG_ADDRESS, GUMBO_TAG_ARTICLE, GUMBO_TAG_ASIDE, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_BUTTON,
                                      GUMBO_TAG_CENTER, GUMBO_TAG_DETAILS, GUMBO_TAG_DIR, GUMBO_TAG_DIV, GUMBO_TAG_DL, GUMBO_TAG_FIELDSET,
                                      GUMBO_TAG_FIGCAPTION, GUMBO_TAG_FIGURE, GUMBO_TAG_FOOTER, GUMBO_TAG_HEADER, GUMBO_TAG_LISTING,
                                      GUMBO_TAG_MAIN, GUMBO_TAG_NAV, GUMBO_TAG_OL, GUMBO_TAG_PRE, GUMBO_TAG_SECTION, GUMBO_TAG_SUMMARY,
                                      GUMBO_TAG_UL, GUMBO_TAG_DD, GUMBO_TAG_DT, GUMBO_TAG_APPLET, GUMBO_TAG_MARQUEE, GUMBO_TAG_OBJECT);

// The standard's "special" elements that can be open here: an end tag without rules of its own looks no further out.
constexpr Set special =
    joined(joined(joined(joined(closing_blocks, headings), table_parts), void_elements),
           set_of(GUMBO_TAG_P, GUMBO_TAG_LI, GUMBO_TAG_TABLE, GUMBO_TAG_HGROUP, GUMBO_TAG_MENU, GUMBO_TAG_TEXTAREA, GUMBO_TAG_TITLE));
constexpr Set list_item_stops = [] {
  Set stops = special;
  for (const GumboTag tag : {GUMBO_TAG_ADDRESS, GUMBO_TAG_DIV, GUMBO_TAG_P}) stops[static_cast<std::size_t>(tag)] = false;
  return stops;
}();

}  // namespace

bool is_void_element(GumboTag tag) { return contains(void_elements, tag); }

std::size_t HtmlOpenElements::find(const TagSet& wanted, const TagSet& stops) const {
  for (std::size_t i = elements_.size(); i-- > 0;) {
    if (contains(wanted, elements_[i])) return i;
    if (contains(stops, elements_[i])) return none;
  }
  return none;
}

// The hidden elements are inside the innermost visible one, so they go with it.
void HtmlOpenElements::pop_to(std::size_t index) {
  if (index == none) return;
  elements_.resize(index);
  if (hidden_total_ == 0) return;
  hidden_.fill(0);
  hidden_total_ = 0;
}

void HtmlOpenElements::open(GumboTag tag) { elements_.push_back(tag); }

void HtmlOpenElements::close_paragraph() { pop_to(find(set_of(GUMBO_TAG_P), button_scope)); }

void HtmlOpenElements::close_list_item(GumboTag tag) {
  constexpr Set definitions = set_of(GUMBO_TAG_DD, GUMBO_TAG_DT);
  pop_to(tag == GUMBO_TAG_LI ? find(set_of(GUMBO_TAG_LI), list_item_stops) : find(definitions, list_item_stops));
}

// A cell, row or group of rows ends what stands in its place, and opens the parents that were left out.
void HtmlOpenElements::close_in_table(GumboTag tag) {
  const std::size_t table = find(table_scope, {});
  if (table == none) return;
  std::size_t keep = table + 1;
  const auto keep_one_of = [&](const Set& parents, GumboTag implied) {
    if (keep < elements_.size() && contains(parents, elements_[keep])) {
      ++keep;
    } else {
      pop_to(keep);
      open(implied);
      ++keep;
    }
  };
  if (contains(cells, tag) || tag == GUMBO_TAG_TR) keep_one_of(row_groups, GUMBO_TAG_TBODY);
  if (contains(cells, tag)) keep_one_of(set_of(GUMBO_TAG_TR), GUMBO_TAG_TR);
  pop_to(keep);
}

// A new <a> ends the one before it, but not the blocks that were opened inside.
void HtmlOpenElements::close_anchor() {
  const std::size_t anchor = find(set_of(GUMBO_TAG_A), scope);
  if (anchor == none) return;
  for (std::size_t i = anchor + 1; i < elements_.size(); ++i) {
    if (contains(special, elements_[i])) {
      elements_.erase(elements_.begin() + static_cast<std::ptrdiff_t>(anchor));
      return;
    }
  }
  pop_to(anchor);
}

void HtmlOpenElements::close_for(GumboTag tag) {
  if (tag == GUMBO_TAG_LI || tag == GUMBO_TAG_DD || tag == GUMBO_TAG_DT) close_list_item(tag);
  if (contains(paragraph_closers, tag)) close_paragraph();
  if (contains(headings, tag) && !elements_.empty() && contains(headings, elements_.back())) pop_to(elements_.size() - 1);
  if (contains(table_parts, tag)) close_in_table(tag);
  if (tag == GUMBO_TAG_A) close_anchor();
  if (tag == GUMBO_TAG_BUTTON) pop_to(find(set_of(GUMBO_TAG_BUTTON), scope));
  const bool option = tag == GUMBO_TAG_OPTION || tag == GUMBO_TAG_OPTGROUP;
  if (option && !elements_.empty() && elements_.back() == GUMBO_TAG_OPTION) pop_to(elements_.size() - 1);
  if (tag == GUMBO_TAG_TABLE) {
    const std::size_t place = find(joined(table_scope, joined(cells, set_of(GUMBO_TAG_CAPTION))), {});
    if (place != none && elements_[place] == GUMBO_TAG_TABLE) pop_to(place);
  }
}

bool HtmlOpenElements::start_tag(GumboTag tag) {
  if (tag == GUMBO_TAG_HTML || tag == GUMBO_TAG_HEAD || tag == GUMBO_TAG_BODY) return true;
  close_for(tag);
  // The parser ignores parts of a table outside of one.
  if (is_void_element(tag) || (contains(table_parts, tag) && find(table_scope, {}) == none)) return true;
  // Two more: a cell may open its row and group too.
  if (hidden_total_ == 0 && elements_.size() + 2 < max_depth_) {
    open(tag);
    return true;
  }
  ++hidden_[static_cast<std::size_t>(tag)];
  ++hidden_total_;
  return false;
}

bool HtmlOpenElements::end_tag(GumboTag tag) {
  std::size_t& hidden = hidden_[static_cast<std::size_t>(tag)];
  if (hidden > 0) {
    --hidden;
    --hidden_total_;
    return false;
  }
  Set wanted{};
  wanted[static_cast<std::size_t>(tag)] = true;
  if (tag == GUMBO_TAG_P) {
    pop_to(find(wanted, joined(special, button_scope)));
  } else if (tag == GUMBO_TAG_A) {
    close_anchor();
  } else if (tag == GUMBO_TAG_LI) {
    pop_to(find(wanted, list_scope));
  } else if (contains(headings, tag)) {
    pop_to(find(headings, scope));
  } else if (tag == GUMBO_TAG_TABLE || contains(table_parts, tag)) {
    pop_to(find(wanted, table_scope));
  } else if (contains(closing_blocks, tag)) {
    pop_to(find(wanted, scope));
  } else {
    pop_to(find(wanted, special));
  }
  return true;
}

}  // namespace fathom::text
