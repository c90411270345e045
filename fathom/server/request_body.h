// Reading a request's body within its limits. Private to the room.
#pragma once

#include <httplib.h>

#include <cstddef>
#include <string>

namespace fathom::server {

// Whether bytes may follow the header.
bool may_have_body(const httplib::Request& request);

// The body, decompressed. Throws ApiError: 400 contradictory or broken, 408 not there in time, 411 neither length nor chunks (for DELETE an
// empty body), 413 of more than `most` bytes, 415 a form with files. The thread's DeadlineStream goes on with the next request only after a
// body that was read to its end.
std::string read_body(const httplib::Request& request, const httplib::ContentReader& reader, std::size_t most);

}  // namespace fathom::server
