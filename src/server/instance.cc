// The order in which parts begin, and the reverse order in which they end.
#include "server/instance.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "api/api.h"
#include "base/logging.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/text.h"
#include "broker/broker.h"
#include "connector/connectors.h"
#include "connector/dead_letter/dead_letter.h"
#include "job/engine.h"
#include "journal/journal.h"
#include "net/event_loop.h"
#include "net/framed_server.h"
#include "net/http_server.h"
#include "server/kafka_transport.h"
#include "server/local_topics.h"
#include "server/stores.h"
#include "stream/scheduler.h"

namespace millstream::server {
namespace {

namespace dead_letter = connector::dead_letter;

constexpr int64_t kDataFormat = 1;
// A stop is to be over within seconds; what has no final checkpoint by then goes on from its last one.
constexpr Millis kStopPatience{5'000};

Bytes machine_memory() {
  int64_t memory = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  // A cgroup may allow less; "max" does not parse and changes nothing.
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  int64_t allowed = 0;
  if (limit >> allowed && allowed > 0) memory = std::min(memory, allowed);
  return Bytes(memory);
}

Bytes memory_limit(const Configuration& configuration) {
  const Bytes configured = configuration.size("memory.limit");
  return configured.value > 0 ? configured : Bytes(machine_memory().value / 2);
}

int worker_count(const Configuration& configuration) {
  const int64_t configured = configuration.integer("engine.workers");
  return configured > 0 ? static_cast<int>(configured)
                        : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Status check_format(env::FileSystem& files, const std::string& folder) {
  const std::string path = folder + "/format";
  if (!files.exists(path)) return files.write_file(path, as_bytes(std::to_string(kDataFormat)));
  MS_ASSIGN(const ByteBuffer content, files.read_file(path));
  const auto version = parse_integer(trim(as_text(content)));
  if (!version) return fail(ErrorCode::kCorrupt, fmt::format("{} does not hold a version", path));
  if (*version > kDataFormat) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{} was written by a newer release (format {}, this one knows {})", folder, *version, kDataFormat),
        "use that release, or another data folder");
  }
  return {};
}

Result<net::HostAliases> aliases_of(const Configuration& configuration) {
  std::vector<std::string> parts;
  for (const auto& [name, address] : configuration.host_aliases()) parts.push_back(name + "=" + address);
  return net::HostAliases::parse(join(parts, ","));
}

}  // namespace

std::string default_data_folder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != 0)
    return std::string(data) + "/millstream";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "/tmp") + "/.local/share/millstream";
}

// Members in the order of their start; destroyed in reverse.
struct Instance::Impl {
  Impl(env::Env& environment, const Configuration& configuration)
      : env(environment), memory("process", memory_limit(configuration)) {}

  env::Env& env;
  MemoryBudget memory;
  MetricsRegistry metrics;
  std::string folder, log_file;
  net::HostPort kafka_address, http_address;
  std::unique_ptr<env::FileLock> lock;
  JournalCatalogStore catalog_store;
  JournalJobStore job_store;
  std::unique_ptr<journal::Journal> journal;
  // Connections, and apart from them the jobs' control thread, which may wait for a pipeline to end.
  std::unique_ptr<net::EventLoop> network, control;
  std::unique_ptr<broker::Broker> broker;
  std::unique_ptr<BrokerTopics> topics;
  std::unique_ptr<KafkaTransport> transport;
  std::unique_ptr<net::FramedServer> kafka;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<connector::AllConnectors> connectors;
  std::unique_ptr<catalog::ConnectorDirectory> directory;
  std::unique_ptr<stream::Scheduler> scheduler;
  std::unique_ptr<job::Engine> engine;
  net::Router router;
  std::unique_ptr<net::HttpServer> http;

  Status open_folder(const Configuration& configuration);
  Status start_broker(const Configuration& configuration, broker::StoredState stored);
  Status start_engine(const Configuration& configuration);
  Status start_http(const Configuration& configuration);
  void stop();
};

