// libpq behind Connection.
#include "connector/postgres/connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace millstream::connector::postgres {
namespace {

using ResultHandle = std::unique_ptr<PGresult, decltype(&PQclear)>;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// libpq tells the stage in its text only.
std::string_view failed_stage(std::string_view message) {
  if (contains(message, "could not translate host name")) return "name resolution";
  if (contains(message, "SSL") || contains(message, "certificate")) return "TLS";
  if (contains(message, "authentication") || contains(message, "no pg_hba.conf entry") || contains(message, "no password supplied") ||
      contains(message, "role \"")) {
    return "authentication";
  }
  if (contains(message, "FATAL:")) return "server";
  return "TCP connection";
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : trim(text)) {
    if (c == '\n' || c == '\t') {
      if (!line.empty() && line.back() != ' ') line.push_back(' ');
    } else {
      line.push_back(c);
    }
  }
  return line;
}

// What a second try may cure: lost connections, a server that is starting or full, deadlocks.
ErrorCode code_of(std::string_view sqlstate) {
  if (sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate.starts_with("53") || sqlstate.starts_with("40") ||
      sqlstate == "55P03") {
    return ErrorCode::kUnavailable;
  }
  if (sqlstate.starts_with("28") || sqlstate == "42501") return ErrorCode::kPermission;
  if (sqlstate.starts_with("42P01") || sqlstate.starts_with("42703")) return ErrorCode::kNotFound;
  return ErrorCode::kRemote;
}

}  // namespace

struct Connection::Impl {
  PGconn* handle = nullptr;
  PGcancel* cancel = nullptr;
  ~Impl() {
    if (cancel != nullptr) PQfreeCancel(cancel);
    if (handle != nullptr) PQfinish(handle);
  }
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const Database& database) {
  std::map<std::string, std::string> settings = database.settings;
  settings["host"] = database.host;
  settings["port"] = std::to_string(database.port);
  settings["dbname"] = database.name;
  settings["client_encoding"] = "UTF8";
  settings.try_emplace("connect_timeout", "10");
  settings.try_emplace("application_name", "millstream");
  std::vector<const char*> keys, values;
  for (const auto& [key, value] : settings) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  auto impl = std::make_unique<Impl>();
  impl->handle = PQconnectdbParams(keys.data(), values.data(), 0);
  if (impl->handle == nullptr) return fail(ErrorCode::kOutOfMemory, "libpq has no memory for a connection");
  if (PQstatus(impl->handle) != CONNECTION_OK) {
    const std::string message = one_line(PQerrorMessage(impl->handle));
    return fail(ErrorCode::kUnavailable, "PostgreSQL at " + database.label() + " cannot be reached (" + std::string(failed_stage(message)) + "): " + message);
  }
  impl->cancel = PQgetCancel(impl->handle);
  std::unique_ptr<Connection> connection(new Connection(std::move(impl)));
  connection->label_ = database.label();
  MS_TRY(connection->run("SET TimeZone = 'UTC'; SET standard_conforming_strings = on; SET DateStyle = 'ISO, YMD'; SET client_min_messages = warning"));
  return connection;
}

bool Connection::is_broken() const { return PQstatus(impl_->handle) != CONNECTION_OK; }

void Connection::cancel() {
  std::array<char, 256> message{};
  if (impl_->cancel != nullptr) PQcancel(impl_->cancel, message.data(), static_cast<int>(message.size()));
}

std::unexpected<Error> Connection::refuse(const void* raw) {
  const auto* result = static_cast<const PGresult*>(raw);
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  refusal_.sqlstate = state == nullptr ? "" : state;
  std::string message;
  if (const char* primary = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)) {
    message = primary;
    if (const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL)) message += " (" + one_line(detail) + ")";
  } else {
    message = one_line(PQerrorMessage(impl_->handle));
  }
  const ErrorCode code = is_broken() ? ErrorCode::kUnavailable : code_of(refusal_.sqlstate);
  refusal_.error = Error{code, "PostgreSQL at " + label_ + ": " + message + (refusal_.sqlstate.empty() ? "" : " [" + refusal_.sqlstate + "]"), {}, {}};
  return fail(refusal_.error);
}

Result<QueryResult> Connection::run(const std::string& sql, std::span<const std::string> parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  ResultHandle result(parameters.empty() ? PQexec(impl_->handle, sql.c_str())
                                         : PQexecParams(impl_->handle, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0),
                      PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) return refuse(result.get());
  QueryResult answer;
  const int columns = PQnfields(result.get());
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    auto& cells = answer.rows.emplace_back();
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result.get(), row, column) != 0) cells.emplace_back();
      else cells.emplace_back(std::string(PQgetvalue(result.get(), row, column), static_cast<size_t>(PQgetlength(result.get(), row, column))));
    }
  }
  if (const auto affected = parse_integer(PQcmdTuples(result.get()))) answer.affected = *affected;
  return answer;
}

Status Connection::copy_in(const std::string& sql, std::span<const ByteSpan> pieces) {
  ResultHandle begun(PQexec(impl_->handle, sql.c_str()), PQclear);
  if (PQresultStatus(begun.get()) != PGRES_COPY_IN) return refuse(begun.get());
  bool sent = true;
  constexpr size_t kPiece = 1 << 20;
  for (const ByteSpan piece : pieces) {
    for (size_t at = 0; sent && at < piece.size(); at += kPiece) {
      const size_t size = std::min(kPiece, piece.size() - at);
      sent = PQputCopyData(impl_->handle, reinterpret_cast<const char*>(piece.data() + at), static_cast<int>(size)) == 1;
    }
  }
  if (sent) sent = PQputCopyEnd(impl_->handle, nullptr) == 1;
  ResultHandle last(nullptr, PQclear);
  std::optional<Error> error;
  while (true) {
    ResultHandle result(PQgetResult(impl_->handle), PQclear);
    if (!result) break;
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && !error) error = refuse(result.get()).error();
    if (PQstatus(impl_->handle) != CONNECTION_OK) break;
  }
  if (!sent && !error) error = refuse(nullptr).error();
  if (error) return fail(*error);
  return {};
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text.push_back('"');
    text.push_back(c);
  }
  return text + "\"";
}

}  // namespace millstream::connector::postgres
