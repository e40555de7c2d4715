// One statement of a Gateway session: runs on the executor, and hands its result out page by page.
//
// Any thread. Pages are numbered by tokens; the page read last can be read again until the next one is.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/row_text.h"
#include "base/error.h"
#include "env/env.h"
#include "job/engine.h"

namespace millstream::api {

class Operation : public std::enable_shared_from_this<Operation> {
 public:
  enum class State { kRunning, kFinished, kCanceled, kError };

  Operation(std::string handle, std::string session) : handle_(std::move(handle)), session_(std::move(session)) {}
  void run(env::Env& env, job::Engine& engine, std::shared_ptr<job::Session> session, std::string statement,
           job::ExecuteOptions options);

  [[nodiscard]] const std::string& handle() const { return handle_; }
  [[nodiscard]] std::string status() const;  // the Gateway's word
  // The answer to GET …/result/{token}: a JSON body, or the statement's error. A query that fails while it runs gives
  // the rows it had first, then its error as the page behind them.
  Result<std::string> result_page(int64_t token, RowFormat format);
  // Ends a query's job; a submitted INSERT goes on without its operation.
  void cancel();

 private:
  struct Page {
    std::string rows;  // the elements of "data"
    bool last = false;
  };
  void finish(Result<job::Outcome> outcome);
  std::string body_of(const char* type, const Page* page, int64_t next, RowFormat format) const;

  const std::string handle_, session_;
  mutable std::mutex mutex_;
  State state_ = State::kRunning;
  bool waiting_for_job_ = false;
  std::optional<Error> error_;  // of the statement (kError), or what ended a query behind its latest page
  job::Outcome outcome_;
  column::Schema schema_;
  int64_t next_token_ = 0;      // of the page that was not read yet
  std::optional<Page> latest_;  // with token next_token_ - 1
  RowFormat latest_format_ = RowFormat::kJson;
};

}  // namespace millstream::api
