// Second stage of a run: takes repeated lines out, tokenises, rearranges for fill-in-the-middle, splits joined tokens, and leaves token
// files in the order of the input. Private to the room.
#pragma once

#include "fathom/data/prepare/run_state.h"

namespace fathom::data {

// Goes on at run.state.token_chunks; text chunks are removed when their tokens are durable. Throws Error.
void tokenize_documents(PrepareRun& run);

}  // namespace fathom::data
