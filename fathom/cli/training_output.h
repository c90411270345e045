// What the training commands print when they end.
#pragma once

#include <filesystem>
#include <string>

#include "fathom/train/training_loop.h"

namespace fathom::cli {

// "1000 steps, 4.10 M tokens in 3 min 20 s (20.5 k tokens/s); loss 2.31, …\n"
std::string describe(const train::LoopResult& result);

// Says on standard error how to go on after Ctrl-C; returns the exit code: the run is not done.
int report_interruption(const std::string& command, const std::filesystem::path& out, const train::LoopResult& result);

}  // namespace fathom::cli
