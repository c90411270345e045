// First stage of a run: reads all sources, normalises, filters, takes out contaminated and repeated documents, counts lines, and leaves
// what is kept in text chunks. Private to the room.
#pragma once

#include "fathom/data/prepare/run_state.h"

namespace fathom::data {

// Goes on at run.state.position. Throws Error.
void select_documents(PrepareRun& run, const std::vector<SourceFile>& files);

// The lines that stand in too many documents, counted by select_documents; none when recipe.line_duplicates is false.
std::optional<RepeatedLines> find_repeated_lines(const PrepareRun& run);

}  // namespace fathom::data
