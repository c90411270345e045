// Runs the fathom program as a user does.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/base/scratch_directory.h"

namespace fathom::cli {

struct ProgramResult {
  int code = -1;
  std::string out, err;
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return (std::ostringstream() << stream.rdbuf()).str();
}

inline ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input = "") {
  const char* program = std::getenv("FATHOM_PROGRAM");
  if (program == nullptr) return {-1, "", "FATHOM_PROGRAM is not set"};
  const ScratchDirectory scratch;
  std::ofstream(scratch / "in", std::ios::binary) << input;
  std::string command;
  const auto quoted = [](const std::string& word) {
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
  };
  command += quoted(program);
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  command +=
      " <" + quoted((scratch / "in").string()) + " >" + quoted((scratch / "out").string()) + " 2>" + quoted((scratch / "err").string());
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(scratch / "out"), contents(scratch / "err")};
}

}  // namespace fathom::cli
