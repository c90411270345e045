// /v1/embeddings in the shape of OpenAI's API, with the index's own encoder.
#include <bit>
#include <cstring>

#include "fathom/server/search_service.h"

namespace fathom::server {
namespace {

constexpr std::size_t most_inputs = 2048;

[[noreturn]] void invalid(const std::string& message) { throw ApiError(400, "invalid_request", message); }

std::vector<std::string> inputs_of(const Json& body) {
  const auto input = body.find("input");
  if (input == body.end()) invalid("'input', a text or a list of texts, is missing");
  std::vector<std::string> texts;
  if (input->is_string()) {
    texts.push_back(input->get<std::string>());
  } else if (input->is_array()) {
    for (const Json& entry : *input) {
      if (!entry.is_string()) invalid("'input' must be a text or a list of texts; token numbers are not taken");
      texts.push_back(entry.get<std::string>());
    }
  } else {
    invalid("'input' must be a text or a list of texts");
  }
  if (texts.empty() || texts.size() > most_inputs) invalid(fmt::format("1 to {} texts are taken in one request", most_inputs));
  return texts;
}

// RFC 4648 of the little-endian 32-bit floats.
std::string base64(const std::vector<float>& values) {
  static_assert(std::endian::native == std::endian::little);
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<unsigned char> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t block = 0;
    for (std::size_t j = 0; j < 3; ++j) block = (block << 8) | (j < left ? bytes[i + j] : 0u);
    for (std::size_t j = 0; j < 4; ++j) out += j <= left ? alphabet[(block >> (18 - 6 * j)) & 63] : '=';
  }
  return out;
}

}  // namespace

Reply SearchService::embeddings(const Request& request) {
  const Json body = request.json({"input", "model", "encoding_format", "dimensions", "user"});
  const std::vector<std::string> texts = inputs_of(body);
  const Json format = body.value("encoding_format", Json("float"));
  if (format != "float" && format != "base64") invalid("'encoding_format' is float or base64");
  OrderedJson data = OrderedJson::array();
  std::string name;
  searcher_.with_view([&](const search::Searcher::View& view) {
    if (view.encoder == nullptr) throw ApiError(404, "no_encoder", "this index has no encoder");
    if (body.contains("dimensions") && body["dimensions"] != view.encoder->width())
      invalid(fmt::format("this encoder's vectors have {} dimensions", view.encoder->width()));
    name = "fathom-" + view.encoder->fingerprint().substr(0, 12);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::vector<float> vector = view.encoder->encode_query(texts[i]);
      data.push_back(
          {{"object", "embedding"}, {"index", i}, {"embedding", format == "base64" ? OrderedJson(base64(vector)) : OrderedJson(vector)}});
    }
  });
  return Reply::json({{"object", "list"}, {"data", data}, {"model", name}, {"usage", {{"prompt_tokens", 0}, {"total_tokens", 0}}}});
}

}  // namespace fathom::server
