// Finding tables and columns in a real PostgreSQL, and the words for those that do not fit.
#include "connector/postgres/internal/target_table.h"

#include <gmock/gmock.h>

#include "connector/postgres/internal/test_database.h"

namespace millstream::connector::postgres {
namespace {

using column::Type;

TEST(TableName, IsTakenApartAsPostgresWould) {
  const auto name = parse_table_name("sales.\"My \"\"Orders\"\"\"", "shop");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->schema.text, "sales");
  EXPECT_FALSE(name->schema.quoted);
  EXPECT_EQ(name->table.text, "My \"Orders\"");
  EXPECT_TRUE(name->table.quoted);
  EXPECT_EQ(parse_table_name("shop.sales.orders", "shop")->schema.text, "sales");
  EXPECT_EQ(parse_table_name("orders", "shop")->schema.text, "");
}

TEST(TableName, RefusalsQuoteIt) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "a part of the name is empty"},
           {"a..b", "a part of the name is empty"},
           {"\"a", "a double quote is not closed"},
           {"\"a\"b", "a dot is missing behind a quoted name"},
           {"other.sales.orders", "too many parts (another database needs another 'url')"}}) {
    const auto name = parse_table_name(text, "shop");
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().message, "option 'table-name': " + why + ": " + text);
  }
}

class TargetTableTest : public testing::Test {
 protected:
  void make(const std::string& statements) { server_.rows(database_, statements); }
  Result<TargetTable> find(const std::string& table_name, const std::vector<Type::Field>& fields,
                           std::vector<std::string> key = {}, const std::string& user = "postgres",
                           const std::string& parameters = "") {
    auto table = test_table("sink", fields, std::move(key), database_, table_name);
    table->options["username"] = user;
    table->options["url"] += parameters;
    settings_ = *read_connection_settings(*table);
    MS_ASSIGN(connection_, Connection::open(env_->clock(), settings_, nullptr, interrupt_));
    return find_target_table(*connection_, settings_, "sink", table_name, column::Schema{fields},
                             sink_of(table).sink_keys);
  }
  void expect_error(const Result<TargetTable>& found, ErrorCode code, const std::string& message,
                    const std::string& hint) {
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, code);
    EXPECT_EQ(found.error().message, message);
    EXPECT_EQ(found.error().hint, hint);
  }
  [[nodiscard]] std::string server_name() const { return "127.0.0.1:" + std::to_string(server_.port()); }

  TestServer& server_ = TestServer::get();
  std::string database_ = server_.make_database();
  std::unique_ptr<env::Env> env_ = env::make_real_env();
  Interrupt interrupt_;
  ConnectionSettings settings_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(TargetTableTest, NamesFoldAsPostgresFoldsThem) {
  make("CREATE TABLE Orders (orderId int, \"Note\" text)");
  const auto found = find("ORDERS", {{"orderId", Type::integer(), ""}, {"Note", Type::string(), ""}});
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->quoted_name, "\"public\".\"orders\"");
  EXPECT_EQ(found->columns[0].name, "orderid");
  EXPECT_EQ(found->columns[1].name, "Note");
  expect_error(find("\"Orders\"", {{"orderid", Type::integer(), ""}}), ErrorCode::kNotFound,
               "sink table sink: database " + database_ + " of " + server_name() + " has no table Orders",
               "did you mean 'orders'? Else create it there, or correct 'table-name'");
}

TEST_F(TargetTableTest, AnExactNameComesBeforeAFoldedOne) {
  make("CREATE TABLE \"Orders\" (id int, \"ID\" bigint); CREATE TABLE orders (id int)");
  const auto found = find("Orders", {{"ID", Type::bigint(), ""}});
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->quoted_name, "\"public\".\"Orders\"");
  EXPECT_EQ(found->columns[0].name, "ID");
}

