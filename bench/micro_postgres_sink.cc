// A million rows into a keyed PostgreSQL table by the jdbc sink, beside psql's \copy into a staging table and INSERT …
// ON CONFLICT in one transaction per hundred thousand rows; first all new keys, then all changed rows.
//
// Both use a private server with fsync off, and no autovacuum of the tables. CPU: this process's (rows are built
// beforehand) and that of the server's processes.
#include <fmt/core.h>
#include <fmt/os.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "bench/microbench.h"
#include "connector/postgres/internal/test_database.h"
#include "connector/postgres/postgres_sink.h"
#include "env/env.h"

namespace millstream::bench {
namespace {

using namespace connector::postgres;
using column::Type;

constexpr int64_t kRows = 1'000'000;
constexpr int64_t kEpochRows = 100'000;
constexpr const char* kColumns =
    "(id bigint PRIMARY KEY, customer text, amount numeric(10,2), at timestamp) WITH (autovacuum_enabled = off)";

const std::vector<Type::Field> kFields{{"id", Type::bigint(), ""},
                                       {"customer", Type::string(), ""},
                                       {"amount", Type::decimal(10, 2), ""},
                                       {"at", Type::timestamp(3), ""}};

std::string customer(int64_t id, int round) { return fmt::format("customer_{}_{}", id * 7919 % 50'000, round); }
int64_t cents(int64_t id, int round) { return id * 104'729 % 9'999'999 + round; }
constexpr int64_t kStart = 1'714'521'600;  // seconds: 2024-05-01

double own_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of the server and its processes, those that ended included.
double server_cpu() {
  const std::string server = std::to_string(TestServer::get().process());
  int64_t ticks = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    std::istringstream words(line.substr(line.rfind(')') + 2));
    std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
    const bool is_server = entry.path().filename() == server;
    if (!is_server && fields[1] != server) continue;
    for (size_t i = 11; i < (is_server ? 15u : 13u); ++i) ticks += std::stoll(fields[i]);
  }
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Measured {
  double seconds = 0, own = 0, server = 0;
};
template <typename F>
Measured measure(F&& work) {
  TestServer::get().rows("postgres", "CHECKPOINT");
  const double own = own_cpu(), server = server_cpu();
  const int64_t start = now_nanoseconds();
  work();
  return {static_cast<double>(now_nanoseconds() - start) / 1e9, own_cpu() - own, server_cpu() - server};
}

std::vector<std::vector<column::Batch>> build_epochs(const column::Schema& schema, int round) {
  std::vector<std::vector<column::Batch>> epochs;
  for (int64_t first = 0; first < kRows; first += kEpochRows) {
    epochs.emplace_back();
    for (int64_t at = first; at < first + kEpochRows; at += 2000) {
      std::vector<Row> rows;
      for (int64_t id = at; id < at + 2000; ++id) {
        rows.push_back(
            {number(id), text(customer(id, round)), number(cents(id, round)), number((kStart + id) * 1'000'000)});
      }
      epochs.back().push_back(batch_of(schema, rows));
    }
  }
  return epochs;
}

void write_script(const std::string& folder, const std::string& table, int round) {
  auto script = fmt::output_file(folder + "/load.sql");
  script.print("CREATE TEMPORARY TABLE stage AS SELECT * FROM {} LIMIT 0;\n", table);
  for (int64_t first = 0; first < kRows; first += kEpochRows) {
    const std::string path = fmt::format("{}/rows{}", folder, first);
    auto file = fmt::output_file(path);
    for (int64_t id = first; id < first + kEpochRows; ++id) {
      const int64_t time = kStart + id;
      file.print("{}\t{}\t{}.{:02}\t2024-05-{:02} {:02}:{:02}:{:02}\n", id, customer(id, round), cents(id, round) / 100,
                 cents(id, round) % 100, 1 + (time - kStart) / 86400, time / 3600 % 24, time / 60 % 60, time % 60);
    }
    script.print(
        "BEGIN;\n\\copy stage FROM '{}'\nINSERT INTO {} SELECT * FROM stage ON CONFLICT (id) DO UPDATE SET customer = "
        "EXCLUDED.customer, "
        "amount = EXCLUDED.amount, at = EXCLUDED.at;\nTRUNCATE stage;\nCOMMIT;\n",
        path, table);
  }
}

void run() {
  TestServer& server = TestServer::get();
  const std::string database = server.make_database();
  server.rows(database, fmt::format("CREATE TABLE ours {0}; CREATE TABLE theirs {0}", kColumns));
  const auto env = env::make_real_env();
  MemoryBudget budget("bench", 4_GiB);
  const auto table = test_table("ours", kFields, {"id"}, database, "ours");
  const auto sink =
      *make_postgres_sink(sink_of(table), table->physical_schema(), PostgresParts{*env, budget, nullptr, nullptr});
  if (const Status checked = sink->check(); !checked) return fmt::print("{}\n", checked.error().to_string());
  const auto writer = *sink->make_writer();
  stream::OperatorContext context;
  context.budget = &budget;
  (void)writer->open(context);
  const auto committer = *sink->make_committer({"bench", AttemptId(1)});
  std::promise<void> ready;
  committer->recover(AttemptId(1), [&](const Result<CheckpointId>&) { ready.set_value(); });
  ready.get_future().get();

  const std::string folder =
      std::filesystem::temp_directory_path() / ("millstream_micro_postgres_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  CheckpointId checkpoint;
  for (int round = 0; round < 2; ++round) {
    const std::string what = round == 0 ? "postgres_sink.new_keys" : "postgres_sink.changed_rows";
    write_script(folder, "theirs", round);
    const std::string command =
        fmt::format("psql -q -X -v ON_ERROR_STOP=1 -h 127.0.0.1 -p {} -U postgres -d {} -f {}/load.sql", server.port(),
                    database, folder);
    bool worked = true;
    const Measured theirs = measure([&] { worked = std::system(command.c_str()) == 0; });
    const auto epochs = build_epochs(table->physical_schema(), round);
    const Measured ours = measure([&] {
      for (const auto& epoch : epochs) {
        for (const column::Batch& batch : epoch) worked &= writer->write(batch).has_value();
        ++checkpoint.value;
        std::promise<Status> done;
        committer->commit(checkpoint, *writer->prepare(checkpoint),
                          [&](Status status) { done.set_value(std::move(status)); });
        worked &= done.get_future().get().has_value();
      }
    });
    if (!worked) return fmt::print("{}: a load failed\n", what);
    const auto differing = server.rows(database, "SELECT count(*) FROM (TABLE ours EXCEPT TABLE theirs) d");
    if (differing[0] != "0") return fmt::print("{}: {} rows differ\n", what, differing[0]);
    report(what, kRows / ours.seconds, "rows/s");
    report(what + " psql", kRows / theirs.seconds, "rows/s");
    report(what + " beside psql", 100 * theirs.seconds / ours.seconds, "%");
    report(what + " own CPU", ours.own, "s");
    report(what + " server CPU", ours.server, "s");
    report(what + " server CPU psql", theirs.server, "s");
    report(what + " own by server CPU", 100 * ours.own / ours.server, "%");
  }
  std::filesystem::remove_all(folder);
}

}  // namespace

void micro_postgres_sink() { run(); }

}  // namespace millstream::bench
