// What the reader and the writer of token files agree on. Private to the room.
#pragma once

namespace fathom::data {

constexpr const char* token_file_format = "fathom-tokens";

}  // namespace fathom::data
