// Results as the Gateway pages them: NOT_READY, PAYLOAD with a next token, EOS.
#include "api/operation.h"

#include <fmt/format.h>

namespace millstream::api {
namespace {
constexpr size_t kPageRows = 5'000;
}  // namespace

void Operation::run(env::Env& env, job::Engine& engine, std::shared_ptr<job::Session> session, std::string statement,
                    job::ExecuteOptions options) {
  env.executor().submit([self = shared_from_this(), &engine, session = std::move(session),
                         statement = std::move(statement),
                         options] { self->finish(engine.execute(*session, statement, options)); });
}

void Operation::finish(Result<job::Outcome> outcome) {
  std::shared_ptr<job::Job> unwanted, awaited;
  {
    const std::lock_guard lock(mutex_);
    if (!outcome) {
      error_ = outcome.error();
      if (state_ == State::kRunning) state_ = State::kError;
      return;
    }
    outcome_ = *std::move(outcome);
    schema_ = outcome_.query ? outcome_.query->schema() : outcome_.table.schema;
    if (schema_.fields.empty()) {
      // What every definition answers.
      schema_.fields.push_back({"result", column::Type::string(), ""});
      outcome_.table.rows.push_back({column::Value(std::string("OK"))});
    }
    if (state_ == State::kCanceled) {
      if (outcome_.query) unwanted = outcome_.job;
    } else if (outcome_.wait_for_job) {
      waiting_for_job_ = true;
      awaited = outcome_.job;
    } else {
      state_ = State::kFinished;
    }
  }
  if (unwanted) unwanted->cancel([] {});
  if (awaited) {
    awaited->when_over([weak = weak_from_this(), job = std::weak_ptr(awaited)] {
      const auto self = weak.lock();
      const auto over = job.lock();
      if (!self || !over) return;
      const job::JobInfo info = over->info();
      const std::lock_guard lock(self->mutex_);
      self->waiting_for_job_ = false;
      if (self->state_ != State::kRunning) return;
      if (info.record.status == job::JobStatus::kFailed) {
        self->error_ =
            Error{ErrorCode::kRemote, fmt::format("job {} failed: {}", info.record.id, info.record.failure), "", {}};
        self->state_ = State::kError;
      } else {
        self->state_ = State::kFinished;
      }
    });
  }
}

std::string Operation::status() const {
  const std::lock_guard lock(mutex_);
  switch (state_) {
    case State::kRunning:
      return "RUNNING";
    case State::kFinished:
      return "FINISHED";
    case State::kCanceled:
      return "CANCELED";
    case State::kError:
      return "ERROR";
  }
  return "ERROR";
}

std::string Operation::body_of(const char* type, const Page* page, int64_t next, RowFormat format) const {
  const char* format_name = format == RowFormat::kJson ? "JSON" : "PLAIN_TEXT";
  std::string body = fmt::format(R"({{"resultType":"{}")", type);
  if (page != nullptr) {
    body += fmt::format(R"(,"isQueryResult":{})", outcome_.query != nullptr);
    if (outcome_.job) body += fmt::format(R"(,"jobID":"{}")", outcome_.job->id());
    const bool has_content =
        outcome_.query != nullptr || outcome_.job != nullptr || !outcome_.table.schema.fields.empty();
    body +=
        fmt::format(R"(,"resultKind":"{}","results":{{"columns":{},"rowFormat":"{}","data":[{}]}})",
                    has_content ? "SUCCESS_WITH_CONTENT" : "SUCCESS", columns_text(schema_), format_name, page->rows);
    if (!outcome_.notes.empty()) {
      Json::Array notes;
      for (const std::string& note : outcome_.notes) notes.emplace_back(note);
      body += R"(,"millstream":{"notes":)" + Json(std::move(notes)).to_text() + "}";
    }
  }
  if (next >= 0) {
    body += fmt::format(R"(,"nextResultUri":"/v2/sessions/{}/operations/{}/result/{}?rowFormat={}")", session_, handle_,
                        next, format_name);
  }
  return body + "}";
}

Result<std::string> Operation::result_page(int64_t token, RowFormat format) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::kError) return fail(*error_);
  if (state_ == State::kCanceled) return fail(ErrorCode::kCancelled, "the operation was canceled");
  if (state_ == State::kRunning) return body_of("NOT_READY", nullptr, token, format);

  if (token == next_token_ - 1 && latest_ && latest_format_ == format) {
    return body_of(latest_->last ? "EOS" : "PAYLOAD", &*latest_, latest_->last ? -1 : next_token_, format);
  }
  if (token != next_token_) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("token {} is not there", token),
                fmt::format("the next one is {}", next_token_));
  }
  if (error_) return fail(*error_);
  Page page;
  if (outcome_.query) {
    const job::QueryResult::Page taken = outcome_.query->take(kPageRows);
    if (taken.batches.empty() && !taken.ended) return body_of("NOT_READY", nullptr, token, format);
    // What the query gave before it failed has a page of its own; the error is the one behind it.
    error_ = taken.error;
    if (error_ && taken.batches.empty()) return fail(*error_);
    for (const column::Batch& batch : taken.batches) {
      batch.rows().for_each([&](size_t position) {
        std::vector<column::Value> values;
        for (const auto& column : batch.columns) values.push_back(column::value_at(*column, position));
        if (!page.rows.empty()) page.rows += ',';
        append_row(page.rows, schema_, values, batch.kind_at(position), format);
      });
    }
    page.last = taken.ended && taken.batches.empty();
  } else if (next_token_ == 0) {
    for (const auto& row : outcome_.table.rows) {
      if (!page.rows.empty()) page.rows += ',';
      append_row(page.rows, schema_, row, column::RowKind::kInsert, format);
    }
  } else {
    page.last = true;
  }
  latest_ = std::move(page);
  latest_format_ = format;
  ++next_token_;
  return body_of(latest_->last ? "EOS" : "PAYLOAD", &*latest_, latest_->last ? -1 : next_token_, format);
}

void Operation::cancel() {
  std::shared_ptr<job::Job> query_job;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kRunning || outcome_.query) state_ = State::kCanceled;
    if (outcome_.query) query_job = outcome_.job;
  }
  if (query_job) query_job->cancel([] {});
}

}  // namespace millstream::api
