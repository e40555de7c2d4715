// A PostgreSQL server of the tests' own, and rows and tables to send to it. For tests and benchmarks only.
//
// One server per test binary (and one with TLS where that is tested), in a temporary folder, on a free loopback port,
// run by an unprivileged user; each test takes a database of its own. It ends with the process that started it.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "catalog/table.h"
#include "column/batch.h"
#include "column/value.h"
#include "plan/physical_plan.h"

namespace millstream::connector::postgres {

class TestServer {
 public:
  // Paths of PEM files; clients that log in by certificate are known to `authority`.
  struct Tls {
    std::string certificate, key, authority;
  };

  static TestServer& get() {
    static TestServer server{std::nullopt};
    return server;
  }

  // Takes connections by TLS only; the role by_certificate needs a certificate of that name.
  explicit TestServer(const Tls& tls) : TestServer(std::optional(tls)) {}
  TestServer(const TestServer&) = delete;
  ~TestServer() {
    if (getpid() != owner_) return;
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] pid_t process() const { return pid_; }

  void start() {
    std::vector<std::string> command{programs_ + "/postgres",
                                     "-D",
                                     folder_ + "/data",
                                     "-h",
                                     "127.0.0.1",
                                     "-p",
                                     std::to_string(port_),
                                     "-k",
                                     "",
                                     "-c",
                                     "fsync=off",
                                     "-c",
                                     "max_connections=40"};
    for (const std::string& setting : settings_) command.insert(command.end(), {"-c", setting});
    pid_ = spawn(command);
    for (int attempt = 0; attempt < 600; ++attempt) {
      if (PQping(info("postgres").c_str()) == PQPING_OK) return;
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) break;
      poll(nullptr, 0, 20);  // there is nothing to be told by while it starts
    }
    throw std::runtime_error("PostgreSQL did not start; see " + folder_ + "/log");
  }
  // Connections are cut off.
  void stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGINT);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  [[nodiscard]] std::string info(const std::string& database) const {
    return "host=127.0.0.1 port=" + std::to_string(port_) + " user=postgres dbname=" + database +
           " connect_timeout=5 options='-c TimeZone=UTC'";
  }
  std::string make_database() {
    const std::string name = "d" + std::to_string(++databases_);
    rows("postgres", "CREATE DATABASE " + name);
    return name;
  }
  // Statements, and the last one's rows: values joined by |, NULL as ~.
  std::vector<std::string> rows(const std::string& database, const std::string& statements) const {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(info(database).c_str()), PQfinish);
    PQsetNoticeReceiver(connection.get(), [](void*, const PGresult*) {}, nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), statements.c_str()), PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
      throw std::runtime_error(PQerrorMessage(connection.get()));
    std::vector<std::string> lines;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      std::string line;
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        line += column == 0 ? "" : "|";
        line += PQgetisnull(result.get(), row, column) != 0 ? "~" : PQgetvalue(result.get(), row, column);
      }
      lines.push_back(std::move(line));
    }
    return lines;
  }

 private:
  explicit TestServer(const std::optional<Tls>& tls) : owner_(getpid()) {
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
      programs_ = std::max(programs_, (entry.path() / "bin").string());
    }
    if (geteuid() == 0) user_ = getpwnam("postgres");
    std::string pattern = (std::filesystem::temp_directory_path() / "millstream_postgres_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    if (user_ != nullptr && chown(folder_.c_str(), user_->pw_uid, user_->pw_gid) != 0)
      throw std::runtime_error("chown");
    int status = 0;
    const pid_t made = spawn({programs_ + "/initdb", "-D", folder_ + "/data", "-U", "postgres", "-A", "trust", "-E",
                              "UTF8", "--locale=C", "--no-sync"});
    if (waitpid(made, &status, 0) != made || status != 0)
      throw std::runtime_error("initdb failed; see " + folder_ + "/log");
    port_ = free_port();
    if (tls) demand(*tls);
    start();
  }

  void demand(const Tls& tls) {
    const auto take = [&](const std::string& from, const std::string& name) {
      const std::string to = folder_ + "/data/" + name;
      std::filesystem::copy_file(from, to);
      if (user_ != nullptr && chown(to.c_str(), user_->pw_uid, user_->pw_gid) != 0) throw std::runtime_error("chown");
    };
    take(tls.certificate, "server.crt");
    take(tls.key, "server.key");
    take(tls.authority, "root.crt");
    settings_ = {"ssl=on", "ssl_ca_file=root.crt"};
    std::ofstream(folder_ + "/data/pg_hba.conf") << "hostssl all by_certificate 127.0.0.1/32 cert\n"
                                                    "hostssl all all 127.0.0.1/32 trust\n";
  }

  pid_t spawn(const std::vector<std::string>& command) const {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const std::string log = folder_ + "/log";
    const pid_t pid = fork();
    if (pid != 0) return pid;
    setsid();
    if (user_ != nullptr && (setgid(user_->pw_gid) != 0 || setuid(user_->pw_uid) != 0)) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGINT);
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (output < 0) _exit(126);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (chdir("/") != 0) _exit(126);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  static int free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error("no socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("no free port");
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    close(fd);
    return ntohs(address.sin_port);
  }

  pid_t owner_, pid_ = -1;
  int port_ = 0, databases_ = 0;
  const passwd* user_ = nullptr;
  std::string programs_, folder_;
  std::vector<std::string> settings_;
};

// The SQL table `name`, written to `database`.
inline std::shared_ptr<catalog::Table> test_table(const std::string& name,
                                                  const std::vector<column::Type::Field>& fields,
                                                  std::vector<std::string> key, const std::string& database,
                                                  const std::string& table_name) {
  auto table = std::make_shared<catalog::Table>();
  table->name = name;
  for (const auto& field : fields) {
    catalog::Column column;
    column.name = field.name;
    column.type = field.type;
    table->columns.push_back(std::move(column));
  }
  table->primary_key = std::move(key);
  table->options = {{"connector", "jdbc"},
                    {"url", "jdbc:postgresql://127.0.0.1:" + std::to_string(TestServer::get().port()) + "/" + database},
                    {"table-name", table_name},
                    {"username", "postgres"}};
  return table;
}

inline plan::TableSink sink_of(const catalog::TablePtr& table) {
  plan::TableSink sink;
  sink.table = table;
  for (const std::string& key : table->primary_key) sink.sink_keys.push_back(table->index_of(key));
  return sink;
}

using Row = std::vector<column::Value>;
inline column::Value number(int64_t n) { return column::Value(n); }
inline column::Value text(std::string s) { return column::Value(std::move(s)); }

inline column::Batch batch_of(const column::Schema& schema, const std::vector<Row>& rows,
                              std::vector<column::RowKind> kinds = {}) {
  column::Batch batch;
  batch.length = rows.size();
  for (size_t c = 0; c < schema.size(); ++c) {
    std::vector<column::Value> values;
    for (const Row& row : rows) values.push_back(row[c]);
    batch.columns.push_back(column::make_vector(schema.fields[c].type, values));
  }
  if (!kinds.empty()) batch.kinds = std::make_shared<const std::vector<column::RowKind>>(std::move(kinds));
  return batch;
}

}  // namespace millstream::connector::postgres
