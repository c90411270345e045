// The files of web/, built into the program. Private to the room.
#pragma once

#include <string_view>
#include <vector>

namespace fathom::server {

struct PageFile {
  std::string_view name, bytes;
};
std::vector<PageFile> page_files();

}  // namespace fathom::server
