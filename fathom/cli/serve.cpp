// fathom serve: an index over HTTP, with a page for people and an API for programs (docs/server.md).
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "fathom/base/error.h"
#include "fathom/cli/answer_model.h"
#include "fathom/cli/command.h"
#include "fathom/server/http_server.h"
#include "fathom/server/search_service.h"

namespace fathom::cli {
namespace {

struct ServeOptions {
  server::HttpOptions http;
  server::ServiceOptions service;
  AnswerModelOptions model;
  std::string index, faq, click_log, keys, new_key, role = "search";
  bool read_only = false, no_keys = false;
};

bool is_loopback(const std::string& host) { return host == "127.0.0.1" || host == "localhost" || host == "::1"; }

int make_key(const ServeOptions& options) {
  if (options.keys.empty()) fail_usage("--new-key needs --keys FILE, where the key's hash is kept");
  const server::Role role = options.role == "manage" ? server::Role::manage : server::Role::search;
  fmt::print("{}\n", server::ApiKeys::create(options.keys, options.new_key, role));
  fmt::print(stderr, "This is the only time the key is shown; {} has its hash.\n", options.keys);
  return 0;
}

// Stops the server at SIGINT and SIGTERM. The signals are blocked in every thread, and one waits for them: a handler could do next to
// nothing.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void watch(server::HttpServer& server) {
    thread_ = std::thread([this, &server] {
      int signal = 0;
      sigwait(&signals_, &signal);
      if (signal != SIGUSR1) spdlog::info("stopping: requests that are being worked on are answered first");
      server.stop();
    });
  }
  ~StopSignals() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), SIGUSR1);  // ours alone: ends the wait when the server stopped by itself
    thread_.join();
  }

 private:
  sigset_t signals_;
  std::thread thread_;
};

int run_serve(ServeOptions options) {
  if (!options.new_key.empty()) return make_key(options);
  if (options.index.empty()) fail_usage("--index DIR is needed: what `fathom index build` wrote");
  if (!options.keys.empty()) options.http.keys = server::ApiKeys::read(options.keys);
  const bool open_to_others = !is_loopback(options.http.host);
  if (open_to_others && options.keys.empty() && !options.no_keys)
    fail_usage(
        "--host {} lets other machines in, so --keys FILE is needed (fathom serve --new-key NAME --keys FILE), or --no-keys if everyone "
        "may search",
        options.http.host);
  options.service.index = options.index;
  options.service.faq = options.faq;
  options.service.click_log = options.click_log;
  options.service.version = FATHOM_VERSION;
  options.http.log_requests = options.http.log_requests || options.http.log_queries;
  // Without keys anyone who gets through may do anything; only this machine's own users then change documents.
  options.service.change_documents = !options.read_only && (!open_to_others || !options.keys.empty());

  spdlog::set_default_logger(spdlog::stderr_logger_mt("fathom"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S%z %l: %v");
  StopSignals signals;  // before any thread is started
  const std::unique_ptr<search::AnswerWriter> writer = open_answer_model(options.model);
  options.service.writer = writer.get();
  server::RequestMetrics metrics;
  server::SearchService service(options.service);
  std::unique_ptr<server::HttpServer> http;
  http = std::make_unique<server::HttpServer>(options.http,
                                              service.routes(metrics, [&http] { return http ? &http->admission() : nullptr; }), metrics);
  const int port = http->bind();
  signals.watch(*http);
  const std::string host = options.http.host.find(':') == std::string::npos ? options.http.host : "[" + options.http.host + "]";
  fmt::print("{}://{}:{}/\n", options.http.certificate.empty() ? "http" : "https", host, port);
  std::fflush(stdout);
  if (open_to_others && options.http.certificate.empty())
    spdlog::warn("keys and queries travel unencrypted; give --certificate and --private-key, or put a proxy with TLS before it");
  http->run();
  return 0;
}

}  // namespace

Runner set_up_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  app.footer(
      "fathom serve --index index/                          on this machine only\n"
      "fathom serve --new-key alice --keys keys.txt         prints a key once\n"
      "fathom serve --index index/ --host 0.0.0.0 --keys keys.txt --certificate cert.pem --private-key key.pem");
  app.add_option("--index", options->index, "Index directory (fathom index build)");
  app.add_option("--faq", options->faq, "FAQ directory (fathom faq build), for /faq");
  options->model.add_to(app);
  app.add_option("--host", options->http.host, "Address to listen on; the default is reached from this machine only")
      ->capture_default_str();
  app.add_option("--port", options->http.port, "Port; 0: any free one")->check(CLI::Range(0, 65535))->capture_default_str();
  app.add_option("--keys", options->keys, "File of API keys' hashes; without it no key is asked for");
  app.add_option("--new-key", options->new_key, "Make a key of this name, print it and end");
  app.add_option("--role", options->role, "What the new key may do: search, or manage (search and change documents)")
      ->check(CLI::IsMember({"search", "manage"}))
      ->capture_default_str();
  app.add_flag("--no-keys", options->no_keys, "Serve other machines without keys; documents cannot be changed then");
  app.add_flag("--read-only", options->read_only, "Documents cannot be added or removed");
  app.add_option("--click-log", options->click_log, "Record searches and clicks in this file (fathom log, fathom index train)");
  app.add_option("--threshold", options->service.threshold, "Probability below which a result is no good answer")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--concurrent", options->http.concurrent, "Requests worked on at a time")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--queue", options->http.waiting, "Requests that may wait; others get 429")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  app.add_option("--connections", options->http.connections, "Open connections; others get 429")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--max-body", options->http.most_body, "Bytes of a request's body")
      ->check(CLI::Range(1024, 1 << 30))
      ->capture_default_str();
  app.add_option("--certificate", options->http.certificate, "TLS certificate chain, PEM");
  app.add_option("--private-key", options->http.private_key, "Its private key, PEM");
  app.add_flag("--log-requests", options->http.log_requests, "A line a request on standard error, without what was searched for");
  app.add_flag("--log-queries", options->http.log_queries, "With it");
  return [options] { return run_serve(*options); };
}

}  // namespace fathom::cli
