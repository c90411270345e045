// What the training commands share: how a run is set up from its options, and what is printed when it ends.
#pragma once

#include <filesystem>
#include <string>

#include "fathom/cli/compute_device.h"
#include "fathom/train/run.h"
#include "fathom/train/training_loop.h"

namespace fathom::cli {

// Sets the compute device up (compute_device.h).
train::RunSettings run_settings(const RunOptions& run, const ComputeOptions& compute);

// "1000 steps, 4.10 M tokens in 3 min 20 s (20.5 k tokens/s); loss 2.31, …\n"
std::string describe(const train::LoopResult& result);

// Says on standard error how to go on after Ctrl-C; returns the exit code: the run is not done.
int report_interruption(const std::string& command, const std::filesystem::path& out, const train::LoopResult& result);

}  // namespace fathom::cli
