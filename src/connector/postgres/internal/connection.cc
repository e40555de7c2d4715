// libpq behind a small face: every wait is a poll() on the socket and the interrupt.
#include "connector/postgres/internal/connection.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/check.h"
#include "base/text.h"

namespace millstream::connector::postgres {
namespace {

constexpr size_t kCopyChunk = 256 << 10;
// A server that sends nothing for this long within one statement is left to TCP's own limits (tcp_user_timeout).
constexpr std::string_view kTcpUserTimeoutMillis = "30000";

// libpq puts "FATAL:  28P01: password authentication failed" when asked to be verbose; the first word is translated.
std::string sqlstate_in(std::string_view text) {
  constexpr std::string_view kFront = ":  ";
  constexpr size_t kSize = 5;
  for (size_t at = text.find(kFront); at != std::string_view::npos; at = text.find(kFront, at + 1)) {
    const std::string_view rest = text.substr(at + kFront.size());
    if (rest.size() <= kSize || rest[kSize] != ':') continue;
    const std::string_view state = rest.substr(0, kSize);
    if (std::ranges::all_of(state, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }))
      return std::string(state);
  }
  return {};
}

std::string first_line_of(std::string_view text, const std::string& sqlstate) {
  text = trim(text);
  if (!sqlstate.empty()) {
    const size_t at = text.find(sqlstate + ": ");
    if (at != std::string_view::npos) text = text.substr(at + sqlstate.size() + 2);
  }
  return std::string(trim(text.substr(0, text.find('\n'))));
}

void ignore_notice(void*, const PGresult*) {}

// Something to configure; not a server that went away in the middle of the handshake.
bool is_about_tls(std::string_view text) {
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  return (has("SSL") || has("certificate") || has("private key")) && !has("SYSCALL") && !has("unexpected");
}

std::string_view tls_hint(std::string_view text) {
  if (text.find("does not match host name") != std::string_view::npos)
    return "write the host in 'url' as the certificate has it, or set sslmode=verify-ca";
  // "EVP lib" is OpenSSL's word for a signature of another authority that has the same name.
  if (text.find("certificate verify failed") != std::string_view::npos ||
      text.find("EVP lib") != std::string_view::npos)
    return "sslrootcert in 'url' must name the authority that signed the server's certificate";
  if (text.find("root certificate file") != std::string_view::npos)
    return "give the file of the authority's certificate as sslrootcert in 'url'";
  return "set sslmode in 'url' to what the server offers, or give sslrootcert";
}

Error login_error(const ConnectionSettings& settings, std::string_view stage, const std::string& sqlstate,
                  const std::string& text, bool needs_password) {
  const std::string what = "PostgreSQL " + settings.server() + ": " + std::string(stage) + ": " + text;
  if (needs_password) {
    return {ErrorCode::kPermission, what, "add 'password' = '…' to the WITH clause", {}};
  }
  if (sqlstate.starts_with("28")) {
    return {ErrorCode::kPermission, what, "check 'username' and 'password', and the server's pg_hba.conf", {}};
  }
  if (sqlstate == "3D000")
    return {ErrorCode::kNotFound, what, "check the database's name behind the last / of 'url'", {}};
  if (sqlstate.starts_with("42")) return {ErrorCode::kPermission, what, {}, {}};
  if (sqlstate == "22023" || sqlstate == "42704")
    return {ErrorCode::kInvalidArgument, what, "check the parameters of 'url'", {}};
  if (sqlstate.empty() && is_about_tls(text)) {
    return {ErrorCode::kRemote, what, std::string(tls_hint(text)), {}};
  }
  return {ErrorCode::kUnavailable, what, {}, {}};
}

}  // namespace

Interrupt::Interrupt() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { CHECK(descriptor_ >= 0); }
Interrupt::~Interrupt() { ::close(descriptor_); }
void Interrupt::raise() {
  raised_ = true;
  const uint64_t one = 1;
  // Full or not, the descriptor stays readable.
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

void Answer::clear(pg_result* result) { PQclear(result); }
int Answer::rows() const { return PQntuples(result_.get()); }
bool Answer::is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
std::string_view Answer::text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}
int64_t Answer::number(int row, int column) const {
  const std::string_view digits = text(row, column);
  int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}
