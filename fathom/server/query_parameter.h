// The parameter `q`, which several routes take. Private to the room.
#pragma once

#include <string>

#include "fathom/server/message.h"

namespace fathom::server {

// Throws ApiError 400: missing, blank, too long, not UTF-8.
std::string query_of(const Request& request);

}  // namespace fathom::server
