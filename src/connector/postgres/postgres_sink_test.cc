// The jdbc connector as a job sees it: every type, upsert, delete and append, options, and a database that is away.
#include "connector/postgres/postgres_sink.h"

#include <gmock/gmock.h>

#include <future>

#include "connector/postgres/internal/test_database.h"

namespace millstream::connector::postgres {
namespace {

using catalog::ChangelogMode;
using column::Type;
using column::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using enum column::RowKind;

class PostgresSinkTest : public testing::Test {
 protected:
  std::unique_ptr<stream::Sink> sink(const catalog::TablePtr& table) {
    auto made = make_postgres_sink(sink_of(table), table->physical_schema(), parts_);
    EXPECT_TRUE(made) << made.error().to_string();
    return *std::move(made);
  }
  // As a pipeline does: check, write, prepare, recover, commit.
  struct Running {
    std::unique_ptr<stream::Sink> sink;
    std::unique_ptr<stream::SinkWriter> writer;
    std::unique_ptr<stream::Committer> committer;
    int64_t checkpoint = 0;
  };
  Running run(const catalog::TablePtr& table, int64_t attempt = 1) {
    Running running;
    running.sink = sink(table);
    const Status checked = running.sink->check();
    EXPECT_TRUE(checked) << checked.error().to_string();
    running.writer = *running.sink->make_writer();
    stream::OperatorContext context;
    context.budget = &budget_;
    EXPECT_TRUE(running.writer->open(context));
    running.committer = *running.sink->make_committer({"job", AttemptId(attempt)});
    const auto held = recover(running, attempt);
    EXPECT_TRUE(held) << held.error().to_string();
    running.checkpoint = held ? held->value : -1;
    return running;
  }
  static Result<CheckpointId> recover(Running& running, int64_t attempt) {
    std::promise<Result<CheckpointId>> promise;
    running.committer->recover(AttemptId(attempt),
                               [&](Result<CheckpointId> held) { promise.set_value(std::move(held)); });
    return promise.get_future().get();
  }
  static Status commit(Running& running) {
    const CheckpointId checkpoint(running.checkpoint + 1);
    auto epoch = running.writer->prepare(checkpoint);
    if (!epoch) return std::unexpected(epoch.error());
    std::promise<Status> promise;
    running.committer->commit(checkpoint, *std::move(epoch),
                              [&](Status status) { promise.set_value(std::move(status)); });
    Status status = promise.get_future().get();
    if (status) running.checkpoint = checkpoint.value;
    return status;
  }
  std::vector<std::string> rows(const std::string& query) { return server_.rows(database_, query); }

