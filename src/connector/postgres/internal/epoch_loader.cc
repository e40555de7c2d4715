// The statements that move rows, and the search for those that cannot be moved.
#include "connector/postgres/internal/epoch_loader.h"

#include <algorithm>

namespace millstream::connector::postgres {
namespace {

// Signature, flags, no extension; and the trailer: a field count of -1.
constexpr unsigned char kCopyStart[] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xff, '\r', '\n',
                                        0,   0,   0,   0,   0,   0,   0,    0,    0};
constexpr unsigned char kCopyEnd[] = {0xff, 0xff};

std::string stage_name(int number, bool is_delete) {
  return "pg_temp.millstream_" + std::string(is_delete ? "delete_" : "stage_") + std::to_string(number);
}
std::string statement_name(int number, bool is_delete) {
  return (is_delete ? "millstream_d" : "millstream_i") + std::to_string(number);
}

std::string with_cast(const std::string& value, const WireColumn& column) {
  return column.cast.empty() ? value : value + "::" + column.cast;
}

std::string column_list(const std::vector<WireColumn>& columns) {
  std::string text;
  for (const WireColumn& column : columns) text += (text.empty() ? "" : ", ") + quote_identifier(column.name);
  return text;
}

// INSERT INTO table (…) `source` [ON CONFLICT (key) DO …].
std::string insert_statement(const TableEpoch& table, const std::string& source) {
  std::string text =
      "INSERT INTO " + table.header.quoted_name + " (" + column_list(table.header.columns) + ") " + source;
  if (table.keys.empty()) return text;
  std::string changes;
  for (const WireColumn& column : table.header.columns) {
    if (column.is_key) continue;
    const std::string name = quote_identifier(column.name);
    changes += (changes.empty() ? "" : ", ") + name + " = EXCLUDED." + name;
  }
  text += " ON CONFLICT (" + column_list(table.keys) + ") DO ";
  return text + (changes.empty() ? "NOTHING" : "UPDATE SET " + changes);
}

std::string from_stage(const std::vector<WireColumn>& columns, int number) {
  std::string list;
  for (size_t i = 0; i < columns.size(); ++i)
    list += (i == 0 ? "" : ", ") + with_cast("s.c" + std::to_string(i), columns[i]);
  return "SELECT " + list + " FROM " + stage_name(number, false) + " s";
}

std::string delete_from_stage(const TableEpoch& table, int number) {
  std::string condition;
  for (size_t i = 0; i < table.keys.size(); ++i) {
    condition += (i == 0 ? "" : " AND ") + ("t." + quote_identifier(table.keys[i].name)) + " = " +
                 with_cast("s.c" + std::to_string(i), table.keys[i]);
  }
  return "DELETE FROM " + table.header.quoted_name + " t USING " + stage_name(number, true) + " s WHERE " + condition;
}

std::string insert_one(const TableEpoch& table) {
  std::string list;
  for (size_t i = 0; i < table.header.columns.size(); ++i) {
    list += (i == 0 ? "" : ", ") + with_cast("$" + std::to_string(i + 1), table.header.columns[i]);
  }
  return insert_statement(table, "VALUES (" + list + ")");
}

std::string delete_one(const TableEpoch& table) {
  std::string condition;
  for (size_t i = 0; i < table.keys.size(); ++i) {
    condition += (i == 0 ? "" : " AND ") + quote_identifier(table.keys[i].name) + " = " +
                 with_cast("$" + std::to_string(i + 1), table.keys[i]);
  }
  return "DELETE FROM " + table.header.quoted_name + " WHERE " + condition;
}

std::string create_stage(const std::vector<WireColumn>& columns, const std::string& name) {
  std::string list;
  for (size_t i = 0; i < columns.size(); ++i)
    list += (i == 0 ? "" : ", ") + ("c" + std::to_string(i)) + " " + sql_name_of(columns[i].type);
  return "CREATE TEMPORARY TABLE " + name.substr(name.find('.') + 1) + " (" + list + ") ON COMMIT DELETE ROWS";
}

std::vector<uint32_t> types_of(const std::vector<WireColumn>& columns) {
  std::vector<uint32_t> oids;
  for (const WireColumn& column : columns) oids.push_back(oid_of(column.type));
  return oids;
}

std::vector<ByteSpan> split_tuples(std::span<const ByteSpan> runs, size_t fields) {
  std::vector<ByteSpan> tuples;
  for (ByteSpan run : runs) {
    while (!run.empty()) {
      const size_t size = tuple_size(run, fields);
      tuples.push_back(run.first(size));
      run = run.subspan(size);
    }
  }
  return tuples;
}

// 21000: two keys of the epoch are one to the index (other collation, padding); apart they go through.
bool is_about_rows(const ServerError& error) {
  return !error.lost && (error.in_class("22") || error.in_class("23") || error.sqlstate == "21000");
}
// May go through once the rest of the epoch is in: the row referred to comes later, the unique value is given up later.
bool is_about_others(const ServerError& error) {
  return error.sqlstate == "23503" || error.sqlstate == "23505" || error.sqlstate == "23P01";
}

}  // namespace

