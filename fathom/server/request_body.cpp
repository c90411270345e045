#include "fathom/server/request_body.h"

#include <charconv>

#include "fathom/server/deadline_stream.h"
#include "fathom/server/message.h"

namespace fathom::server {
namespace {

[[noreturn]] void too_large(std::size_t most) {
  throw ApiError(413, "payload_too_large", fmt::format("the body is larger than the {} bytes that this server takes", most));
}

// The announced number of bytes; nullopt: chunks. Two lengths, or a length and chunks, could be read as two different requests.
std::optional<std::size_t> announced_length(const httplib::Request& request, std::size_t most) {
  const std::size_t lengths = request.get_header_value_count("Content-Length"),
                    codings = request.get_header_value_count("Transfer-Encoding");
  if (lengths + codings > 1) throw ApiError(400, "invalid_request", "the body's length is given twice");
  if (codings == 1) {
    if (request.get_header_value("Transfer-Encoding") != "chunked")
      throw ApiError(400, "invalid_request", "of transfer encodings only 'chunked' is taken");
    return std::nullopt;
  }
  if (lengths == 0) {
    if (request.method == "DELETE") return 0;
    throw ApiError(411, "length_required", "a body is needed, with Content-Length or in chunks");
  }
  const std::string text = request.get_header_value("Content-Length");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error == std::errc::result_out_of_range) too_large(most);
  if (error != std::errc() || end != text.data() + text.size()) throw ApiError(400, "invalid_request", "Content-Length is no number");
  if (length > most) too_large(most);
  return length;
}

}  // namespace

bool may_have_body(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") ||
         (request.has_header("Content-Length") && request.get_header_value("Content-Length") != "0");
}

std::string read_body(const httplib::Request& request, const httplib::ContentReader& reader, std::size_t most) {
  const std::optional<std::size_t> length = announced_length(request, most);
  if (length == 0) return {};
  if (!length && request.method == "DELETE") throw ApiError(400, "invalid_request", "DELETE takes no chunks");  // httplib reads none
  if (request.is_multipart_form_data()) throw ApiError(415, "unsupported_media_type", "forms are not taken");
  DeadlineStream& stream = *DeadlineStream::current();
  stream.begin_body();
  std::string body;
  bool larger = false;
  const bool whole = reader([&](const char* data, std::size_t size) {
    larger = body.size() + size > most;
    if (!larger) body.append(data, size);
    return !larger;
  });
  if (larger || stream.too_large()) too_large(most);
  if (stream.timed_out()) throw ApiError(408, "request_timeout", "the body did not arrive in time");
  if (!whole) throw ApiError(400, "invalid_request", "the body could not be read");
  stream.go_on_after_reply();
  return body;
}

}  // namespace fathom::server
