// Third stage of a run: splits off validation, repeats sources by their factors, shuffles, and writes the shards. Private to the room.
#pragma once

#include "fathom/data/prepare/run_state.h"

namespace fathom::data {

// A shard ends before the document that would exceed recipe.shard_tokens; no document is cut. Shards that the journal names are not
// written again. The order of the documents is that of a hash (recipe.shuffle), or of the input; neither depends on memory or threads.
void pack_shards(PrepareRun& run);

}  // namespace fathom::data