bool EpochLoader::Step::is_direct() const {
  return !is_delete && table->keys.empty() && std::ranges::all_of(table->header.columns, &WireColumn::is_direct);
}

std::vector<EpochLoader::Step> EpochLoader::steps_of(const std::vector<TableEpoch>& tables) {
  const auto layout_of = [&](const TableEpoch& table) {
    const auto [it, added] = layouts_.try_emplace(table.layout);
    if (added) it->second.number = static_cast<int>(layouts_.size());
    return &it->second;
  };
  std::vector<Step> steps;
  for (size_t i = tables.size(); i-- > 0;) {
    if (tables[i].delete_count > 0) steps.push_back({&tables[i], true, layout_of(tables[i])});
  }
  for (const TableEpoch& table : tables) {
    if (table.row_count > 0) steps.push_back({&table, false, layout_of(table)});
  }
  return steps;
}

Reply<void> EpochLoader::get_ready(const std::vector<TableEpoch>& tables, bool few) {
  for (const Step& step : steps_of(tables)) {
    Layout& layout = *step.layout;
    if (bool& prepared = step.is_delete ? layout.delete_prepared : layout.prepared; !prepared) {
      MS_TRY(connection_.prepare(statement_name(layout.number, step.is_delete),
                                 step.is_delete ? delete_one(*step.table) : insert_one(*step.table),
                                 types_of(step.columns())));
      prepared = true;
    }
    if (few || step.is_direct()) continue;
    if (bool& staged = step.is_delete ? layout.delete_staged : layout.staged; !staged) {
      MS_TRY(connection_.execute(create_stage(step.columns(), stage_name(layout.number, step.is_delete))));
      staged = true;
    }
  }
  return {};
}

void EpochLoader::add_tuple(const Step& step, ByteSpan tuple, Connection::Pipeline& pipeline) {
  values_.clear();
  size_t at = 2;
  for (size_t i = 0; i < step.columns().size(); ++i) {
    const auto size = load_big_endian<int32_t>(tuple.data() + at);
    at += 4;
    values_.push_back({tuple.data() + at, size});
    if (size > 0) at += static_cast<size_t>(size);
  }
  pipeline.add_prepared(statement_name(step.layout->number, step.is_delete), values_);
}

void EpochLoader::load_few(const std::vector<TableEpoch>& tables, Connection::Pipeline& pipeline) {
  for (const Step& step : steps_of(tables)) {
    for (const ByteSpan tuple : split_tuples(step.runs(), step.columns().size())) add_tuple(step, tuple, pipeline);
  }
}

Reply<void> EpochLoader::apply_runs(const Step& step, std::span<const ByteSpan> runs, bool again) {
  std::vector<ByteSpan> chunks{std::as_bytes(std::span(kCopyStart))};
  chunks.insert(chunks.end(), runs.begin(), runs.end());
  chunks.push_back(std::as_bytes(std::span(kCopyEnd)));
  if (step.is_direct()) {
    return connection_.copy_in(
        "COPY " + step.table->header.quoted_name + " (" + column_list(step.columns()) + ") FROM STDIN (FORMAT binary)",
        chunks);
  }
  const int number = step.layout->number;
  const std::string stage = stage_name(number, step.is_delete);
  if (again) MS_TRY(connection_.execute("TRUNCATE " + stage));
  MS_TRY(connection_.copy_in("COPY " + stage + " FROM STDIN (FORMAT binary)", chunks));
  MS_TRY(connection_.execute(step.is_delete ? delete_from_stage(*step.table, number)
                                            : insert_statement(*step.table, from_stage(step.columns(), number))));
  return {};
}

