// Streaming decoders of gzip, xz and zstd over another reader. Private to the room; fathom/base/file.h is the interface.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fathom/base/file.h"

namespace fathom {

enum class Compression { none, gzip, xz, zstd };

// What the first bytes of a file say; six bytes are enough, fewer are taken as they are.
Compression detect_compression(std::string_view first_bytes);

// Decodes `source`; `origin` is the path for messages. Concatenated members or frames are read as one stream.
// read() of the result throws Error when the data is damaged, truncated or followed by something else.
std::unique_ptr<ByteReader> make_decoder(Compression compression, std::unique_ptr<ByteReader> source, std::string origin);

}  // namespace fathom
