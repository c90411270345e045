#include "fathom/faq/semeval_xml.h"

#include <expat.h>

#include <charconv>
#include <exception>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/records.h"

namespace fathom::faq {
namespace {

// Expat calls back through C, where no exception may pass: what is thrown is kept and thrown again behind it.
class ThreadReader {
 public:
  ThreadReader(const std::filesystem::path& path, const std::function<void(const SemevalThread&)>& visit)
      : origin_(path.string()), visit_(visit), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    require(parser_ != nullptr, "{}: no memory for reading XML", origin_);
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser_.get(), on_text);
    XML_SetEntityDeclHandler(parser_.get(), on_entity);
  }

  void read(const std::filesystem::path& path) {
    const std::unique_ptr<ByteReader> bytes = open_reader(path);
    std::string buffer(1 << 16, '\0');
    for (bool last = false; !last;) {
      const std::size_t size = bytes->read(buffer.data(), buffer.size());
      last = size == 0;
      const XML_Status status = XML_Parse(parser_.get(), buffer.data(), static_cast<int>(size), last);
      if (failure_) std::rethrow_exception(failure_);
      require(status == XML_STATUS_OK, "{}: the XML is broken here: {}", here(), XML_ErrorString(XML_GetErrorCode(parser_.get())));
    }
    require(threads_ > 0,
            "{}: there is no Thread with a RelQuestion in this file; SemEval's Task 3 XML (2016 or 2017, subtask B) is expected", origin_);
  }

 private:
  std::string here() const { return fmt::format("{}:{}", origin_, XML_GetCurrentLineNumber(parser_.get())); }

  template <typename Action>
  static void guarded(void* self, const Action& action) {
    auto& reader = *static_cast<ThreadReader*>(self);
    if (reader.failure_) return;
    try {
      action(reader);
    } catch (...) {
      reader.failure_ = std::current_exception();
      XML_StopParser(reader.parser_.get(), XML_FALSE);
    }
  }
  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    guarded(self, [&](ThreadReader& reader) { reader.start(name, attributes); });
  }
  static void on_end(void* self, const XML_Char* name) {
    guarded(self, [&](ThreadReader& reader) { reader.end(name); });
  }
  static void on_text(void* self, const XML_Char* text, int size) {
    guarded(self, [&](ThreadReader& reader) {
      if (reader.collect_) reader.collected_.append(text, static_cast<std::size_t>(size));
    });
  }
  static void on_entity(void* self, const XML_Char*, int, const XML_Char*, int, const XML_Char*, const XML_Char*, const XML_Char*,
                        const XML_Char*) {
    guarded(self, [](ThreadReader& reader) { fail("{}: the file declares an entity; these are not read", reader.here()); });
  }

  std::string attribute(const XML_Char** attributes, std::string_view name, std::string_view element) const {
    for (; *attributes != nullptr; attributes += 2)
      if (name == attributes[0]) return attributes[1];
    fail("{}: {} has no attribute {}", here(), element, name);
  }

  void start(std::string_view name, const XML_Char** attributes) {
    if (name == "OrgQuestion") {
      thread_ = {};
      thread_.query_id = attribute(attributes, "ORGQ_ID", name);
      query_subject_ = query_body_ = "";
    } else if (name == "Thread") {
      require(!thread_.query_id.empty(), "{}: a Thread stands outside an OrgQuestion", here());
      thread_.id = subject_ = body_ = "";
      thread_.comments.clear();
    } else if (name == "RelQuestion") {
      thread_.position = here();
      thread_.id = attribute(attributes, "RELQ_ID", name);
      thread_.relevance = attribute(attributes, "RELQ_RELEVANCE2ORGQ", name);
      const std::string rank = attribute(attributes, "RELQ_RANKING_ORDER", name);
      const auto [end, error] = std::from_chars(rank.data(), rank.data() + rank.size(), thread_.rank);
      require(error == std::errc() && end == rank.data() + rank.size(), "{}: RELQ_RANKING_ORDER is '{}'; a number is expected", here(),
              rank);
    } else {
      collect_ = name == "OrgQSubject" || name == "OrgQBody" || name == "RelQSubject" || name == "RelQBody" || name == "RelCText";
      collected_.clear();
    }
  }

  void end(std::string_view name) {
    if (name == "OrgQSubject") query_subject_ = std::move(collected_);
    if (name == "OrgQBody") query_body_ = std::move(collected_);
    if (name == "RelQSubject") subject_ = std::move(collected_);
    if (name == "RelQBody") body_ = std::move(collected_);
    if (name == "RelCText") thread_.comments.push_back(std::move(collected_));
    if (collect_) collected_ = {};
    collect_ = false;
    if (name == "OrgQuestion") thread_ = {};
    if (name != "Thread") return;
    require(!thread_.id.empty(), "{}: the Thread that ends here has no RelQuestion", here());
    thread_.query = query_subject_ + ". " + query_body_;
    thread_.text = subject_ + ". " + body_;
    ++threads_;
    visit_(thread_);
  }

  std::string origin_;
  const std::function<void(const SemevalThread&)>& visit_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, void (*)(XML_Parser)> parser_;
  std::exception_ptr failure_;
  SemevalThread thread_;
  std::string query_subject_, query_body_, subject_, body_, collected_;
  bool collect_ = false;
  std::int64_t threads_ = 0;
};

}  // namespace

bool is_xml_file(const std::filesystem::path& path) { return data::uncompressed_extension(path) == ".xml"; }

void for_each_semeval_thread(const std::filesystem::path& path, const std::function<void(const SemevalThread&)>& visit) {
  ThreadReader(path, visit).read(path);
}

}  // namespace fathom::faq