int64_t Answer::affected() const {
  const std::string_view digits = PQcmdTuples(result_.get());
  int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string_view Answer::command() const { return PQcmdStatus(result_.get()); }

Connection::~Connection() {
  if (connection_ != nullptr) PQfinish(connection_);
}

bool Connection::lost() const {
  return interrupted_ || connection_ == nullptr || PQstatus(connection_) != CONNECTION_OK;
}
int Connection::backend_process() const { return PQbackendPID(connection_); }

Result<std::unique_ptr<Connection>> Connection::open(const env::Clock& clock, const ConnectionSettings& settings,
                                                     const std::function<net::HostPort(net::HostPort)>& resolve,
                                                     Interrupt& interrupt) {
  const net::HostPort address = resolve ? resolve(settings.address) : settings.address;
  auto found = net::resolve(address);
  if (!found) {
    return fail(ErrorCode::kUnavailable, "PostgreSQL " + settings.server() + ": DNS: " + found.error().message);
  }
  Error last{ErrorCode::kUnavailable, "PostgreSQL " + settings.server() + ": DNS: no address", {}, {}};
  for (const net::SocketAddress& candidate : *found) {
    const net::HostPort numeric = candidate.to_host_port();
    std::unique_ptr<Connection> connection(new Connection(interrupt));
    Status status = connection->connect(clock, settings, numeric.host, address.port);
    if (status) status = connection->set_search_path(settings);
    if (status) return connection;
    last = std::move(status).error();
    if (last.code != ErrorCode::kUnavailable) break;
  }
  return fail(std::move(last));
}

Status Connection::connect(const env::Clock& clock, const ConnectionSettings& settings, const std::string& ip,
                           uint16_t port) {
  const std::string port_text = std::to_string(port);
  // The host as the URL has it is what certificates are checked against; hostaddr is where to connect.
  std::vector<const char*> keys{
      "host",      "hostaddr", "port", "dbname", "user", "client_encoding", "tcp_user_timeout", "keepalives_idle",
      "gssencmode"};
  std::vector<const char*> values{settings.address.host.c_str(),
                                  ip.c_str(),
                                  port_text.c_str(),
                                  settings.database.c_str(),
                                  settings.user.c_str(),
                                  "UTF8",
                                  kTcpUserTimeoutMillis.data(),
                                  "15",
                                  "disable"};
  if (!settings.password.empty()) {
    keys.push_back("password");
    values.push_back(settings.password.c_str());
  }
  bool named = false;
  for (const auto& [key, value] : settings.libpq) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
    named |= key == "application_name";
  }
  if (!named) {
    keys.push_back("application_name");
    values.push_back("millstream");
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  connection_ = PQconnectStartParams(keys.data(), values.data(), 0);
  if (connection_ == nullptr) return fail(ErrorCode::kOutOfMemory, "no memory for a PostgreSQL connection");
  PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE);
  PQsetNoticeReceiver(connection_, ignore_notice, nullptr);

  const env::MonotonicTime deadline = clock.monotonic() + settings.connect_timeout;
  std::string_view stage = "TCP";
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  if (PQstatus(connection_) == CONNECTION_BAD) state = PGRES_POLLING_FAILED;
  while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
    pollfd watched[2] = {
        {PQsocket(connection_), static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0},
        {interrupt_.descriptor(), POLLIN, 0}};
    const int64_t left = elapsed(clock.monotonic(), deadline).value;
    const int ready = left <= 0 ? 0 : ::poll(watched, 2, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (interrupt_.raised()) return fail(ErrorCode::kCancelled, "the connection to PostgreSQL was given up");
    if (ready <= 0) {
      return fail(ErrorCode::kUnavailable, "PostgreSQL " + settings.server() +
                                               " does not answer: " + std::string(stage) + ": no answer within " +
                                               format_duration(settings.connect_timeout));
    }
    state = PQconnectPoll(connection_);
    // What the next wait is for; a failure happened in the stage before.
    switch (PQstatus(connection_)) {
      case CONNECTION_BAD:
        break;
      case CONNECTION_NEEDED:
      case CONNECTION_STARTED:
        stage = "TCP";
        break;
      case CONNECTION_SSL_STARTUP:
        stage = "TLS";
        break;
      default:
        stage = "login";
        break;
    }
  }
  if (state == PGRES_POLLING_FAILED) {
    const std::string text = PQerrorMessage(connection_);
    const std::string sqlstate = sqlstate_in(text);
    if (sqlstate.empty() && is_about_tls(text)) stage = "TLS";
    // libpq's own line repeats the address; what the operating system said stands behind it.
    std::string line = first_line_of(text, sqlstate);
    if (const size_t at = line.find("failed: "); sqlstate.empty() && at != std::string::npos)
      line = line.substr(at + 8);
    return fail(login_error(settings, stage, sqlstate, line, PQconnectionNeedsPassword(connection_) != 0));
  }
  PQsetErrorVerbosity(connection_, PQERRORS_DEFAULT);
  if (PQsetnonblocking(connection_, 1) != 0) return fail(ErrorCode::kInternal, "libpq cannot be made non-blocking");
  return {};
}

