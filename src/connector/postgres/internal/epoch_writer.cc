// Rows into the buffer, the buffer into a committable, and its memory charged on the way.
#include "connector/postgres/internal/epoch_writer.h"

namespace millstream::connector::postgres {

EpochWriter::EpochWriter(std::shared_ptr<const TargetTable> table, std::string target, int64_t most_rows)
    : table_(std::move(table)), target_(std::move(target)), most_rows_(most_rows), buffer_(*table_) {}

EpochWriter::~EpochWriter() {
  if (budget_ != nullptr) budget_->release(charged_);
}

Status EpochWriter::open(const stream::OperatorContext& context) {
  budget_ = context.budget;
  account();
  return {};
}

Status EpochWriter::write(const column::Batch& batch) {
  MS_TRY(buffer_.add(batch));
  account();
  return {};
}

// A batch that is here must be taken, so a budget at its limit does not refuse it: it ends the epoch.
void EpochWriter::account() {
  if (budget_ == nullptr) return;
  const Bytes now = buffer_.memory();
  if (now > charged_) {
    is_over_budget_ = !budget_->charge(now - charged_);
    if (is_over_budget_) budget_->charge_unchecked(now - charged_);
  } else {
    budget_->release(charged_ - now);
  }
  charged_ = now;
}

bool EpochWriter::is_full() const {
  if (buffer_.empty()) return false;
  return is_over_budget_ || buffer_.size() >= kMostBytes ||
         (most_rows_ > 0 && buffer_.row_count() >= static_cast<uint64_t>(most_rows_));
}

Result<std::vector<stream::Committable>> EpochWriter::prepare(CheckpointId) {
  std::vector<stream::Committable> epoch;
  if (buffer_.empty()) return epoch;
  epoch.push_back({target_, table_->sql_name, buffer_.take()});
  is_over_budget_ = false;
  account();
  return epoch;
}

}  // namespace millstream::connector::postgres
