// The NOT NULL columns of a sink table: a row with a NULL there fails the job or is dropped, as the session says.
//
// table.exec.sink.not-null-enforcer; the message is Apache Flink's. Rows of all kinds are looked at.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "column/batch.h"
#include "plan/physical_plan.h"

namespace millstream::stream {

class NotNullEnforcer {
 public:
  NotNullEnforcer(const plan::TableSink& sink, const column::Schema& input);
  // Drops by columns alone; never fails.
  explicit NotNullEnforcer(std::vector<int> dropping)
      : columns_(std::move(dropping)), names_(columns_.size()), drops_(true) {}
  // Narrows `batch`; how many rows it dropped. kBadRow names the column.
  Result<int64_t> enforce(column::Batch& batch) const;

 private:
  std::vector<int> columns_;
  std::vector<std::string> names_;
  bool drops_ = false;
};

}  // namespace millstream::stream
