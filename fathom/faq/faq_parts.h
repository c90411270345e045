// Which files a FAQ directory was made of: faq.json. Parts of two FAQs put together, or one that was changed, are not taken for a FAQ.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fathom::faq {

enum class PartCheck {
  none,
  quick,  // all bytes of files up to 4 MiB; of larger ones the size and 64 blocks spread over the file
  full,   // all bytes
};

// Digest of the word numbers of all entries, in order: they are read whenever a FAQ is opened, so all of them can be checked then.
std::string digest_of_words(const std::vector<std::vector<std::uint32_t>>& words);

// Writes DIRECTORY/faq.json: of every file in it the size and digests, and `words_digest`. The last thing a build does.
void write_parts(const std::filesystem::path& directory, const std::string& words_digest);

// Throws Error naming the file and the remedy: a part is missing, was changed or is of another FAQ; no faq.json, or of another version.
// Returns the digest of words.
std::string check_parts(const std::filesystem::path& directory, PartCheck check);

}  // namespace fathom::faq
