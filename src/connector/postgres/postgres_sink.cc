// The connector's options, and the sink that finds its table before the job starts.
#include "connector/postgres/postgres_sink.h"

#include <fmt/format.h>

#include <mutex>

#include "base/check.h"
#include "base/text.h"
#include "connector/postgres/internal/commit_thread.h"
#include "connector/postgres/internal/connection.h"
#include "connector/postgres/internal/epoch_writer.h"
#include "connector/postgres/internal/target_table.h"

namespace millstream::connector::postgres {
namespace {

using catalog::OptionType;

// Questions to the catalog are quick; one that is not waits for a lock that somebody holds.
constexpr const char* kCheckSettings = "SET statement_timeout = '30s'";

std::vector<catalog::OptionDefinition> option_definitions() {
  return {
      {"url",
       OptionType::kString,
       true,
       "",
       {},
       "jdbc:postgresql://host:port/database?parameter=value; parameters as PostgreSQL's JDBC driver has them."},
      {"table-name",
       OptionType::kString,
       true,
       "",
       {},
       "table or schema.table; a name with capitals or a dot in double quotes."},
      {"username", OptionType::kString, false, "", {}, "The role that writes; may also stand in the URL as user."},
      {"password", OptionType::kString, false, "", {}, "Its password; may also stand in the URL."},
      {"driver",
       OptionType::kString,
       false,
       "org.postgresql.Driver",
       {"org.postgresql.Driver"},
       "Only PostgreSQL can be written."},
      {"connection.max-retry-timeout",
       OptionType::kDuration,
       false,
       "10 s",
       {},
       "How long one attempt to connect may take; at least 1 s. Attempts are repeated with back-off until the server "
       "answers."},
      {"sink.buffer-flush.max-rows",
       OptionType::kInteger,
       false,
       "0",
       {},
       "A task that holds this many rows asks for a checkpoint at once; 0: no bound but 64 MB."},
      {"sink.buffer-flush.interval",
       OptionType::kDuration,
       false,
       "1 s",
       {},
       "Rows are committed with checkpoints; the job makes one at least this often, whatever its interval. 0: at its "
       "interval."},
      {"sink.max-retries",
       OptionType::kInteger,
       false,
       "",
       {},
       "How often a commit is tried again while the database is away before the job restarts; by default until it "
       "answers. Rows that it refuses are dead letters."},
  };
}

Result<int64_t> count_of(const catalog::Table& table, std::string_view option, const char* zero_means) {
  MS_ASSIGN(const int64_t count, parse_integer(table.option_or(option, "0")));
  if (count < 0)
    return fail(ErrorCode::kInvalidArgument, fmt::format("option '{}' must not be negative", option), zero_means);
  return count;
}

Result<int64_t> most_rows_of(const catalog::Table& table) {
  return count_of(table, "sink.buffer-flush.max-rows", "0 means no bound");
}

Result<stream::Sink::Wishes> wishes_of(const catalog::Table& table) {
  stream::Sink::Wishes wishes;
  MS_ASSIGN(const Millis interval, parse_duration(table.option_or("sink.buffer-flush.interval", "1 s")));
  if (interval.value < 0)
    return fail(ErrorCode::kInvalidArgument, "option 'sink.buffer-flush.interval' must not be negative",
                "0 means the job's checkpoint interval");
  if (interval.value > 0) wishes.longest_interval = interval;
  if (table.options.contains("sink.max-retries")) {
    MS_ASSIGN(wishes.most_retries, count_of(table, "sink.max-retries", "0 means that the job restarts at once"));
  }
  return wishes;
}

Status validate(const catalog::Table& table, bool) {
  MS_ASSIGN(const ConnectionSettings settings, read_connection_settings(table));
  MS_TRY(parse_table_name(table.option_or("table-name", ""), settings.database));
  MS_TRY(most_rows_of(table));
  MS_TRY(wishes_of(table));
  return {};
}

class PostgresSink final : public stream::Sink {
 public:
  PostgresSink(const plan::TableSink& sink, column::Schema columns, ConnectionSettings settings, int64_t most_rows,
               Wishes wishes, PostgresParts parts)
      : table_(sink.table),
        keys_(sink.sink_keys),
        columns_(std::move(columns)),
        settings_(std::move(settings)),
        most_rows_(most_rows),
        wishes_(wishes),
        parts_(std::move(parts)) {}

