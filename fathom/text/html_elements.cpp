#include "fathom/text/html_elements.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/text/html_tree.h"

namespace fathom::text {
namespace {

using TagSet = std::array<bool, GUMBO_TAG_LAST + 1>;

constexpr TagSet tags(std::initializer_list<GumboTag> members) {
  TagSet set{};
  for (const GumboTag tag : members) set[static_cast<std::size_t>(tag)] = true;
  return set;
}

constexpr TagSet blocks =
    tags({GUMBO_TAG_ADDRESS, GUMBO_TAG_ARTICLE,  GUMBO_TAG_ASIDE,    GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_BODY,     GUMBO_TAG_BUTTON,
          GUMBO_TAG_CAPTION, GUMBO_TAG_CENTER,   GUMBO_TAG_DD,       GUMBO_TAG_DETAILS,    GUMBO_TAG_DIR,      GUMBO_TAG_DIV,
          GUMBO_TAG_DL,      GUMBO_TAG_DT,       GUMBO_TAG_FIELDSET, GUMBO_TAG_FIGCAPTION, GUMBO_TAG_FIGURE,   GUMBO_TAG_FOOTER,
          GUMBO_TAG_H1,      GUMBO_TAG_H2,       GUMBO_TAG_H3,       GUMBO_TAG_H4,         GUMBO_TAG_H5,       GUMBO_TAG_H6,
          GUMBO_TAG_HEADER,  GUMBO_TAG_HGROUP,   GUMBO_TAG_HR,       GUMBO_TAG_LEGEND,     GUMBO_TAG_LI,       GUMBO_TAG_LISTING,
          GUMBO_TAG_MAIN,    GUMBO_TAG_MENU,     GUMBO_TAG_NAV,      GUMBO_TAG_OL,         GUMBO_TAG_OPTGROUP, GUMBO_TAG_OPTION,
          GUMBO_TAG_P,       GUMBO_TAG_PRE,      GUMBO_TAG_SECTION,  GUMBO_TAG_SUMMARY,    GUMBO_TAG_TABLE,    GUMBO_TAG_TBODY,
          GUMBO_TAG_TD,      GUMBO_TAG_TEXTAREA, GUMBO_TAG_TFOOT,    GUMBO_TAG_TH,         GUMBO_TAG_THEAD,    GUMBO_TAG_TR,
          GUMBO_TAG_UL});

constexpr TagSet not_read = tags({GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE, GUMBO_TAG_TEMPLATE, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_IFRAME,
                                  GUMBO_TAG_AUDIO, GUMBO_TAG_VIDEO, GUMBO_TAG_CANVAS, GUMBO_TAG_ANNOTATION_XML, GUMBO_TAG_DATALIST});

constexpr TagSet not_in_data_rows =
    tags({GUMBO_TAG_TABLE, GUMBO_TAG_UL, GUMBO_TAG_OL, GUMBO_TAG_DL, GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3, GUMBO_TAG_H4, GUMBO_TAG_H5,
          GUMBO_TAG_H6, GUMBO_TAG_PRE, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_ARTICLE, GUMBO_TAG_SECTION, GUMBO_TAG_NAV, GUMBO_TAG_HR});

bool contains(const TagSet& set, GumboTag tag) { return set[static_cast<std::size_t>(tag)]; }

struct NamedRegion {
  std::string_view word;
  HtmlRegion region;
};
constexpr std::array<NamedRegion, 5> roles = {{{"navigation", HtmlRegion::nav},
                                               {"banner", HtmlRegion::header},
                                               {"contentinfo", HtmlRegion::footer},
                                               {"complementary", HtmlRegion::aside},
                                               {"search", HtmlRegion::nav}}};
constexpr std::array<NamedRegion, 14> class_words = {{{"nav", HtmlRegion::nav},
                                                      {"navbar", HtmlRegion::nav},
                                                      {"navigation", HtmlRegion::nav},
                                                      {"menu", HtmlRegion::nav},
                                                      {"breadcrumb", HtmlRegion::nav},
                                                      {"breadcrumbs", HtmlRegion::nav},
                                                      {"toc", HtmlRegion::nav},
                                                      {"pagination", HtmlRegion::nav},
                                                      {"sidebar", HtmlRegion::aside},
                                                      {"related", HtmlRegion::aside},
                                                      {"share", HtmlRegion::aside},
                                                      {"footer", HtmlRegion::footer},
                                                      {"site-footer", HtmlRegion::footer},
                                                      {"site-header", HtmlRegion::header}}};

template <std::size_t N>
HtmlRegion lookup(const std::array<NamedRegion, N>& names, const char* value) {
  if (value == nullptr) return HtmlRegion::body;
  const std::string_view words = value;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find_first_of(" \t\r\n\f", at), words.size());
    for (const NamedRegion& name : names) {
      if (words.substr(at, end - at) == name.word) return name.region;
    }
    at = end + 1;
  }
  return HtmlRegion::body;
}

