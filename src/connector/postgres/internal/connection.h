// One PostgreSQL connection: waits for the socket on the caller's thread, can be interrupted, and says what went wrong.
//
// Used by one thread at a time; interrupt() from any. Wraps libpq (https://www.postgresql.org/docs/15/libpq.html),
// which only connection.cc includes. Errors: kUnavailable if the server or the way to it is down (trying again can
// help), kPermission, kNotFound and kRemote if it answered.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "connector/postgres/internal/jdbc_url.h"
#include "env/env.h"

struct pg_conn;
struct pg_result;

namespace millstream::connector::postgres {

// Wakes a thread that waits in a connection, for good.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  void raise();
  [[nodiscard]] bool raised() const { return raised_.load(); }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::atomic<bool> raised_{false};
};

// An answer of the server that is an error; the connection is still usable unless `lost`.
struct ServerError {
  std::string sqlstate;  // empty: not from the server (the connection broke)
  std::string message;   // primary message, and detail if any; values of rows may be in it
  bool lost = false;

  [[nodiscard]] bool in_class(std::string_view two) const { return sqlstate.starts_with(two); }
};

// Rows of an answer in text format.
class Answer {
 public:
  Answer() = default;
  explicit Answer(pg_result* result) : result_(result, &Answer::clear) {}
  [[nodiscard]] int rows() const;
  [[nodiscard]] bool is_null(int row, int column) const;
  [[nodiscard]] std::string_view text(int row, int column) const;
  [[nodiscard]] int64_t number(int row, int column) const;
  [[nodiscard]] int64_t affected() const;          // rows that an INSERT, UPDATE or DELETE changed
  [[nodiscard]] std::string_view command() const;  // "COMMIT", "INSERT 0 1"

 private:
  static void clear(pg_result* result);
  std::shared_ptr<pg_result> result_;
};

template <typename T>
using Reply = std::expected<T, ServerError>;

// One value of an execution in binary format; size -1: NULL. Bytes are the caller's.
struct BinaryValue {
  const std::byte* data = nullptr;
  int32_t size = -1;
};

class Connection {
 public:
  // Resolves, connects and logs in, within settings.connect_timeout for each address; then sets the search path.
  static Result<std::unique_ptr<Connection>> open(const env::Clock& clock, const ConnectionSettings& settings,
                                                  const std::function<net::HostPort(net::HostPort)>& resolve,
                                                  Interrupt& interrupt);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or more statements without parameters; the last one's answer.
  Reply<Answer> execute(const std::string& statements);
  // One statement with parameters as text.
  Reply<Answer> execute(const std::string& statement, std::span<const std::string> parameters);
  Reply<void> prepare(const std::string& name, const std::string& statement, std::span<const uint32_t> types);
  // Sends `chunks` (binary COPY with header and trailer) for a COPY … FROM STDIN statement.
  Reply<void> copy_in(const std::string& statement, std::span<const ByteSpan> chunks);

  // Sends many statements without waiting for their answers (libpq's pipeline mode), then waits for all of them.
  // The first error ends it: what comes behind is skipped by the server.
  class Pipeline {
   public:
    explicit Pipeline(Connection& connection) : connection_(connection) {}
    void begin();
    void add(const std::string& statement, std::span<const std::string> parameters);
    void add_prepared(const std::string& name, std::span<const BinaryValue> values);
    // One answer per statement, in order.
    Reply<std::vector<Answer>> finish();

   private:
    Connection& connection_;
    int sent_ = 0;
    bool broken_ = false;
    std::vector<const char*> pointers_;
    std::vector<int> lengths_, formats_;
  };

  [[nodiscard]] bool lost() const;
  [[nodiscard]] int backend_process() const;

 private:
  explicit Connection(Interrupt& interrupt) : interrupt_(interrupt) {}
  Status connect(const env::Clock& clock, const ConnectionSettings& settings, const std::string& ip, uint16_t port);
  Status set_search_path(const ConnectionSettings& settings);
  // False: the connection broke or was interrupted.
  bool wait(bool for_write);
  bool flush();
  Reply<Answer> last_answer();
  pg_result* next_result();
  ServerError broken();

  pg_conn* connection_ = nullptr;
  Interrupt& interrupt_;
  bool interrupted_ = false;
};

// The error for a job: which server, doing what. Texts of the server are kept; `hint` may be empty.
[[nodiscard]] Error to_error(const ServerError& error, const ConnectionSettings& settings, std::string_view doing);

// "name", quotes in it doubled.
[[nodiscard]] std::string quote_identifier(std::string_view name);

}  // namespace millstream::connector::postgres