// 'currentSchema' is a list as in SET search_path: names fold unless they are quoted.
Status Connection::set_search_path(const ConnectionSettings& settings) {
  if (settings.schema.empty()) return {};
  std::string path;
  for (const std::string_view part : split(settings.schema, ',')) {
    const std::string_view name = trim(part);
    const bool is_quoted = name.size() > 2 && name.front() == '"' && name.back() == '"';
    path += (path.empty() ? "" : ", ") + (is_quoted ? std::string(name) : quote_identifier(to_lower(name)));
  }
  if (auto set = execute("SET search_path = " + path); !set)
    return fail(to_error(set.error(), settings, "setting currentSchema of 'url'"));
  return {};
}

bool Connection::wait(bool for_write) {
  for (;;) {
    if (interrupt_.raised()) {
      interrupted_ = true;
      return false;
    }
    pollfd watched[2] = {{PQsocket(connection_), static_cast<short>(POLLIN | (for_write ? POLLOUT : 0)), 0},
                         {interrupt_.descriptor(), POLLIN, 0}};
    if (watched[0].fd < 0) return false;
    const int ready = ::poll(watched, 2, -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return false;
    if (watched[1].revents != 0) continue;
    return true;
  }
}

bool Connection::flush() {
  for (;;) {
    const int left = PQflush(connection_);
    if (left == 0) return true;
    // The server may be waiting for us to read before it reads on.
    if (left < 0 || !wait(true) || PQconsumeInput(connection_) == 0) return false;
  }
}

pg_result* Connection::next_result() {
  while (PQisBusy(connection_) != 0) {
    if (!wait(false) || PQconsumeInput(connection_) == 0) return nullptr;
  }
  return PQgetResult(connection_);
}

ServerError Connection::broken() {
  ServerError error;
  error.lost = true;
  error.message = interrupted_ ? "given up" : first_line_of(PQerrorMessage(connection_), {});
  if (error.message.empty()) error.message = "the connection broke";
  return error;
}

namespace {
std::optional<ServerError> error_in(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_FATAL_ERROR && status != PGRES_BAD_RESPONSE) return std::nullopt;
  ServerError error;
  if (const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE)) error.sqlstate = state;
  if (const char* text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)) error.message = text;
  if (const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL))
    error.message += ": " + std::string(detail);
  if (error.message.empty()) error.message = std::string(trim(PQresultErrorMessage(result)));
  error.lost = error.sqlstate.empty();
  return error;
}
}  // namespace

Reply<Answer> Connection::last_answer() {
  std::optional<Answer> last;
  std::optional<ServerError> failure;
  while (pg_result* result = next_result()) {
    Answer answer(result);
    if (auto error = error_in(result)) {
      if (!failure) failure = std::move(error);
    } else {
      last = std::move(answer);
    }
    if (PQresultStatus(result) == PGRES_COPY_IN) break;
  }
  if (failure) {
    failure->lost |= lost();
    return std::unexpected(*std::move(failure));
  }
  if (lost() || !last) return std::unexpected(broken());
  return *std::move(last);
}

Reply<Answer> Connection::execute(const std::string& statements) {
  if (lost() || PQsendQuery(connection_, statements.c_str()) == 0 || !flush()) return std::unexpected(broken());
  return last_answer();
}

Reply<Answer> Connection::execute(const std::string& statement, std::span<const std::string> parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  if (lost() ||
      PQsendQueryParams(connection_, statement.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                        nullptr, nullptr, 0) == 0 ||
      !flush()) {
    return std::unexpected(broken());
  }
  return last_answer();
}