  TestServer& server_ = TestServer::get();
  std::string database_ = server_.make_database();
  std::unique_ptr<env::Env> env_ = env::make_real_env();
  MemoryBudget budget_{"test", 1_GiB};
  PostgresParts parts_{*env_, budget_, nullptr, nullptr};
};

struct TypeCase {
  std::string name;
  Type type;
  std::string postgres;
  Value value;
  std::string shown;
};

std::vector<TypeCase> type_cases() {
  const auto strings = [](std::vector<Value> values) { return Value(Value::List(std::move(values))); };
  const auto wide = [](std::string_view digits) {
    column::Int128 n = 0;
    for (const char c : digits) n = n * 10 + (c - '0');
    return n;
  };
  return {
      {"b", Type::boolean(), "boolean", Value(true), "t"},
      {"i1", Type::tinyint(), "smallint", number(-128), "-128"},
      {"i2", Type::smallint(), "smallint", number(32767), "32767"},
      {"i4", Type::integer(), "integer", number(-2147483648LL), "-2147483648"},
      {"i8", Type::bigint(), "bigint", number(9223372036854775807LL), "9223372036854775807"},
      {"i4in8", Type::integer(), "bigint", number(-5), "-5"},
      {"i8inn", Type::bigint(), "numeric(30,2)", number(-12), "-12.00"},
      {"i4inf", Type::integer(), "double precision", number(12), "12"},
      {"f4", Type::floating(), "real", Value(1.5), "1.5"},
      {"f4in8", Type::floating(), "double precision", Value(0.25), "0.25"},
      {"f8", Type::double_precision(), "double precision", Value(-1e-300), "-1e-300"},
      {"d0", Type::decimal(10, 2), "numeric(10,2)", number(0), "0.00"},
      {"d1", Type::decimal(10, 2), "numeric(12,3)", number(-1234567), "-12345.670"},
      {"d2", Type::decimal(18, 5), "numeric", number(100000001), "1000.00001"},
      {"d3", Type::decimal(38, 18), "numeric(38,18)", Value(-wide("12345678901234567890123456789012345678")),
       "-12345678901234567890.123456789012345678"},
      {"d4", Type::decimal(38, 0), "numeric", Value(wide("99999999999999999999999999999999999999")),
       "99999999999999999999999999999999999999"},
      {"d5", Type::decimal(20, 0), "numeric", Value(wide("10000000000000000000")), "10000000000000000000"},
      {"c", Type::character(3), "char(4)", text("ab "), "ab  "},
      {"v", Type::varchar(5), "varchar(5)", text("h\xc3\xa4lo"), "h\xc3\xa4lo"},
      {"s", Type::string(), "text", text(""), ""},
      {"x", Type::bytes(), "bytea", text(std::string("\x00\xff|", 3)), "\\x00ff7c"},
      {"dt", Type::date(), "date", number(-1), "1969-12-31"},
      {"tm", Type::time(3), "time", number(86'399'999), "23:59:59.999"},
      {"ts3", Type::timestamp(3), "timestamp", number(-1), "1969-12-31 23:59:59.999999"},
      {"ts9", Type::timestamp(9), "timestamp", Value(column::WideTimestamp{1'700'000'000'000'000, 500, 0}),
       "2023-11-14 22:13:20.000001"},
      {"tz", Type::timestamp_ltz(3), "timestamptz", number(1'700'000'000'123'000), "2023-11-14 22:13:20.123+00"},
      {"asx", Type::array(Type::string()), "text[]", strings({text("a,b"), Value(), text("")}), "{\"a,b\",NULL,\"\"}"},
      {"ae", Type::array(Type::integer()), "integer[]", strings({}), "{}"},
      {"ad", Type::array(Type::decimal(5, 1)), "numeric(5,1)[]", strings({number(-15), number(20)}), "{-1.5,2.0}"},
      {"j", Type::string(), "json", text("{\"a\": 1}"), "{\"a\": 1}"},
      {"jb", Type::string(), "jsonb", text("{\"a\":   1}"), "{\"a\": 1}"},
      {"u", Type::string(), "uuid", text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
       "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
      {"e", Type::string(), "\"Mood\"", text("fine"), "fine"},
      {"dm", Type::decimal(10, 2), "euros", number(150), "1.50"},
  };
}

// By append (COPY into the table or by way of a stage) and by upsert, few rows and many.
TEST_F(PostgresSinkTest, EveryTypeArrivesAsItIs) {
  rows("CREATE TYPE \"Mood\" AS ENUM ('fine', 'sad'); CREATE DOMAIN euros AS numeric(10,2)");
  const std::vector<TypeCase> cases = type_cases();
  int made = 0;
  for (const bool only_direct : {true, false}) {
    for (const bool keyed : {false, true}) {
      for (const int copies : {1, 60}) {
        SCOPED_TRACE(std::string(only_direct ? "direct" : "all") + (keyed ? " keyed " : " append ") +
                     std::to_string(copies));
        std::vector<Type::Field> fields{{"id", Type::integer(), ""}};
        std::string ddl = "id int" + std::string(keyed ? " PRIMARY KEY" : ""), expected, nulls;
        Row full, empty;
        for (const TypeCase& c : cases) {
          if (only_direct &&
              (c.name == "jb" || c.name == "u" || c.name == "e" || c.name.find("in") != std::string::npos))
            continue;
          fields.push_back({c.name, c.type, ""});
          ddl += ", " + c.name + " " + c.postgres;
          full.push_back(c.value);
          empty.push_back(Value());
          expected += "|" + c.shown;
          nulls += "|~";
        }
        const std::string name = "t" + std::to_string(++made);
        rows("CREATE TABLE " + name + " (" + ddl + ")");
        const auto table = test_table(name, fields, keyed ? std::vector<std::string>{"id"} : std::vector<std::string>{},
                                      database_, name);
        table->options["url"] += "?ApplicationName=" + name;  // a committer of its own
        Running running = run(table, made);
        std::vector<Row> batch;
        std::vector<std::string> wanted;
        for (int i = 0; i < copies; ++i) {
          const bool is_null = i % 2 == 1;
          Row row{number(i)};
          row.insert(row.end(), is_null ? empty.begin() : full.begin(), is_null ? empty.end() : full.end());
          batch.push_back(std::move(row));
          wanted.push_back(std::to_string(i) + (is_null ? nulls : expected));
        }
        ASSERT_TRUE(running.writer->write(batch_of(table->physical_schema(), batch)));
        const Status status = commit(running);
        ASSERT_TRUE(status) << status.error().to_string();
        EXPECT_EQ(rows("SELECT * FROM " + name + " ORDER BY id"), wanted);
      }
    }
  }
}

TEST_F(PostgresSinkTest, UpsertsAndDeletesByKey) {
  rows(
      "CREATE TABLE t (a int, b char(3), note text, kept int DEFAULT 7, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, "
      "'x', 'old', 9), (2, 'y', 'gone', 9)");
  const auto table =
      test_table("t", {{"note", Type::string(), ""}, {"B", Type::string(), ""}, {"a", Type::integer(), ""}}, {"a", "B"},
                 database_, "t");
  const column::Schema schema = table->physical_schema();
  Running running = run(table);
  ASSERT_TRUE(running.writer->write(batch_of(
      schema,
      {{text("new"), text("x"), number(1)}, {Value(), text("y"), number(2)}, {text("first"), text("z"), number(3)}},
      {kUpdateAfter, kDelete, kInsert})));
  ASSERT_TRUE(commit(running));
  EXPECT_THAT(rows("SELECT * FROM t ORDER BY a"), ElementsAre("1|x  |new|9", "3|z  |first|7"));
  // Many at once: every second one of 200 goes, the others change.
  std::vector<Row> batch;
  std::vector<column::RowKind> kinds;
  for (int i = 0; i < 200; ++i) batch.push_back({text("v"), text("k"), number(i)});
  ASSERT_TRUE(running.writer->write(batch_of(schema, batch)));
  ASSERT_TRUE(commit(running));
  for (int i = 0; i < 200; ++i) {
    batch[static_cast<size_t>(i)][0] = text("w");
    kinds.push_back(i % 2 == 0 ? kDelete : kUpdateAfter);
  }
  ASSERT_TRUE(running.writer->write(batch_of(schema, batch, kinds)));
  ASSERT_TRUE(commit(running));
  EXPECT_THAT(rows("SELECT count(*), min(a), max(a), min(note), max(note) FROM t WHERE b = 'k'"),
              ElementsAre("100|1|199|w|w"));
}

TEST_F(PostgresSinkTest, ATableOfKeysOnlyKeepsThem) {
  rows("CREATE TABLE t (a int PRIMARY KEY)");
  const auto table = test_table("t", {{"a", Type::integer(), ""}}, {"a"}, database_, "t");
  Running running = run(table);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(running.writer->write(batch_of(table->physical_schema(), {{number(1)}, {number(2)}})));
    ASSERT_TRUE(commit(running));
  }
  EXPECT_THAT(rows("SELECT a FROM t ORDER BY a"), ElementsAre("1", "2"));
}

TEST_F(PostgresSinkTest, AnEmptyEpochHasNoCommittable) {
  rows("CREATE TABLE t (a int)");
  Running running = run(test_table("t", {{"a", Type::integer(), ""}}, {}, database_, "t"));
  const auto epoch = running.writer->prepare(CheckpointId(1));
  ASSERT_TRUE(epoch);
  EXPECT_TRUE(epoch->empty());
}

TEST_F(PostgresSinkTest, RowLevelSecurityIsNoObstacle) {
  const std::string role = "tenant_" + database_;
  rows("CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE ROLE " + role +
       " LOGIN; GRANT INSERT ON t TO " + role + "; GRANT CREATE ON SCHEMA public TO " + role +
       "; CREATE POLICY p ON t FOR INSERT WITH CHECK (a >= 0)");
  const auto table = test_table("t", {{"a", Type::integer(), ""}}, {}, database_, "t");
  table->options["username"] = role;
  Running running = run(table);
  std::vector<Row> batch;
  for (int i = 0; i < 60; ++i) batch.push_back({number(i)});
  ASSERT_TRUE(running.writer->write(batch_of(table->physical_schema(), batch)));
  const Status status = commit(running);
  ASSERT_TRUE(status) << status.error().to_string();
  EXPECT_THAT(rows("SELECT count(*) FROM t"), ElementsAre("60"));
}

TEST_F(PostgresSinkTest, AnAbsentServerIsUnavailableAndThenNot) {
  rows("CREATE TABLE t (a int)");
  const auto made = sink(test_table("t", {{"a", Type::integer(), ""}}, {}, database_, "t"));
  server_.stop();
  const Status away = made->check();
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(can_retry(away.error().code));
  EXPECT_EQ(away.error().message,
            "PostgreSQL 127.0.0.1:" + std::to_string(server_.port()) + ": TCP: Connection refused");
  server_.start();
  EXPECT_TRUE(made->check());
}

TEST_F(PostgresSinkTest, AddressesAreTranslatedBeforeConnecting) {
  rows("CREATE TABLE t (a int)");
  const auto table = test_table("t", {{"a", Type::integer(), ""}}, {}, database_, "t");
  table->options["url"] = "jdbc:postgresql://postgres:5432/" + database_;
  parts_.resolve = [&](const net::HostPort& address) {
    EXPECT_EQ(address, (net::HostPort{"postgres", 5432}));
    return net::HostPort{"127.0.0.1", static_cast<uint16_t>(server_.port())};
  };
  const Status checked = sink(table)->check();
  EXPECT_TRUE(checked) << checked.error().to_string();
}

TEST_F(PostgresSinkTest, AWriterIsFullAtItsBoundUntilTheBarrier) {
  rows("CREATE TABLE t (a int, s text)");
  const auto table = test_table("t", {{"a", Type::integer(), ""}, {"s", Type::string(), ""}}, {}, database_, "t");
  table->options["sink.buffer-flush.max-rows"] = "3";
  Running running = run(table);
  ASSERT_TRUE(
      running.writer->write(batch_of(table->physical_schema(), {{number(1), text("")}, {number(2), text("")}})));
  EXPECT_FALSE(running.writer->is_full());
  ASSERT_TRUE(running.writer->write(batch_of(table->physical_schema(), {{number(3), text("")}})));
  EXPECT_TRUE(running.writer->is_full());
  ASSERT_TRUE(commit(running));
  EXPECT_FALSE(running.writer->is_full());

  // A budget at its limit takes what is on its way, and says that it is full.
  MemoryBudget small("small", 64_KiB);
  const auto writer = *running.sink->make_writer();
  stream::OperatorContext context;
  context.budget = &small;
  ASSERT_TRUE(writer->open(context));
  ASSERT_TRUE(writer->write(batch_of(table->physical_schema(), {{number(1), text(std::string(100'000, 'x'))}})));
  EXPECT_TRUE(writer->is_full());
  EXPECT_GT(small.used(), 64_KiB);
  ASSERT_TRUE(writer->prepare(CheckpointId(2)));
  EXPECT_FALSE(writer->is_full());
  EXPECT_LT(small.used(), 64_KiB);
}

// The committer may be dropped while the server keeps it waiting, and by its own callback.
TEST_F(PostgresSinkTest, DroppingACommitterInterruptsIt) {
  rows("CREATE TABLE t (a int)");
  const auto table = test_table("t", {{"a", Type::integer(), ""}}, {}, database_, "t");
  Running running = run(table);
  const std::unique_ptr<PGconn, decltype(&PQfinish)> blocker(PQconnectdb(server_.info(database_).c_str()), PQfinish);
  PQclear(PQexec(blocker.get(), "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE"));
  ASSERT_TRUE(running.writer->write(batch_of(table->physical_schema(), {{number(1)}})));
  std::promise<Status> promise;
  running.committer->commit(CheckpointId(1), *running.writer->prepare(CheckpointId(1)),
                            [&](Status status) { promise.set_value(std::move(status)); });
  while (rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").empty()) std::this_thread::yield();
  running.committer.reset();
  EXPECT_FALSE(promise.get_future().get());

  auto committer = *running.sink->make_committer({"job", AttemptId(2)});
  std::promise<void> dropped;
  stream::Committer* raw = committer.get();
  raw->recover(AttemptId(2), [&dropped, owned = std::make_shared<std::unique_ptr<stream::Committer>>(
                                            std::move(committer))](const Result<CheckpointId>&) {
    owned->reset();
    dropped.set_value();
  });
  dropped.get_future().get();
}

TEST_F(PostgresSinkTest, AWrongTypeStopsTheJobBeforeItStarts) {
  rows("CREATE TABLE t (a int)");
  const auto made = sink(test_table("sales", {{"a", Type::bigint(), ""}}, {}, database_, "t"));
  const Status checked = made->check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message,
            "sink table sales: column 'a' is BIGINT, but column 'a' of PostgreSQL table public.t is integer");
  EXPECT_EQ(checked.error().hint,
            "declare 'a' as INT and CAST to it, or ALTER TABLE public.t ALTER COLUMN \"a\" TYPE bigint");
}

TEST(PostgresSpec, TakesChangesByKeyOnly) {
  const catalog::ConnectorSpec spec = postgres_spec();
  catalog::Table table;
  table.name = "t";
  EXPECT_EQ(*spec.sink_mode(table, ChangelogMode::insert_only()), ChangelogMode::insert_only());
  const auto refused = spec.sink_mode(table, ChangelogMode::retract());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "please declare primary key for sink table when query contains update/delete record.");
  table.primary_key = {"a"};
  EXPECT_EQ(*spec.sink_mode(table, ChangelogMode::retract()), ChangelogMode::upsert());
}

TEST(PostgresSpec, OptionsAreCheckedWhenTheTableIsUsed) {
  std::vector<catalog::ConnectorSpec> specs;
  specs.push_back(postgres_spec());
  const catalog::ConnectorDirectory directory(std::move(specs), {});
  const catalog::Options good{{"connector", "jdbc"},
                              {"url", "jdbc:postgresql://h/d"},
                              {"table-name", "t"},
                              {"username", "u"},
                              {"driver", "org.postgresql.Driver"}};
  const auto check = [&](const catalog::Options& more) {
    catalog::Table table;
    table.name = "t";
    table.options = good;
    for (const auto& [key, value] : more) table.options[key] = value;
    return directory.check(table, true);
  };
  EXPECT_TRUE(check({}));
  EXPECT_TRUE(check({{"sink.buffer-flush.max-rows", "1000"}, {"connection.max-retry-timeout", "60s"}}));
  EXPECT_FALSE(check({{"driver", "com.mysql.jdbc.Driver"}}));
  EXPECT_FALSE(check({{"sink.buffer-flush.max-rows", "-1"}}));
  EXPECT_FALSE(check({{"table-name", "a.b.c"}}));
  EXPECT_THAT(check({{"lookup.cache", "PARTIAL"}}).error().message, HasSubstr("Unsupported options: lookup.cache"));
  EXPECT_TRUE(check({{"sink.buffer-flush.interval", "2 s"}, {"sink.max-retries", "5"}}));
  EXPECT_FALSE(check({{"sink.buffer-flush.interval", "soon"}}));
  EXPECT_FALSE(check({{"sink.max-retries", "-1"}}));
}

}  // namespace
}  // namespace millstream::connector::postgres
