// What the catalog stores, and that changes replayed over a snapshot of any later moment give the same catalog.
#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "catalog/internal/catalog_json.h"
#include "catalog/session_catalog.h"

namespace millstream::catalog {
namespace {

using column::Type;

ObjectPath path(const std::string& name) { return {kDefaultCatalog, kDefaultDatabase, name}; }

Object table(const std::string& name, const std::string& topic) {
  Table made;
  made.name = name;
  made.columns.push_back({"id", Type::integer().not_null(), Column::Kind::kPhysical, "", "", false, ""});
  made.options = {{"connector", "kafka"}, {"topic", topic}};
  return std::make_shared<const Table>(std::move(made));
}
Object view(const std::string& name) {
  View made;
  made.name = name;
  made.query = "SELECT `id` FROM `t`";
  return std::make_shared<const View>(std::move(made));
}

std::string topic_of(const Catalog& catalog, const std::string& name) {
  const auto object = catalog.find(path(name));
  return object ? std::get<TablePtr>(*object)->option_or("topic", "") : "none";
}

std::string text_of(const Catalog& catalog) {
  std::string text;
  for (const Json& change : catalog.to_changes()) text += change.to_text() + "\n";
  return text;
}

class Store final : public CatalogStore {
 public:
  Status append(const Json& change, const std::function<void()>& stored) override {
    if (refuses) return fail(ErrorCode::kDiskFull, "no room");
    changes.push_back(change.to_text());
    stored();
    return {};
  }
  std::vector<std::string> changes;
  bool refuses = false;
};

Json parsed(const std::string& text) {
  auto json = Json::parse(text);
  EXPECT_TRUE(json.has_value()) << text;
  return json ? *json : Json();
}

TEST(Catalog, KeepsObjectsByTheirNames) {
  Catalog catalog;
  ASSERT_TRUE(catalog.create(path("a"), table("a", "1"), IfExists::kFail));
  EXPECT_EQ(catalog.create(path("a"), table("a", "2"), IfExists::kFail).error().message,
            "Table (or view) default_database.a already exists in Catalog default_catalog.");
  EXPECT_TRUE(catalog.create(path("a"), table("a", "3"), IfExists::kIgnore));
  EXPECT_EQ(topic_of(catalog, "a"), "1");
  EXPECT_TRUE(catalog.create(path("a"), table("a", "4"), IfExists::kReplace));
  EXPECT_EQ(topic_of(catalog, "a"), "4");
  ASSERT_TRUE(catalog.create(path("v"), view("v"), IfExists::kFail));
  EXPECT_EQ(catalog.rename(path("a"), path("v")).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(catalog.rename(path("b"), path("c")).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(catalog.rename(path("a"), path("b")));
  EXPECT_EQ(topic_of(catalog, "a"), "none");
  EXPECT_EQ(topic_of(catalog, "b"), "4");
  EXPECT_EQ(std::get<TablePtr>(*catalog.find(path("b")))->name, "b");
  ASSERT_TRUE(catalog.rename(path("v"), path("w")));
  EXPECT_EQ(std::get<ViewPtr>(*catalog.find(path("w")))->name, "w");
  EXPECT_EQ(catalog.replace(path("a"), table("a", "5")).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(catalog.drop(path("b")));
  EXPECT_EQ(catalog.drop(path("b")).error().message,
            "Table (or view) default_database.b does not exist in Catalog default_catalog.");
  EXPECT_EQ(catalog.create({kDefaultCatalog, "none", "a"}, table("a", "1"), IfExists::kFail).error().message,
            "Database none does not exist in Catalog default_catalog.");
}

TEST(Catalog, ADatabaseWithTablesIsDroppedOnlyWithThem) {
  Catalog catalog;
  ASSERT_TRUE(catalog.create_catalog("other", false));
  EXPECT_EQ(catalog.create_catalog("other", false).error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(catalog.create_catalog("other", true));
  EXPECT_EQ(catalog.database_names("other"), std::vector<std::string>{"default"});
  const DatabasePath sales{"other", "sales"};
  EXPECT_EQ(catalog.create_database({"nowhere", "x"}, "", {}, true).error().message, "Catalog nowhere does not exist.");
  ASSERT_TRUE(catalog.create_database(sales, "what was sold", {{"a", "1"}, {"b", "2"}}, false));
  EXPECT_EQ(catalog.create_database(sales, "", {}, false).error().code, ErrorCode::kAlreadyExists);
  EXPECT_TRUE(catalog.create_database(sales, "not this", {}, true));
  ASSERT_TRUE(catalog.alter_database(sales, {{"b", "3"}}));
  EXPECT_EQ(catalog.database(sales)->comment, "what was sold");
  EXPECT_EQ(catalog.database(sales)->properties, (Options{{"a", "1"}, {"b", "3"}}));
  ASSERT_TRUE(catalog.create({"other", "sales", "t"}, table("t", "1"), IfExists::kFail));
  EXPECT_EQ(catalog.drop_database(sales, false, false).error().message,
            "Database sales in catalog other is not empty.");
  ASSERT_TRUE(catalog.drop_database(sales, false, true));
  EXPECT_FALSE(catalog.find({"other", "sales", "t"}));
  EXPECT_EQ(catalog.drop_database(sales, false, true).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(catalog.drop_database(sales, true, false));
  ASSERT_TRUE(catalog.drop_catalog("other", false));
  EXPECT_FALSE(catalog.has_catalog("other"));
}

TEST(Catalog, WhatCannotBeStoredDoesNotShow) {
  Store store;
  Catalog catalog(&store);
  ASSERT_TRUE(catalog.create(path("a"), table("a", "1"), IfExists::kFail));
  const std::string before = text_of(catalog);
  store.refuses = true;
  EXPECT_EQ(catalog.create(path("b"), table("b", "1"), IfExists::kFail).error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(catalog.rename(path("a"), path("c")).error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(catalog.drop(path("a")).error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(text_of(catalog), before);
}

TEST(Catalog, StoredObjectsComeBackWhole) {
  Table made;
  made.name = "t";
  const std::vector<Type> types = {Type::boolean(),
                                   Type::tinyint(),
                                   Type::smallint().not_null(),
                                   Type::integer(),
                                   Type::bigint(),
                                   Type::floating(),
                                   Type::double_precision(),
                                   Type::decimal(38, 18),
                                   Type::character(3),
                                   Type::varchar(20),
                                   Type::string(),
                                   Type::binary(4),
                                   Type::varbinary(5),
                                   Type::date(),
                                   Type::time(3),
                                   Type::timestamp(9),
                                   Type::timestamp_ltz(0),
                                   Type::interval_year_month(),
                                   Type::interval_day_time(),
                                   Type::array(Type::row({{"x", Type::string().not_null(), "inside"}})),
                                   Type::map(Type::string(), Type::decimal(10, 2)),
                                   Type::multiset(Type::integer()).not_null()};
  for (const Type& type : types)
    made.columns.push_back({type.to_sql(), type, Column::Kind::kPhysical, "", "", false, "of its kind"});
  made.columns.push_back({"twice", Type::integer(), Column::Kind::kComputed, "`a` * 2", "", false, ""});
  made.columns.push_back({"at", Type::timestamp_ltz(3), Column::Kind::kMetadata, "", "timestamp", true, ""});
  made.columns.push_back({"headers", Type::bigint(), Column::Kind::kMetadata, "", "offset", false, ""});
  made.primary_key = {"a", "b"};
  made.watermark = Watermark{"at", "`at` - INTERVAL '5' SECOND"};
  made.options = {{"connector", "kafka"}, {"odd 'value'", "line\nbreak \"quoted\" ünd 日"}};
  made.comment = "it's a table";
  View view;
  view.name = "v";
  view.column_names = {"one", "two"};
  view.query = "SELECT 1, '\"'";
  view.comment = "a view";

  Store store;
  Catalog catalog(&store);
  ASSERT_TRUE(catalog.create(path("t"), std::make_shared<const Table>(made), IfExists::kFail));
  ASSERT_TRUE(catalog.create(path("v"), std::make_shared<const View>(view), IfExists::kFail));
  Catalog again;
  for (const std::string& change : store.changes) ASSERT_TRUE(again.apply(parsed(change)));

  const TablePtr read = std::get<TablePtr>(*again.find(path("t")));
  ASSERT_EQ(read->columns.size(), made.columns.size());
  for (size_t i = 0; i < made.columns.size(); ++i) {
    const Column& expected = made.columns[i];
    const Column& column = read->columns[i];
    EXPECT_EQ(column.name, expected.name);
    EXPECT_EQ(column.type, expected.type) << expected.name;
    EXPECT_EQ(column.kind, expected.kind) << expected.name;
    EXPECT_EQ(column.expression, expected.expression);
    EXPECT_EQ(column.metadata_key, expected.metadata_key);
    EXPECT_EQ(column.is_virtual, expected.is_virtual);
    EXPECT_EQ(column.comment, expected.comment);
  }
  EXPECT_EQ(read->primary_key, made.primary_key);
  ASSERT_TRUE(read->watermark.has_value());
  EXPECT_EQ(read->watermark->column, made.watermark->column);
  EXPECT_EQ(read->watermark->expression, made.watermark->expression);
  EXPECT_EQ(read->options, made.options);
  EXPECT_EQ(read->comment, made.comment);
  const ViewPtr read_view = std::get<ViewPtr>(*again.find(path("v")));
  EXPECT_EQ(read_view->column_names, view.column_names);
  EXPECT_EQ(read_view->query, view.query);
  EXPECT_EQ(read_view->comment, view.comment);
}

TEST(Catalog, DamageIsAnErrorAndNoCrash) {
  Catalog catalog;
  for (
      const char* change :
      {"{}", "[]", "null", R"({"unknown":["a","b","c"]})", R"({"put":["a","b","c"]})",
       R"({"put":["a","b","c"],"object":{"table":"t","columns":[{"name":"x","type":{"kind":"NONE"}}]}})",
       R"({"put":["a","b","c"],"object":{"table":"t","columns":[{"name":"","type":{"kind":"INTEGER"}}]}})",
       R"({"put":["a","b","c"],"object":{"table":"t","columns":[{"name":"x","type":{"kind":"ARRAY","fields":[]}}]}})"}) {
    const Status applied = catalog.apply(parsed(change));
    ASSERT_FALSE(applied) << change;
    EXPECT_EQ(applied.error().code, ErrorCode::kCorrupt) << change;
  }
}

// A journal takes its snapshot beside appends, so the snapshot may know changes that are replayed over it.
TEST(Catalog, ChangesReplayedOverALaterSnapshotChangeNothing) {
  std::mt19937 random(7);
  Store store;
  Catalog catalog(&store);
  std::vector<std::vector<Json>> snapshots = {catalog.to_changes()};
  const auto name = [&] { return std::string(1, static_cast<char>('a' + random() % 3)); };
  const auto database = [&] { return DatabasePath{random() % 3 == 0 ? "other" : kDefaultCatalog, name()}; };
  for (int step = 0; snapshots.size() < 250; ++step) {
    ASSERT_LT(step, 10000);
    const DatabasePath in = random() % 2 == 0 ? DatabasePath{kDefaultCatalog, kDefaultDatabase} : database();
    const ObjectPath object{in.catalog, in.database, name()};
    const size_t stored = store.changes.size();
    switch (random() % 9) {
      case 0:
      case 1:
      case 2:
        (void)catalog.create(object, random() % 4 == 0 ? view(object.name) : table(object.name, std::to_string(step)),
                             IfExists::kReplace);
        break;
      case 3:
        (void)catalog.drop(object);
        break;
      case 4:
      case 5:
        (void)catalog.rename(object, {in.catalog, in.database, name()});
        break;
      case 6:
        (void)catalog.create_database(database(), std::to_string(step), {{"step", std::to_string(step)}}, false);
        break;
      case 7:
        (void)catalog.drop_database(database(), false, true);
        break;
      default:
        (void)(random() % 2 == 0 ? catalog.create_catalog("other", false) : catalog.drop_catalog("other", false));
        break;
    }
    if (store.changes.size() > stored) snapshots.push_back(catalog.to_changes());
  }
  const std::string expected = text_of(catalog);
  for (size_t cut = 0; cut < snapshots.size(); cut += 23) {
    for (size_t taken = cut; taken < std::min(cut + 8, snapshots.size()); ++taken) {
      Catalog again;
      for (const Json& change : snapshots[taken]) ASSERT_TRUE(again.apply(change));
      for (size_t i = cut; i < store.changes.size(); ++i) {
        const Status applied = again.apply(parsed(store.changes[i]));
        ASSERT_TRUE(applied) << "cut " << cut << " taken " << taken << " " << applied.error().to_string();
      }
      ASSERT_EQ(text_of(again), expected) << "cut " << cut << " taken " << taken;
    }
  }
}

TEST(SessionCatalog, TemporaryObjectsStandInFront) {
  Catalog shared;
  SessionCatalog mine(shared), other(shared);
  ASSERT_TRUE(mine.create(path("t"), table("t", "shared"), false, IfExists::kFail));
  ASSERT_TRUE(mine.create(path("t"), table("t", "mine"), true, IfExists::kFail));
  const auto topic = [](const SessionCatalog& session) {
    return std::get<TablePtr>(*session.find(path("t")))->option_or("topic", "");
  };
  EXPECT_EQ(topic(mine), "mine");
  EXPECT_EQ(topic(other), "shared");
  EXPECT_TRUE(mine.is_temporary(path("t")));
  EXPECT_TRUE(std::get<TablePtr>(*mine.find(path("t")))->temporary);
  EXPECT_EQ(mine.create(path("t"), table("t", "x"), true, IfExists::kFail).error().message,
            "Temporary table '`default_catalog`.`default_database`.`t`' already exists");
  const Status hidden = mine.drop(path("t"), false, false, false);
  EXPECT_EQ(hidden.error().code, ErrorCode::kConflict);
  EXPECT_EQ(hidden.error().hint, "DROP TEMPORARY TABLE");
  ASSERT_TRUE(mine.replace(path("t"), table("t", "changed")));
  EXPECT_EQ(topic(mine), "changed");
  EXPECT_EQ(topic(other), "shared");
  ASSERT_TRUE(mine.drop(path("t"), false, true, false));
  EXPECT_EQ(topic(mine), "shared");
  EXPECT_EQ(mine.drop(path("t"), true, false, false).error().code, ErrorCode::kNotFound);  // it is no view
  EXPECT_TRUE(mine.drop(path("t"), true, false, true));
  ASSERT_TRUE(other.create(path("orders"), table("orders", ""), false, IfExists::kFail));
  const Status missing = mine.drop(path("order"), false, false, false);
  EXPECT_EQ(missing.error().message,
            "Table with identifier '`default_catalog`.`default_database`.`order`' does not exist.");
  EXPECT_EQ(missing.error().hint, "did you mean 'orders'?");
  ASSERT_TRUE(other.drop(path("t"), false, false, false));
  EXPECT_FALSE(mine.find(path("t")));
}

TEST(SessionCatalog, NamesAreCompletedByTheCurrentOnes) {
  Catalog shared;
  SessionCatalog session(shared);
  ASSERT_TRUE(shared.create_catalog("other", false));
  ASSERT_TRUE(shared.create_database({"other", "sales"}, "", {}, false));
  const auto qualified = [&](std::vector<std::string> parts) {
    const auto made = session.qualify(parts);
    return made ? made->to_dotted() : made.error().message;
  };
  EXPECT_EQ(qualified({"t"}), "default_catalog.default_database.t");
  const Status missing = session.use_database({"other", "sale"});
  EXPECT_EQ(missing.error().message, "A database with name [sale] does not exist in the catalog: [other].");
  EXPECT_EQ(missing.error().hint, "did you mean 'sales'?");
  ASSERT_TRUE(session.use_database({"other", "sales"}));
  EXPECT_EQ(qualified({"t"}), "other.sales.t");
  EXPECT_EQ(qualified({"d", "t"}), "other.d.t");
  EXPECT_EQ(qualified({"c", "d", "t"}), "c.d.t");
  EXPECT_EQ(qualified({"a", "b", "c", "d"}), "a table has at most three names: catalog, database and table");
  ASSERT_TRUE(session.use_catalog("other"));
  EXPECT_EQ(qualified({"t"}), "other.default.t");
  EXPECT_EQ(session.use_catalog("othre").error().hint, "did you mean 'other'?");
  ASSERT_TRUE(session.create({"other", "default", "b"}, view("b"), false, IfExists::kFail));
  ASSERT_TRUE(session.create({"other", "default", "a"}, table("a", ""), true, IfExists::kFail));
  using Kind = SessionCatalog::Kind;
  EXPECT_EQ(join(session.names(session.current(), Kind::kAll), ","), "a,b");
  EXPECT_EQ(join(session.names(session.current(), Kind::kTables), ","), "a");
  EXPECT_EQ(join(session.names(session.current(), Kind::kViews), ","), "b");
}

}  // namespace
}  // namespace millstream::catalog