Reply<void> Connection::prepare(const std::string& name, const std::string& statement,
                                std::span<const uint32_t> types) {
  const std::vector<Oid> oids(types.begin(), types.end());
  if (lost() ||
      PQsendPrepare(connection_, name.c_str(), statement.c_str(), static_cast<int>(oids.size()), oids.data()) == 0 ||
      !flush()) {
    return std::unexpected(broken());
  }
  auto answer = last_answer();
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Reply<void> Connection::copy_in(const std::string& statement, std::span<const ByteSpan> chunks) {
  if (auto started = execute(statement); !started) return std::unexpected(started.error());
  for (ByteSpan chunk : chunks) {
    while (!chunk.empty()) {
      const ByteSpan part = chunk.first(std::min(chunk.size(), kCopyChunk));
      const int put =
          PQputCopyData(connection_, reinterpret_cast<const char*>(part.data()), static_cast<int>(part.size()));
      if (put < 0) return std::unexpected(broken());
      if (put > 0) chunk = chunk.subspan(part.size());
      // An error of the server ends the COPY early; PQputCopyEnd and its answer say so.
      if (!flush()) return std::unexpected(broken());
    }
  }
  while (true) {
    const int ended = PQputCopyEnd(connection_, nullptr);
    if (ended < 0) return std::unexpected(broken());
    if (ended > 0) break;
    if (!wait(true)) return std::unexpected(broken());
  }
  if (!flush()) return std::unexpected(broken());
  if (auto answer = last_answer(); !answer) return std::unexpected(answer.error());
  return {};
}

void Connection::Pipeline::begin() {
  sent_ = 0;
  broken_ = connection_.lost() || PQenterPipelineMode(connection_.connection_) == 0;
}

void Connection::Pipeline::add(const std::string& statement, std::span<const std::string> parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  broken_ = broken_ || PQsendQueryParams(connection_.connection_, statement.c_str(), static_cast<int>(values.size()),
                                         nullptr, values.data(), nullptr, nullptr, 0) == 0;
  ++sent_;
}

void Connection::Pipeline::add_prepared(const std::string& name, std::span<const BinaryValue> values) {
  pointers_.clear();
  lengths_.clear();
  formats_.assign(values.size(), 1);
  for (const BinaryValue& value : values) {
    // An empty value needs an address too: a null pointer is NULL.
    pointers_.push_back(value.size < 0 ? nullptr : value.size == 0 ? "" : reinterpret_cast<const char*>(value.data));
    lengths_.push_back(value.size);
  }
  broken_ = broken_ || PQsendQueryPrepared(connection_.connection_, name.c_str(), static_cast<int>(values.size()),
                                           pointers_.data(), lengths_.data(), formats_.data(), 0) == 0;
  ++sent_;
}

Reply<std::vector<Answer>> Connection::Pipeline::finish() {
  pg_conn* raw = connection_.connection_;
  if (broken_ || PQpipelineSync(raw) == 0 || !connection_.flush()) return std::unexpected(connection_.broken());
  std::vector<Answer> answers;
  std::optional<ServerError> failure;
  int nulls = 0;
  for (;;) {
    pg_result* result = connection_.next_result();
    if (result == nullptr) {
      // One null behind each statement's answers; two in a row mean that nothing comes any more.
      if (connection_.lost() || ++nulls > 1) return std::unexpected(connection_.broken());
      continue;
    }
    nulls = 0;
    Answer answer(result);
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) break;
    if (auto error = error_in(result)) {
      if (!failure) failure = std::move(error);
      continue;
    }
    if (PQresultStatus(result) != PGRES_PIPELINE_ABORTED) answers.push_back(std::move(answer));
  }
  while (pg_result* rest = connection_.next_result()) PQclear(rest);
  if (PQexitPipelineMode(raw) == 0) return std::unexpected(connection_.broken());
  if (failure) {
    failure->lost |= connection_.lost();
    return std::unexpected(*std::move(failure));
  }
  if (static_cast<int>(answers.size()) != sent_) return std::unexpected(connection_.broken());
  return answers;
}

Error to_error(const ServerError& error, const ConnectionSettings& settings, std::string_view doing) {
  const std::string server = "PostgreSQL " + settings.server();
  // The server's end of a connection (57P01 terminated, 57P02 crash, 57P03 starting) is the same to us as a broken
  // wire.
  if (error.lost || error.in_class("08") || error.sqlstate.starts_with("57P")) {
    return {ErrorCode::kUnavailable, server + " does not answer: " + error.message, {}, {}};
  }
  const std::string text =
      server + ", " + std::string(doing) + ": " + error.message + " (SQLSTATE " + error.sqlstate + ")";
  // Conflicts between transactions, full disks and connection limits, lock waits, a standby that took over: all pass.
  if (error.in_class("40") || error.in_class("53") || error.sqlstate == "55P03" || error.sqlstate == "55006" ||
      error.sqlstate == "57014" || error.sqlstate == "25006") {
    return {ErrorCode::kUnavailable, text, {}, {}};
  }
  if (error.sqlstate == "42501") return {ErrorCode::kPermission, text, {}, {}};
  if (error.sqlstate == "42P01" || error.sqlstate == "3F000") return {ErrorCode::kNotFound, text, {}, {}};
  return {ErrorCode::kRemote, text, {}, {}};
}

std::string quote_identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace millstream::connector::postgres
