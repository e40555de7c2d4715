// Brings the rows of an epoch into their tables within a transaction that the caller opened.
//
// Many rows go by binary COPY into a temporary table and from there in one statement; few by prepared statements sent
// without waiting. Rows that PostgreSQL refuses are found by halving under savepoints. One loader per connection.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connector/postgres/internal/connection.h"
#include "connector/postgres/internal/epoch_payload.h"

namespace millstream::connector::postgres {

// All payloads of one table in one epoch.
struct TableEpoch {
  EpochHeader header;
  std::vector<WireColumn> keys;
  std::string layout;          // the header's bytes
  std::vector<ByteSpan> rows;  // runs of tuples
  std::vector<ByteSpan> deletes;
  uint64_t row_count = 0, delete_count = 0;
};

struct RefusedTuple {
  const TableEpoch* table = nullptr;
  bool is_delete = false;
  ByteSpan tuple;
  ServerError error;
};

class EpochLoader {
 public:
  EpochLoader(Connection& connection, size_t most_refused) : connection_(connection), most_refused_(most_refused) {}

  // Up to this many rows an epoch is loaded by load_few().
  static constexpr uint64_t kFewRows = 48;

  // Makes temporary tables or prepared statements that are not there yet; outside a transaction.
  Reply<void> get_ready(const std::vector<TableEpoch>& tables, bool few);
  // Adds the statements for all rows to a pipeline that has begun.
  void load_few(const std::vector<TableEpoch>& tables, Connection::Pipeline& pipeline);
  // Deletes, then rows; refused ones are left out and returned. An error is the end of the transaction, and so are more
  // than `most_refused` rows: the search ends with the first one too many.
  Reply<std::vector<RefusedTuple>> load(const std::vector<TableEpoch>& tables);

 private:
  // Names of what exists on this connection for one layout.
  struct Layout {
    int number = 0;
    bool staged = false, delete_staged = false;
    bool prepared = false, delete_prepared = false;
  };
  // One table's rows or deletes.
  struct Step {
    const TableEpoch* table;
    bool is_delete;
    Layout* layout;
    [[nodiscard]] const std::vector<ByteSpan>& runs() const { return is_delete ? table->deletes : table->rows; }
    [[nodiscard]] const std::vector<WireColumn>& columns() const {
      return is_delete ? table->keys : table->header.columns;
    }
    [[nodiscard]] uint64_t count() const { return is_delete ? table->delete_count : table->row_count; }
    [[nodiscard]] bool is_direct() const;
  };
  std::vector<Step> steps_of(const std::vector<TableEpoch>& tables);
  Reply<void> apply_runs(const Step& step, std::span<const ByteSpan> runs, bool again);
  Reply<void> apply_one_by_one(const Step& step, std::span<const ByteSpan> tuples);
  Reply<void> apply_tuples(const Step& step, std::span<const ByteSpan> tuples);
  [[nodiscard]] bool too_many(const std::vector<RefusedTuple>& refused) const { return refused.size() > most_refused_; }
  // Under a savepoint: false if it was refused, with the reason in `refusal`.
  template <typename F>
  Reply<bool> attempt(F&& work, ServerError& refusal);
  Reply<void> take_apart(const Step& step, std::vector<RefusedTuple>& refused);
  Reply<void> halve(const Step& step, std::span<const ByteSpan> tuples, std::vector<RefusedTuple>& refused);
  void add_tuple(const Step& step, ByteSpan tuple, Connection::Pipeline& pipeline);

  Connection& connection_;
  size_t most_refused_;
  std::map<std::string, Layout, std::less<>> layouts_;
  std::vector<BinaryValue> values_;
};

}  // namespace millstream::connector::postgres