  Status check() override {
    Interrupt never;
    MS_ASSIGN(const auto connection, Connection::open(parts_.env.clock(), settings_, parts_.resolve, never));
    if (const auto set = connection->execute(kCheckSettings); !set)
      return fail(to_error(set.error(), settings_, "setting up the session"));
    MS_ASSIGN(TargetTable found, find_target_table(*connection, settings_, table_->name,
                                                   table_->option_or("table-name", ""), columns_, keys_));
    const std::scoped_lock lock(mutex_);
    target_table_ = std::make_shared<const TargetTable>(std::move(found));
    return {};
  }

  Result<std::unique_ptr<stream::SinkWriter>> make_writer() override {
    const std::scoped_lock lock(mutex_);
    if (!target_table_)
      return fail(ErrorCode::kInternal, "sink table " + table_->name + " was not checked before it is written");
    return std::make_unique<EpochWriter>(target_table_, settings_.target(), most_rows_);
  }

  [[nodiscard]] Wishes wishes() const override { return wishes_; }
  [[nodiscard]] std::string target() const override { return settings_.target(); }

  Result<std::unique_ptr<stream::Committer>> make_committer(const stream::SinkIdentity& identity) override {
    return std::make_unique<CommitThread>(settings_, identity, parts_);
  }

 private:
  catalog::TablePtr table_;
  std::vector<int> keys_;
  column::Schema columns_;
  ConnectionSettings settings_;
  int64_t most_rows_;
  Wishes wishes_;
  PostgresParts parts_;
  std::mutex mutex_;
  std::shared_ptr<const TargetTable> target_table_;  // of the last check()
};

}  // namespace

catalog::ConnectorSpec postgres_spec() {
  catalog::ConnectorSpec spec;
  spec.name = "jdbc";
  spec.sentence =
      "Tables of a PostgreSQL database, written exactly once: all tables of a job in one transaction per checkpoint.";
  spec.is_sink = true;
  spec.options = option_definitions();
  spec.validate = validate;
  spec.sink_mode = [](const catalog::Table& table, catalog::ChangelogMode offered) -> Result<catalog::ChangelogMode> {
    if (!table.primary_key.empty()) return catalog::ChangelogMode::upsert();
    if (offered.is_insert_only()) return catalog::ChangelogMode::insert_only();
    return fail(
        ErrorCode::kInvalidArgument,
        "please declare primary key for sink table when query contains update/delete record.",
        "add PRIMARY KEY (…) NOT ENFORCED to table '" + table.name + "', on columns that are unique in PostgreSQL too");
  };
  spec.delivery = [](const catalog::Table&) {
    return std::string("exactly-once (a transaction with each checkpoint)");
  };
  return spec;
}

Result<std::unique_ptr<stream::Sink>> make_postgres_sink(const plan::TableSink& sink, const column::Schema& input,
                                                         const PostgresParts& parts) {
  MS_TRY(validate(*sink.table, true));
  MS_ASSIGN(ConnectionSettings settings, read_connection_settings(*sink.table));
  MS_ASSIGN(const int64_t most_rows, most_rows_of(*sink.table));
  MS_ASSIGN(const stream::Sink::Wishes wishes, wishes_of(*sink.table));
  // Names are the table's, types are those that arrive.
  column::Schema columns = sink.table->physical_schema();
  CHECK(columns.size() == input.size());
  for (size_t i = 0; i < columns.size(); ++i) columns.fields[i].type = input.fields[i].type;
  return std::make_unique<PostgresSink>(sink, std::move(columns), std::move(settings), most_rows, wishes, parts);
}

}  // namespace millstream::connector::postgres