Reply<void> EpochLoader::apply_one_by_one(const Step& step, std::span<const ByteSpan> tuples) {
  Connection::Pipeline pipeline(connection_);
  pipeline.begin();
  for (const ByteSpan tuple : tuples) add_tuple(step, tuple, pipeline);
  auto done = pipeline.finish();
  if (!done) return std::unexpected(done.error());
  return {};
}

Reply<void> EpochLoader::apply_tuples(const Step& step, std::span<const ByteSpan> tuples) {
  if (tuples.size() <= kFewRows) return apply_one_by_one(step, tuples);
  // Neighbours in the payload become one run again.
  std::vector<ByteSpan> runs;
  for (const ByteSpan tuple : tuples) {
    if (!runs.empty() && runs.back().data() + runs.back().size() == tuple.data()) {
      runs.back() = {runs.back().data(), runs.back().size() + tuple.size()};
    } else {
      runs.push_back(tuple);
    }
  }
  return apply_runs(step, runs, true);
}

template <typename F>
Reply<bool> EpochLoader::attempt(F&& work, ServerError& refusal) {
  MS_TRY(connection_.execute("SAVEPOINT millstream"));
  Reply<void> done = work();
  if (done) {
    MS_TRY(connection_.execute("RELEASE SAVEPOINT millstream"));
    return true;
  }
  if (!is_about_rows(done.error())) return std::unexpected(std::move(done).error());
  refusal = std::move(done).error();
  MS_TRY(connection_.execute("ROLLBACK TO SAVEPOINT millstream; RELEASE SAVEPOINT millstream"));
  return false;
}

Reply<void> EpochLoader::halve(const Step& step, std::span<const ByteSpan> tuples, std::vector<RefusedTuple>& refused) {
  if (tuples.empty() || too_many(refused)) return {};
  ServerError refusal;
  MS_ASSIGN(const bool taken, attempt([&] { return apply_tuples(step, tuples); }, refusal));
  if (taken) return {};
  if (tuples.size() == 1) {
    refused.push_back({step.table, step.is_delete, tuples[0], std::move(refusal)});
    return {};
  }
  MS_TRY(halve(step, tuples.first(tuples.size() / 2), refused));
  return halve(step, tuples.subspan(tuples.size() / 2), refused);
}

// For a step that was refused as a whole: writers first, because one key in the epochs of two of them (two INSERTs into
// one table) is no fault of either.
Reply<void> EpochLoader::take_apart(const Step& step, std::vector<RefusedTuple>& refused) {
  if (step.runs().size() > 1) {
    for (const ByteSpan& run : step.runs())
      MS_TRY(halve(step, split_tuples(std::span(&run, 1), step.columns().size()), refused));
    return {};
  }
  const std::vector<ByteSpan> tuples = split_tuples(step.runs(), step.columns().size());
  const size_t middle = tuples.size() / 2;
  MS_TRY(halve(step, std::span(tuples).first(middle), refused));
  return halve(step, std::span(tuples).subspan(middle), refused);
}

Reply<std::vector<RefusedTuple>> EpochLoader::load(const std::vector<TableEpoch>& tables) {
  std::vector<RefusedTuple> refused;
  // A step that waits for another one goes behind it, so that a table written before the one it refers to is not taken
  // apart row by row.
  std::vector<Step> waiting = steps_of(tables), late;
  for (bool progress = true; progress && !waiting.empty(); waiting = std::exchange(late, {})) {
    progress = false;
    for (const Step& step : waiting) {
      ServerError refusal;
      MS_ASSIGN(const bool taken, attempt([&] { return apply_runs(step, step.runs(), false); }, refusal));
      progress |= taken;
      if (taken) continue;
      if (is_about_others(refusal))
        late.push_back(step);
      else
        MS_TRY(take_apart(step, refused));
    }
  }
  for (const Step& step : waiting) MS_TRY(take_apart(step, refused));

  for (bool progress = !too_many(refused); progress;) {
    progress = false;
    std::vector<RefusedTuple> remaining;
    for (RefusedTuple& row : refused) {
      bool taken = false;
      if (is_about_others(row.error)) {
        const Step step{row.table, row.is_delete, &layouts_.find(row.table->layout)->second};
        MS_ASSIGN(taken, attempt([&] { return apply_one_by_one(step, std::span(&row.tuple, 1)); }, row.error));
      }
      progress |= taken;
      if (!taken) remaining.push_back(std::move(row));
    }
    refused = std::move(remaining);
  }
  return refused;
}

}  // namespace millstream::connector::postgres
