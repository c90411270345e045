#include "fathom/search/page_export.h"

#include "fathom/base/file.h"
#include "fathom/index/page_reader.h"
#include "fathom/search/response_json.h"

namespace fathom::search {

std::int64_t export_pages(const std::filesystem::path& index, const std::filesystem::path& out) {
  index::PageReader reader(index);
  AtomicFile file(out);
  std::int64_t count = 0;
  for (const std::int64_t number : reader.all_pages()) {
    const index::Page page = reader.page(number);
    OrderedJson record = {{"id", page.id}, {"title", page.title}, {"text", page.text}};
    if (!page.url.empty()) record["url"] = page.url;
    record.update(metadata_json(page.metadata));
    file.write(record.dump() + "\n");
    ++count;
  }
  file.commit();
  return count;
}

}  // namespace fathom::search
