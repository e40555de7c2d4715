// Starts everything in a temporary folder, submits the example's SQL, and draws a screen a second.
#include "demo/demo.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "base/text.h"
#include "cli/gateway_client.h"
#include "cli/sql_command.h"
#include "cli/terminal.h"
#include "demo/commerce_files.h"
#include "demo/private_postgres.h"
#include "demo/screen.h"
#include "demo/transactions.h"
#include "env/env.h"
#include "net/http_client.h"
#include "server/configuration.h"
#include "server/instance.h"
#include "sql/parser.h"

namespace millstream::demo {
namespace {

using Clock = std::chrono::steady_clock;

// Everything that runs, in the order in which it starts; ends in the reverse order.
struct Demo {
  std::string folder;
  std::unique_ptr<env::Env> env = env::make_real_env();
  std::unique_ptr<PrivatePostgres> postgres;
  std::unique_ptr<server::Instance> instance;
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<TransactionGenerator> generator;
  std::string job;

  ~Demo() {
    generator.reset();
    http.reset();
    instance.reset();
    postgres.reset();
    if (!folder.empty()) (void)env->files().remove_tree(folder);
  }
  [[nodiscard]] std::string kafka() const { return instance->kafka_address().to_string(); }
  [[nodiscard]] std::string url() const { return "http://" + instance->http_address().to_string(); }
  [[nodiscard]] Places places() const { return {kafka(), url(), postgres->port(), job}; }
};

Status make_folder(Demo& demo) {
  const char* temporary = std::getenv("TMPDIR");
  std::string pattern = std::string(temporary != nullptr ? temporary : "/tmp") + "/millstream-demo-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr)
    return fail(ErrorCode::kIo, fmt::format("no temporary folder: {}", std::strerror(errno)));
  demo.folder = pattern;
  // PostgreSQL may run as another user and has to reach its folder inside.
  if (chmod(pattern.c_str(), 0755) != 0)
    return fail(ErrorCode::kIo, fmt::format("{}: {}", pattern, std::strerror(errno)));
  return {};
}

Status start_postgres(Demo& demo) {
  MS_ASSIGN(demo.postgres, PrivatePostgres::start(demo.folder));
  MS_TRY(demo.postgres->execute("postgres", "CREATE DATABASE commerce"));
  return demo.postgres->execute("commerce", std::string(commerce_create_tables()));
}

Status start_server(Demo& demo) {
  server::ConfigurationInput input;
  input.assignments = {{"data.dir", demo.folder + "/data"},
                       {"kafka.listen", fmt::format("127.0.0.1:{}", free_port(9092))},
                       {"http.listen", fmt::format("127.0.0.1:{}", free_port(8080))}};
  input.host_aliases = {{"broker", "self"}, {"postgres", fmt::format("127.0.0.1:{}", demo.postgres->port())}};
  MS_ASSIGN(const server::Configuration configuration, server::Configuration::load(input));
  MS_ASSIGN(demo.instance, server::Instance::start(*demo.env, configuration));
  MS_ASSIGN(demo.http, net::HttpClient::make(demo.url()));
  return {};
}

Status submit_pipeline(Demo& demo) {
  MS_ASSIGN(const std::unique_ptr<cli::GatewayClient> gateway, cli::GatewayClient::open(demo.url(), {}));
  const std::string_view script = commerce_pipeline();
  for (const sql::ScriptItem& item : sql::parse_script(script)) {
    MS_ASSIGN(const cli::StatementOutcome outcome, gateway->execute(std::string(item.span.in(script)), {}));
    if (!outcome.job_id.empty()) demo.job = outcome.job_id;
  }
  // The source starts at the topic's end, so nothing is sent before it reads.
  for (int attempt = 0; attempt < 1'200 && !cli::interrupted(); ++attempt) {
    MS_ASSIGN(const Json job, demo.http->get_json("/jobs/" + demo.job));
    const std::string state = job["state"].string_or("");
    if (state == "RUNNING") return {};
    if (state == "FAILED")
      return fail(ErrorCode::kRemote, "the pipeline failed: " + job["millstream"]["reason"].string_or(""));
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  return cli::interrupted() ? Status{} : Status(fail(ErrorCode::kTimeout, "the pipeline does not start"));
}

Result<Sample> take_sample(Demo& demo) {
  Sample sample;
  sample.sent = demo.generator->sent();
  MS_ASSIGN(
      const auto counts,
      demo.postgres->query("commerce",
                           "SELECT (SELECT count(*) FROM transactions), (SELECT count(*) FROM sales_per_category), "
                           "(SELECT count(*) FROM sales_per_day), (SELECT count(*) FROM sales_per_month)"));
  for (const std::string& cell : counts.at(0)) sample.rows.push_back(parse_integer(cell).value_or(0));
  MS_ASSIGN(sample.top, demo.postgres->query("commerce",
                                             "SELECT category, to_char(total_sales, 'FM999,999,999,990.00') FROM "
                                             "sales_per_category ORDER BY total_sales DESC LIMIT 6"));
  MS_ASSIGN(const Json job, demo.http->get_json("/jobs/" + demo.job));
  read_job(job, sample);
  return sample;
}

Status watch(Demo& demo, const DemoOptions& options) {
  const bool live = cli::stdout_is_terminal();
  const auto started = Clock::now();
  auto next = started;
  int64_t last_sent = 0;
  while (!cli::interrupted()) {
    next += std::chrono::seconds(1);
    while (!cli::interrupted() && Clock::now() < next) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (cli::interrupted()) break;
    MS_ASSIGN(const Sample now, take_sample(demo));
    const auto rate = static_cast<double>(now.sent - last_sent);
    last_sent = now.sent;
    fmt::print("{}", live ? screen_text(demo.places(), now, rate) : line_text(now, rate));
    std::fflush(stdout);
    if (options.seconds > 0 && std::chrono::duration<double>(Clock::now() - started).count() >= options.seconds) break;
  }
  return {};
}

Status run(Demo& demo, const DemoOptions& options) {
  const auto step = [](const char* text) {
    fmt::print("{}\n", text);
    std::fflush(stdout);
  };
  MS_TRY(make_folder(demo));
  step("starting a private PostgreSQL");
  MS_TRY(start_postgres(demo));
  if (cli::interrupted()) return {};
  step("starting the server");
  MS_TRY(start_server(demo));
  if (cli::interrupted()) return {};
  fmt::print("Kafka {}, HTTP {}, PostgreSQL 127.0.0.1:{}\n", demo.kafka(), demo.url(), demo.postgres->port());
  step("submitting examples/commerce/pipeline.sql");
  MS_TRY(submit_pipeline(demo));
  if (cli::interrupted()) return {};
  MS_ASSIGN(demo.generator, TransactionGenerator::start(demo.kafka(), options.rate));
  return watch(demo, options);
}

}  // namespace

int run_demo(const DemoOptions& options) {
  cli::catch_interrupts();
  std::signal(SIGPIPE, SIG_IGN);
  Status outcome;
  {
    Demo demo;
    outcome = run(demo, options);
    fmt::print("\nstopping\n");
    std::fflush(stdout);
  }
  // What Ctrl+C broke off is no failure.
  if (!outcome && !cli::interrupted()) return cli::report(outcome.error());
  fmt::print(
      "\nEverything is stopped and its folder is gone. To run your own SQL file:\n"
      "  millstream serve                    # Kafka on 127.0.0.1:9092, HTTP on 127.0.0.1:8080\n"
      "  millstream sql -f your_file.sql     # --host-alias NAME=ADDRESS on serve maps its host names\n"
      "  millstream job list\n");
  return cli::kOk;
}

}  // namespace millstream::demo