bool is_display_none(const char* style) {
  std::string compact;
  for (const char* c = style; *c != '\0'; ++c) {
    if (*c != ' ' && *c != '\t') compact.push_back(*c >= 'A' && *c <= 'Z' ? static_cast<char>(*c + 32) : *c);
  }
  return compact.find("display:none") != std::string::npos;
}

}  // namespace

const char* html_attribute(const GumboNode* element, const char* name) {
  const GumboVector& attributes = element->v.element.attributes;
  if (attributes.length == 0) return nullptr;
  const GumboAttribute* attribute = gumbo_get_attribute(&attributes, name);
  return attribute == nullptr ? nullptr : attribute->value;
}

bool is_html_block(GumboTag tag) { return contains(blocks, tag); }

bool is_html_hidden(const GumboNode* element) {
  if (contains(not_read, element->v.element.tag)) return true;
  if (element->v.element.tag == GUMBO_TAG_HTML || element->v.element.tag == GUMBO_TAG_BODY) return false;
  if (html_attribute(element, "hidden") != nullptr) return true;
  const char* style = html_attribute(element, "style");
  return style != nullptr && is_display_none(style);
}

HtmlRegion html_region(const GumboNode* element, bool in_main) {
  switch (element->v.element.tag) {
    case GUMBO_TAG_NAV: return HtmlRegion::nav;
    case GUMBO_TAG_ASIDE: return HtmlRegion::aside;
    case GUMBO_TAG_HEADER: return in_main ? HtmlRegion::body : HtmlRegion::header;
    case GUMBO_TAG_FOOTER: return in_main ? HtmlRegion::body : HtmlRegion::footer;
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_ARTICLE: return HtmlRegion::body;
    default: break;
  }
  if (element->v.element.attributes.length == 0) return HtmlRegion::body;
  for (const HtmlRegion region : {lookup(roles, html_attribute(element, "role")), lookup(class_words, html_attribute(element, "class")),
                                  lookup(class_words, html_attribute(element, "id"))}) {
    if (region != HtmlRegion::body) return region;
  }
  return HtmlRegion::body;
}

// Stops at the first table, so that nested tables are not read again for every row around them.
bool is_html_data_row(const GumboNode* row) {
  std::vector<std::pair<const GumboNode*, const GumboNode*>> open = {{row, nullptr}};  // and the cell around it
  std::vector<const GumboNode*> cells_with_block;
  while (!open.empty()) {
    const auto [node, cell] = open.back();
    open.pop_back();
    if (node->type != GUMBO_NODE_ELEMENT) continue;
    const GumboTag tag = node->v.element.tag;
    if (contains(not_in_data_rows, tag)) return false;
    const bool is_cell = tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH;
    if (node != row && !is_cell && is_html_block(tag)) {
      if (!cells_with_block.empty() && cells_with_block.back() == cell) return false;
      cells_with_block.push_back(cell);
    }
    const GumboVector& children = node->v.element.children;
    for (unsigned i = children.length; i-- > 0;) open.emplace_back(static_cast<const GumboNode*>(children.data[i]), is_cell ? node : cell);
  }
  return true;
}

}  // namespace fathom::text
