// Starts an instance, says where it listens, waits for a signal.
#include "main/serve.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/json.h"
#include "base/logging.h"
#include "cli/sql_command.h"
#include "cli/terminal.h"
#include "env/env.h"
#include "env/failpoint.h"
#include "server/instance.h"

extern char** environ;

namespace millstream {
namespace {

class InProcessServer final : public cli::LocalServer {
 public:
  static Result<std::unique_ptr<cli::LocalServer>> start(const server::ConfigurationInput& input,
                                                         const std::string& data) {
    auto server = std::make_unique<InProcessServer>();
    server::ConfigurationInput local = input;
    std::string folder = data;
    if (folder.empty()) {
      const char* temporary = std::getenv("TMPDIR");
      std::string pattern = std::string(temporary != nullptr ? temporary : "/tmp") + "/millstream-XXXXXX";
      if (mkdtemp(pattern.data()) == nullptr)
        return fail(ErrorCode::kIo, fmt::format("no temporary folder: {}", std::strerror(errno)));
      folder = pattern;
      server->temporary_ = folder;
    }
    local.assignments.emplace_back("data.dir", folder);
    local.assignments.emplace_back("kafka.listen", "127.0.0.1:0");
    local.assignments.emplace_back("http.listen", "127.0.0.1:0");
    MS_ASSIGN(const server::Configuration configuration, server::Configuration::load(local));
    server->env_ = env::make_real_env();
    MS_ASSIGN(server->instance_, server::Instance::start(*server->env_, configuration));
    return server;
  }
  ~InProcessServer() override {
    instance_.reset();
    if (!temporary_.empty() && env_) (void)env_->files().remove_tree(temporary_);
  }
  [[nodiscard]] std::string http_url() const override { return "http://" + instance_->http_address().to_string(); }
  [[nodiscard]] std::string kafka_address() const override { return instance_->kafka_address().to_string(); }

 private:
  std::unique_ptr<env::Env> env_;
  std::unique_ptr<server::Instance> instance_;
  std::string temporary_;
};

}  // namespace

std::map<std::string, std::string> environment_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

cli::StartLocalServer local_server_starter(server::ConfigurationInput input) {
  return [input = std::move(input)](const std::string& data) { return InProcessServer::start(input, data); };
}

int run_serve(const server::ConfigurationInput& input, bool json) {
  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (cli::hangup_ends()) sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  if (const char* armed = std::getenv("MILLSTREAM_FAILPOINTS"); armed != nullptr) {
    if (const Status parsed = env::arm_failpoints_from(armed); !parsed) return cli::report(parsed.error());
  }
  const auto configuration = server::Configuration::load(input);
  if (!configuration) return cli::report(configuration.error());
  const std::unique_ptr<env::Env> environment = env::make_real_env();
  auto instance = server::Instance::start(*environment, *configuration);
  if (!instance) return cli::report(instance.error());
  const std::string http = "http://" + (*instance)->http_address().to_string(),
                    kafka = (*instance)->kafka_address().to_string();
  if (json) {
    fmt::print("{}\n", Json::object({{"kafka", kafka},
                                     {"http", http},
                                     {"data", (*instance)->data_folder()},
                                     {"log", (*instance)->log_file()},
                                     {"pid", static_cast<int64_t>(getpid())}})
                           .to_text());
  } else {
    fmt::print("Kafka  {}\nHTTP   {}\ndata   {}\nlog    {}\nready; Ctrl+C stops it cleanly\n", kafka, http,
               (*instance)->data_folder(), (*instance)->log_file());
  }
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  if (!json) fmt::print("stopping\n");
  std::fflush(stdout);
  // A second signal ends the process at once.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  instance->reset();
  return cli::kOk;
}

}  // namespace millstream