Status Instance::Impl::open_folder(const Configuration& configuration) {
  folder = configuration.text("data.dir").empty() ? default_data_folder() : configuration.text("data.dir");
  MS_TRY(env.files().make_directories(folder));
  auto locked = env.files().lock(folder + "/lock");
  if (!locked) {
    if (locked.error().code != ErrorCode::kConflict) return fail(locked.error());
    return fail(ErrorCode::kConflict, fmt::format("the data folder {} is in use: {}", folder, locked.error().message),
                "speak to that server with --server URL, or choose another folder with --data DIR");
  }
  lock = *std::move(locked);
  log_file = configuration.text("log.file").empty() ? folder + "/millstream.log" : configuration.text("log.file");
  MS_TRY(log_to_file(log_file));
  const std::string& level = configuration.text("log.level");
  set_log_level(level == "debug"     ? LogLevel::kDebug
                : level == "warning" ? LogLevel::kWarning
                : level == "error"   ? LogLevel::kError
                                     : LogLevel::kInfo);
  for (const std::string& warning : configuration.warnings()) log_warning("{}", warning);
  return check_format(env.files(), folder);
}

Status Instance::Impl::start_broker(const Configuration& configuration, broker::StoredState stored) {
  MS_ASSIGN(const net::HostPort listen, net::parse_host_port(configuration.text("kafka.listen")));
  MS_ASSIGN(net::HostAliases aliases, aliases_of(configuration));
  broker::BrokerOptions options;
  options.folder = folder + "/topics";
  options.auto_create_topics = configuration.boolean("kafka.auto-create-topics");
  options.default_partitions = static_cast<int32_t>(configuration.integer("kafka.default-partitions"));
  options.flush =
      configuration.text("kafka.flush") == "wait" ? broker::FlushMode::kWait : broker::FlushMode::kBackground;
  options.initial_rebalance_delay = configuration.duration("kafka.initial-rebalance-delay");
  options.retention_check_interval = configuration.duration("kafka.retention-check-interval");
  options.max_request_size = configuration.size("kafka.max-request-size");
  if (memory.limit() < options.max_request_size) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a request of kafka.max-request-size ({}) does not fit memory.limit ({})",
                            format_size(options.max_request_size), format_size(memory.limit())),
                "lower the first or raise the second");
  }
  MS_ASSIGN(broker, broker::Broker::open(env, *network, *journal, std::move(stored), options, metrics, memory));
  topics = std::make_unique<BrokerTopics>(*broker, std::move(aliases), options.auto_create_topics,
                                          options.default_partitions);
  transport = std::make_unique<KafkaTransport>(*broker);

  net::FramedServer::Options server;
  server.address = listen;
  server.max_frame = options.max_request_size;
  server.connection_memory = std::max(server.connection_memory, Bytes(options.max_request_size.value * 5 / 4));
  server.max_connections = static_cast<int>(configuration.integer("kafka.max-connections"));
  MS_ASSIGN(kafka, net::FramedServer::start(*network, server, memory, *transport));
  kafka_address = kafka->address();
  net::HostPort advertised = kafka_address;
  if (advertised.host.empty() || advertised.host == "0.0.0.0" || advertised.host == "::") advertised.host = "127.0.0.1";
  if (const std::string& text = configuration.text("kafka.advertise"); !text.empty()) {
    MS_ASSIGN(advertised, net::parse_host_port(text));
  }
  broker->set_advertised(advertised.host, advertised.port);
  topics->set_own_address(kafka_address);
  return {};
}

Status Instance::Impl::start_engine(const Configuration& configuration) {
  catalog = std::make_unique<catalog::Catalog>(&catalog_store);
  for (const Json& change : catalog_store.take_replayed()) MS_TRY(catalog->apply(change));
  catalog_store.attach(*journal, *catalog);
  job_store.attach(*journal);

  MS_ASSIGN(net::HostAliases aliases, aliases_of(configuration));
  connector::ConnectorParts parts{env, memory};
  parts.local_topics = topics.get();
  parts.resolve_alias = [aliases = std::move(aliases)](const net::HostPort& address) {
    return aliases.translate(address);
  };
  connectors = std::make_unique<connector::AllConnectors>(parts);
  directory = std::make_unique<catalog::ConnectorDirectory>(connector::make_directory(parts));
  scheduler = std::make_unique<stream::Scheduler>(env, worker_count(configuration));

  job::EngineParts engine_parts{env, *control, *scheduler, memory, metrics, *catalog, *directory, *connectors};
  engine_parts.store = &job_store;
  engine_parts.checkpoint_directory = folder + "/checkpoints";
  engine_parts.add_bad_row_hooks = [this, parts](const std::string& job, const std::string& statement,
                                                 stream::PipelineHooks& hooks) {
    hooks.make_bad_row_policy = [this, parts, job,
                                 statement](const plan::TableScan& scan) -> std::unique_ptr<stream::BadRowPolicy> {
      auto policy = dead_letter::make_policy(parts, &metrics, job, statement, scan);
      if (policy) return *std::move(policy);
      log_error("table {}: {}", scan.table->name, policy.error().to_string());
      return nullptr;  // each bad row fails the job
    };
    hooks.dead_letter_target = dead_letter::kTarget;
    hooks.make_dead_letter_committer =
        [parts](const stream::SinkIdentity&) -> Result<std::unique_ptr<stream::Committer>> {
      return dead_letter::make_committer(parts);
    };
  };
  engine_parts.default_checkpoint_interval = configuration.duration("engine.checkpoint-interval");
  engine = std::make_unique<job::Engine>(std::move(engine_parts));
  engine->restore(job_store.records());
  return {};
}