TEST_F(TargetTableTest, TheSearchPathIsTheUrls) {
  make(
      "CREATE SCHEMA sales; CREATE SCHEMA \"Sales\"; CREATE TABLE sales.t (a int); CREATE TABLE \"Sales\".t (a int); "
      "CREATE TABLE t (a int)");
  EXPECT_EQ(find("t", {{"a", Type::integer(), ""}})->shown_name, "public.t");
  EXPECT_EQ(find("t", {{"a", Type::integer(), ""}}, {}, "postgres", "?currentSchema=SALES,public")->shown_name,
            "sales.t");
  EXPECT_EQ(find("t", {{"a", Type::integer(), ""}}, {}, "postgres", "?currentSchema=%22Sales%22")->shown_name,
            "Sales.t");
  EXPECT_EQ(find("\"Sales\".t", {{"a", Type::integer(), ""}})->shown_name, "Sales.t");
}

TEST_F(TargetTableTest, MissingTableAndColumn) {
  make("CREATE TABLE customer_orders (id int, total numeric(10,2))");
  expect_error(find("customer_order", {{"id", Type::integer(), ""}}), ErrorCode::kNotFound,
               "sink table sink: database " + database_ + " of " + server_name() + " has no table customer_order",
               "did you mean 'customer_orders'? Else create it there, or correct 'table-name'");
  expect_error(find("customer_orders", {{"id", Type::integer(), ""}, {"totl", Type::decimal(10, 2), ""}}),
               ErrorCode::kNotFound,
               "sink table sink: PostgreSQL table public.customer_orders has no column for 'totl'",
               "did you mean 'total'? Its columns: id, total");
}

TEST_F(TargetTableTest, TypesThatDoNotFitNameBothColumnsAndTheFix) {
  make("CREATE TABLE t (i int, v varchar(64), n numeric(5,2), ts timestamptz, tags text[], p point)");
  const auto expect = [&](const std::string& column, Type type, const std::string& message, const std::string& hint) {
    expect_error(find("t", {{column, type, ""}}), ErrorCode::kInvalidArgument,
                 "sink table sink: column '" + column + "' is " + message, hint);
  };
  expect("i", Type::bigint(), "BIGINT, but column 'i' of PostgreSQL table public.t is integer",
         "declare 'i' as INT and CAST to it, or ALTER TABLE public.t ALTER COLUMN \"i\" TYPE bigint");
  expect("v", Type::integer(), "INT, but column 'v' of PostgreSQL table public.t is character varying(64)",
         "declare 'v' as STRING and CAST to it, or ALTER TABLE public.t ALTER COLUMN \"v\" TYPE integer");
  expect("n", Type::decimal(10, 2), "DECIMAL(10, 2), but column 'n' of PostgreSQL table public.t is numeric(5,2)",
         "declare 'n' as DECIMAL(5, 2) and CAST to it, or ALTER TABLE public.t ALTER COLUMN \"n\" TYPE numeric(10, 2)");
  expect("ts", Type::timestamp(3),
         "TIMESTAMP(3), but column 'ts' of PostgreSQL table public.t is timestamp with time zone",
         "declare 'ts' as TIMESTAMP_LTZ(6) and CAST to it, or ALTER TABLE public.t ALTER COLUMN \"ts\" TYPE timestamp");
  expect("tags", Type::array(Type::bigint()), "ARRAY<BIGINT>, but column 'tags' of PostgreSQL table public.t is text[]",
         "ALTER TABLE public.t ALTER COLUMN \"tags\" TYPE bigint[]");
  expect("p", Type::string(), "STRING, but column 'p' of PostgreSQL table public.t is point",
         "ALTER TABLE public.t ALTER COLUMN \"p\" TYPE text");
  expect("v", Type::map(Type::string(), Type::integer()),
         "MAP<STRING, INT>, but column 'v' of PostgreSQL table public.t is character varying(64): MAP<STRING, INT> "
         "cannot be written to PostgreSQL",
         "write its fields as columns of their own, or CAST it to STRING");
}

TEST_F(TargetTableTest, DomainsAreTheirBaseTypes) {
  make("CREATE DOMAIN euros AS numeric(10,2) CHECK (VALUE >= 0); CREATE TABLE t (price euros)");
  const auto found = find("t", {{"price", Type::decimal(10, 2), ""}});
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->columns[0].type, (WireType{WireKind::kNumeric, false}));
}

