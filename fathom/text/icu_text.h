// UTF-8 text for ICU's iterators, which then count in its bytes. Private to the room.
#pragma once

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "fathom/base/error.h"

namespace fathom::text {

class IcuText {
 public:
  // The text is not copied and must outlive this.
  explicit IcuText(std::string_view text) {
    require(text.size() < static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()),
            "{} bytes are too long for one piece of text; pieces of less than 2 GiB are expected", text.size());
    UErrorCode status = U_ZERO_ERROR;
    utext_openUTF8(&text_, text.empty() ? "" : text.data(), static_cast<std::int64_t>(text.size()), &status);
    require(U_SUCCESS(status), "ICU cannot read the text: {}", u_errorName(status));
  }
  ~IcuText() { utext_close(&text_); }
  IcuText(const IcuText&) = delete;
  IcuText& operator=(const IcuText&) = delete;

  void give_to(icu::BreakIterator& iterator) {
    UErrorCode status = U_ZERO_ERROR;
    iterator.setText(&text_, status);
    require(U_SUCCESS(status), "ICU cannot read the text: {}", u_errorName(status));
  }

 private:
  UText text_ = UTEXT_INITIALIZER;
};

}  // namespace fathom::text