Status Instance::Impl::start_http(const Configuration& configuration) {
  MS_ASSIGN(const net::HostPort listen, net::parse_host_port(configuration.text("http.listen")));
  api::ApiParts parts{env, *engine, metrics, kVersion, {}};
  Gauge& used = metrics.gauge("millstream_memory_used_bytes", "Memory charged to the process's budget.");
  Gauge& limit = metrics.gauge("millstream_memory_limit_bytes", "Limit of the process's memory budget.");
  Gauge& connections = metrics.gauge("millstream_kafka_connections", "Open connections of Kafka clients.");
  parts.before_metrics = [this, &used, &limit, &connections] {
    used.set(memory.used().value);
    limit.set(memory.limit().value);
    connections.set(kafka->counters().connections);
  };
  api::add_routes(router, parts);
  net::HttpServer::Options options;
  options.addresses = {listen};
  for (const std::string_view name : split(configuration.text("http.allowed-hosts"), ',')) {
    if (!trim(name).empty()) options.allowed_hosts.emplace_back(trim(name));
  }
  MS_ASSIGN(http, net::HttpServer::start(*network, options, router, memory));
  http_address = http->addresses().at(0);
  return {};
}

void Instance::Impl::stop() {
  if (http) http->stop();
  // Jobs end before the broker does: their last checkpoints flush its logs and write their topics.
  if (engine) engine->close(kStopPatience);
  engine.reset();
  scheduler.reset();
  if (kafka) kafka->stop();
  if (broker) {
    if (const Status closed = broker->close(); !closed)
      log_error("the logs were not closed cleanly: {}", closed.error().to_string());
  }
  if (control) control->stop();
  if (network) network->stop();
  job_store.detach();
  catalog_store.detach();
}

Instance::Instance(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Instance::~Instance() {
  impl_->stop();
  log_info("stopped");
}

Result<std::unique_ptr<Instance>> Instance::start(env::Env& env, const Configuration& configuration) {
  auto impl = std::make_unique<Impl>(env, configuration);
  const auto start_all = [&]() -> Status {
    MS_TRY(impl->open_folder(configuration));
    broker::StoredState stored;
    MS_ASSIGN(impl->journal,
              journal::Journal::open(env, {impl->folder + "/journal", configuration.size("journal.snapshot-after")},
                                     [&](const journal::Record& record) -> Status {
                                       switch (record.owner) {
                                         case journal::Owner::kCatalog:
                                           return impl->catalog_store.replay(record.bytes);
                                         case journal::Owner::kJobs:
                                           return impl->job_store.replay(record.bytes);
                                         default:
                                           return stored.replay(record);
                                       }
                                     }));
    impl->network = std::make_unique<net::EventLoop>(net::EventLoop::Options{1, "net"});
    impl->control = std::make_unique<net::EventLoop>(net::EventLoop::Options{1, "jobs"});
    MS_TRY(impl->start_broker(configuration, std::move(stored)));
    MS_TRY(impl->start_engine(configuration));
    return impl->start_http(configuration);
  };
  if (const Status started = start_all(); !started) {
    impl->stop();
    return fail(started.error());
  }
  log_info("version {} on data folder {}, Kafka on {}, HTTP on {}", kVersion, impl->folder,
           impl->kafka_address.to_string(), impl->http_address.to_string());
  return std::unique_ptr<Instance>(new Instance(std::move(impl)));
}

const net::HostPort& Instance::kafka_address() const { return impl_->kafka_address; }
const net::HostPort& Instance::http_address() const { return impl_->http_address; }
const std::string& Instance::log_file() const { return impl_->log_file; }
const std::string& Instance::data_folder() const { return impl_->folder; }

}  // namespace millstream::server