TEST_F(TargetTableTest, AKeyNeedsItsIndex) {
  make(
      "CREATE TABLE t (a int, b int, c int, UNIQUE (b, a)); CREATE UNIQUE INDEX ON t (c) WHERE a > 0; CREATE TABLE d "
      "(a int UNIQUE DEFERRABLE)");
  EXPECT_TRUE(find("t", {{"a", Type::integer(), ""}, {"b", Type::integer(), ""}}, {"a", "b"}));
  expect_error(find("t", {{"a", Type::integer(), ""}}, {"a"}), ErrorCode::kInvalidArgument,
               "sink table sink: its PRIMARY KEY is (\"a\"), but PostgreSQL table public.t has no primary key or "
               "unique index on exactly these columns",
               "ALTER TABLE \"public\".\"t\" ADD PRIMARY KEY (\"a\")");
  EXPECT_FALSE(find("t", {{"c", Type::integer(), ""}}, {"c"})) << "a partial index does not do";
  EXPECT_FALSE(find("d", {{"a", Type::integer(), ""}}, {"a"})) << "a deferrable one does not do";
}

TEST_F(TargetTableTest, ColumnsThatCannotOrMustBeWritten) {
  make(
      "CREATE TABLE t (a int, total int GENERATED ALWAYS AS (a * 2) STORED, must int NOT NULL, may int NOT NULL "
      "DEFAULT 1); CREATE VIEW v AS SELECT a FROM t");
  expect_error(
      find("t", {{"total", Type::integer(), ""}, {"must", Type::integer(), ""}}), ErrorCode::kInvalidArgument,
      "sink table sink: column 'total' of PostgreSQL table public.t is generated by PostgreSQL and cannot be written",
      "leave 'total' out of the SQL table");
  expect_error(find("t", {{"a", Type::integer(), ""}}), ErrorCode::kInvalidArgument,
               "sink table sink: column 'must' of PostgreSQL table public.t is NOT NULL without a default, and the SQL "
               "table does not have it",
               "add 'must' to the SQL table, or ALTER TABLE public.t ALTER COLUMN \"must\" DROP NOT NULL");
  EXPECT_TRUE(find("t", {{"a", Type::integer(), ""}, {"must", Type::integer(), ""}}));
  expect_error(find("v", {{"a", Type::integer(), ""}}), ErrorCode::kUnsupported,
               "sink table sink: public.v is not a table but a view", "write to the table behind it");
}

TEST_F(TargetTableTest, MissingPrivileges) {
  const std::string role = "clerk_" + database_;
  make("CREATE TABLE t (a int PRIMARY KEY); CREATE ROLE " + role + " LOGIN; GRANT SELECT, INSERT ON t TO " + role);
  EXPECT_TRUE(find("t", {{"a", Type::integer(), ""}}, {}, role));
  expect_error(find("t", {{"a", Type::integer(), ""}}, {"a"}, role), ErrorCode::kPermission,
               "sink table sink: user " + role + " may not UPDATE, DELETE on PostgreSQL table public.t",
               "GRANT UPDATE, DELETE ON \"public\".\"t\" TO \"" + role + "\"");
}

TEST_F(TargetTableTest, LoginErrorsSayWhatToCheck) {
  const auto no_role = find("t", {{"a", Type::integer(), ""}}, {}, "nobody_known");
  ASSERT_FALSE(no_role);
  EXPECT_EQ(no_role.error().code, ErrorCode::kPermission);
  EXPECT_EQ(no_role.error().message, "PostgreSQL " + server_name() + ": login: role \"nobody_known\" does not exist");
  database_ = "no_such_database";
  const auto no_database = find("t", {{"a", Type::integer(), ""}});
  ASSERT_FALSE(no_database);
  EXPECT_EQ(no_database.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(no_database.error().message,
            "PostgreSQL " + server_name() + ": login: database \"no_such_database\" does not exist");
  EXPECT_EQ(no_database.error().hint, "check the database's name behind the last / of 'url'");
}

}  // namespace
}  // namespace millstream::connector::postgres
