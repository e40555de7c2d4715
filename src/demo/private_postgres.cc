// initdb and postgres as child processes; libpq for the demo's own questions.
#include "demo/private_postgres.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>

namespace millstream::demo {
namespace {

namespace fs = std::filesystem;

Result<std::string> find_programs() {
  std::vector<std::string> versions;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
    if (fs::exists(entry.path() / "bin" / "initdb", error)) versions.push_back((entry.path() / "bin").string());
  }
  if (versions.empty()) {
    return fail(ErrorCode::kNotFound, "PostgreSQL's server programs are not installed",
                "apt-get install -y postgresql-15");
  }
  return *std::max_element(versions.begin(), versions.end());
}

// PostgreSQL refuses to run as root.
std::optional<passwd> unprivileged_user() {
  if (geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* found = getpwnam(name); found != nullptr) return *found;
  }
  return std::nullopt;
}

// A child in a session of its own, so that Ctrl+C in the terminal reaches only us; it ends if we die.
pid_t spawn(const std::vector<std::string>& command, const std::optional<passwd>& user, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  setsid();
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  if (output >= 0) {
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
  }
  if (user && (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGINT);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir("/") != 0) _exit(126);
  execv(arguments[0], arguments.data());
  _exit(127);
}

// A signal ends a wait early, but the child is still there.
pid_t wait_for(pid_t child, int* status) {
  pid_t ended = 0;
  do {
    ended = waitpid(child, status, 0);
  } while (ended < 0 && errno == EINTR);
  return ended;
}

}  // namespace

int free_port(int wanted) {
  for (const int port : {wanted, 0}) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return 0;
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    socklen_t size = sizeof address;
    const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                       getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    close(fd);
    if (bound) return ntohs(address.sin_port);
  }
  return 0;
}

struct PrivatePostgres::Connection {
  std::string database;
  PGconn* handle = nullptr;
  ~Connection() { PQfinish(handle); }
};

PrivatePostgres::PrivatePostgres(pid_t pid, int port) : pid_(pid), port_(port) {}

Result<std::unique_ptr<PrivatePostgres>> PrivatePostgres::start(const std::string& folder) {
  MS_ASSIGN(const std::string programs, find_programs());
  const std::optional<passwd> user = unprivileged_user();
  const std::string data = folder + "/postgres", log = folder + "/postgres.log";
  std::error_code error;
  fs::create_directories(data, error);
  if (user && (chown(data.c_str(), user->pw_uid, user->pw_gid) != 0)) {
    return fail(ErrorCode::kIo,
                fmt::format("{} cannot be given to the user {}: {}", data, user->pw_name, std::strerror(errno)));
  }
  const pid_t made =
      spawn({programs + "/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"}, user, log);
  int status = 0;
  if (made < 0 || wait_for(made, &status) != made || status != 0) {
    return fail(ErrorCode::kRemote, "initdb failed", "its output is in " + log);
  }
  const int port = free_port(5432);
  const pid_t pid =
      spawn({programs + "/postgres", "-D", data, "-h", "127.0.0.1", "-p", std::to_string(port), "-k", ""}, user, log);
  if (pid < 0) return fail(ErrorCode::kIo, fmt::format("postgres cannot be started: {}", std::strerror(errno)));
  std::unique_ptr<PrivatePostgres> postgres(new PrivatePostgres(pid, port));
  for (int attempt = 0; attempt < 600; ++attempt) {
    if (postgres->execute("postgres", "SELECT 1")) return postgres;
    if (waitpid(pid, &status, WNOHANG) == pid) {
      postgres->pid_ = -1;
      return fail(ErrorCode::kRemote, "PostgreSQL ended at once", "its output is in " + log);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fail(ErrorCode::kTimeout, "PostgreSQL does not answer", "its output is in " + log);
}

PrivatePostgres::~PrivatePostgres() {
  connection_.reset();
  if (pid_ <= 0) return;
  kill(pid_, SIGINT);
  (void)wait_for(pid_, nullptr);
}

Result<PrivatePostgres::Connection*> PrivatePostgres::connection(const std::string& database) {
  if (connection_ && connection_->database == database && PQstatus(connection_->handle) == CONNECTION_OK)
    return connection_.get();
  connection_ = std::make_unique<Connection>();
  connection_->database = database;
  connection_->handle = PQconnectdb(
      fmt::format("host=127.0.0.1 port={} user=postgres dbname={} connect_timeout=5", port_, database).c_str());
  if (PQstatus(connection_->handle) != CONNECTION_OK)
    return fail(ErrorCode::kUnavailable, PQerrorMessage(connection_->handle));
  return connection_.get();
}

Status PrivatePostgres::execute(const std::string& database, const std::string& statements) {
  MS_TRY(query(database, statements));
  return {};
}

Result<std::vector<std::vector<std::string>>> PrivatePostgres::query(const std::string& database,
                                                                     const std::string& statement) {
  MS_ASSIGN(Connection * open, connection(database));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(open->handle, statement.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    return fail(ErrorCode::kRemote, PQerrorMessage(open->handle));
  std::vector<std::vector<std::string>> rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    std::vector<std::string> cells;
    for (int column = 0; column < PQnfields(result.get()); ++column)
      cells.emplace_back(PQgetvalue(result.get(), row, column));
    rows.push_back(std::move(cells));
  }
  return rows;
}

}  // namespace millstream::demo
