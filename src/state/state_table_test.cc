// State tables against a plain map: probing, erasing, moving, snapshots that stay as they were, restoring a share.
#include "state/state_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "column/value.h"

namespace millstream::state {
namespace {

using column::Type;
using column::Value;
using column::VectorPtr;

// Keeps what a snapshot hands over, as a checkpoint would.
class Kept final : public SnapshotWriter, public SnapshotReader {
 public:
  void put(std::string_view name, ByteBuffer value) override { values_[std::string(name)] = std::move(value); }
  void begin_table(std::string_view table, std::string_view schema) override { schemas_[std::string(table)] = schema; }
  void add_page(std::string_view, PageRef page) override { pages.push_back(std::move(page)); }
  Result<std::vector<ByteBuffer>> get(std::string_view name) override {
    return std::vector<ByteBuffer>{values_[std::string(name)]};
  }
  Status for_each_page(std::string_view table, std::string_view schema,
                       const std::function<Status(ByteSpan)>& visit) override {
    if (schemas_[std::string(table)] != schema) return fail(ErrorCode::kConflict, "another schema");
    for (const PageRef& page : pages) {
      ByteBuffer bytes = *page.bytes;
      std::fill(bytes.begin() + page.hole_begin, bytes.begin() + page.hole_end, std::byte{0});
      MS_TRY(visit(bytes));
    }
    return {};
  }
  [[nodiscard]] bool owns(KeyGroup group) const override { return group.value >= first && group.value < last; }

  std::vector<PageRef> pages;
  int first = 0, last = column::kKeyGroups;

 private:
  std::map<std::string, ByteBuffer> values_;
  std::map<std::string, std::string> schemas_;
};

struct Keys {
  std::vector<VectorPtr> columns;
  std::vector<uint64_t> hashes;
  size_t count = 0;
  [[nodiscard]] column::Rows rows() const { return {nullptr, count}; }
};
Keys keys_of(const std::vector<Type>& types, const std::vector<std::vector<Value>>& rows) {
  Keys keys;
  keys.count = rows.size();
  for (size_t c = 0; c < types.size(); ++c) {
    std::vector<Value> cells;
    for (const auto& row : rows) cells.push_back(row[c]);
    keys.columns.push_back(column::make_vector(types[c], cells));
  }
  keys.hashes.resize(rows.size());
  column::hash_keys(keys.columns, keys.rows(), keys.hashes);
  return keys;
}
std::vector<RowRef> probe(StateTable& table, const Keys& keys, size_t* made = nullptr) {
  std::vector<RowRef> refs(keys.count);
  std::vector<uint32_t> created;
  EXPECT_TRUE(table.probe(keys.columns, keys.hashes, keys.rows(), refs, created).has_value());
  if (made != nullptr) *made = created.size();
  return refs;
}
std::vector<RowRef> find(const StateTable& table, const Keys& keys) {
  std::vector<RowRef> refs(keys.count);
  table.find(keys.columns, keys.hashes, keys.rows(), refs);
  return refs;
}
int64_t& counter(StateTable& table, RowRef row) { return *reinterpret_cast<int64_t*>(table.mutable_slots(row)); }
int64_t read_counter(const StateTable& table, RowRef row) {
  return *reinterpret_cast<const int64_t*>(table.slots(row));
}

MemoryBudget& plenty() {
  static MemoryBudget budget("test", 1_GiB);
  return budget;
}

TEST(StateTable, FindsWhatItMade) {
  StateTable table({{Type::bigint()}, {}, 8}, plenty());
  const Keys keys =
      keys_of({Type::bigint()}, {{Value(int64_t{1})}, {Value(int64_t{2})}, {Value(int64_t{1})}, {Value()}, {Value()}});
  size_t made = 0;
  const auto refs = probe(table, keys, &made);
  EXPECT_EQ(made, 3u);
  EXPECT_EQ(refs[0], refs[2]);
  EXPECT_EQ(refs[3], refs[4]);
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(find(table, keys), refs);
  EXPECT_EQ(read_counter(table, refs[1]), 0);
  EXPECT_EQ(find(table, keys_of({Type::bigint()}, {{Value(int64_t{3})}}))[0], kNoRow);
  // NULL is not 0.
  EXPECT_EQ(find(table, keys_of({Type::bigint()}, {{Value(int64_t{0})}}))[0], kNoRow);
}

TEST(StateTable, EqualKeysAreOneKey) {
  StateTable table({{Type::double_precision()}, {}, 8}, plenty());
  const auto refs =
      probe(table, keys_of({Type::double_precision()},
                           {{Value(0.0)}, {Value(-0.0)}, {Value(std::nan("1"))}, {Value(-std::nan("2"))}}));
  EXPECT_EQ(refs[0], refs[1]);
  EXPECT_EQ(refs[2], refs[3]);
  EXPECT_EQ(table.size(), 2u);
}

TEST(StateTable, TextKeysOfEveryLengthAndType) {
  for (const std::vector<Type>& types : {std::vector{Type::string()}, std::vector{Type::string(), Type::integer()}}) {
    StateTable table({types, {}, 8}, plenty());
    std::vector<std::vector<Value>> rows;
    for (size_t n = 0; n < 300; ++n) {
      rows.push_back({Value(std::string(n, 'a' + static_cast<char>(n % 3)))});
      if (types.size() == 2) rows.back().push_back(Value(static_cast<int64_t>(n % 2)));
    }
    rows.push_back(rows[40]);
    rows.push_back({Value(std::string(200'000, 'x'))});  // larger than a page
    if (types.size() == 2) rows.back().push_back(Value());
    const Keys keys = keys_of(types, rows);
    size_t made = 0;
    const auto refs = probe(table, keys, &made);
    EXPECT_EQ(made, 301u);
    EXPECT_EQ(refs[300], refs[40]);
    EXPECT_EQ(find(table, keys), refs);
    const VectorPtr read = table.read_column(0, refs);
    for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(column::value_at(*read, i), rows[i][0]) << i;
  }
}

TEST(StateTable, NestedKeysAndValues) {
  const Type array = Type::array(Type::string());
  const Type row = Type::row({{"a", Type::bigint(), ""}, {"m", Type::map(Type::string(), Type::integer()), ""}});
  StateTable table({{array}, {row, Type::decimal(30, 2)}, 0}, plenty());
  const auto list = [](std::vector<Value> v) { return Value(Value::List(std::move(v))); };
  const Keys keys = keys_of(
      {array}, {{list({Value(std::string("x")), Value()})}, {list({})}, {list({Value(std::string("x")), Value()})}});
  const auto refs = probe(table, keys);
  EXPECT_EQ(refs[0], refs[2]);
  EXPECT_NE(refs[0], refs[1]);
  const Value nested = list({Value(int64_t{7}), list({Value(std::string("k")), Value(int64_t{1})})});
  const Value decimal = Value(column::Int128{-12345678901234} * 1000000007);
  const std::vector<VectorPtr> values = {column::make_vector(row, std::vector{nested}),
                                         column::make_vector(Type::decimal(30, 2), std::vector{decimal})};
  const auto moved = table.set_values(refs[0], values, 0);
  ASSERT_TRUE(moved.has_value());
  const std::vector<RowRef> one = {*moved, refs[1]};
  EXPECT_EQ(column::value_at(*table.read_column(1, one), 0), nested);
  EXPECT_EQ(column::value_at(*table.read_column(2, one), 0), decimal);
  EXPECT_TRUE(column::value_at(*table.read_column(1, one), 1).is_null());
  EXPECT_EQ(column::value_at(*table.read_column(0, one), 0), list({Value(std::string("x")), Value()}));
}

TEST(StateTable, AgainstAMapWithErasuresMovesAndCompaction) {
  const std::vector<Type> key_types = {Type::string()};
  StateTable table({key_types, {Type::string()}, 8}, plenty());
  std::map<std::string, std::pair<int64_t, std::string>> expected;
  std::mt19937 random(7);
  for (int step = 0; step < 400; ++step) {
    std::vector<std::vector<Value>> rows;
    for (int i = 0; i < 50; ++i)
      rows.push_back({Value("key-" + std::to_string(random() % 2000) + std::string(random() % 3 * 10, 'k'))});
    const Keys keys = keys_of(key_types, rows);
    probe(table, keys);
    for (size_t i = 0; i < rows.size(); ++i) {
      const std::string& key = rows[i][0].as_string();
      // Found one at a time: rows move.
      const Keys one = keys_of(key_types, {rows[i]});
      RowRef row = find(table, one)[0];
      if (row == kNoRow) row = probe(table, one)[0];
      if (random() % 3 == 0) {
        table.erase(row);
        expected.erase(key);
        continue;
      }
      const std::string text(random() % 40, static_cast<char>('a' + random() % 26));
      const auto moved =
          table.set_values(row, std::vector{column::make_vector(Type::string(), std::vector{Value(text)})}, 0);
      ASSERT_TRUE(moved.has_value());
      ++counter(table, *moved);
      ++expected[key].first;
      expected[key].second = text;
    }
    while (*table.compact()) {
    }
  }
  ASSERT_EQ(table.size(), expected.size());
  size_t seen = 0;
  table.scan([&](RowRef row) {
    const auto it = expected.find(std::string(table.read_text(0, row)));
    ASSERT_NE(it, expected.end());
    EXPECT_EQ(read_counter(table, row), it->second.first);
    EXPECT_EQ(table.read_text(1, row), it->second.second);
    ++seen;
  });
  EXPECT_EQ(seen, expected.size());
  // 2,000 keys of at most some 100 bytes: without compaction and reuse this would be megabytes.
  EXPECT_LT(table.memory_size(), 1'500'000);
}

TEST(StateTable, ASnapshotStaysAsItWasAndUnchangedPagesKeepTheirIds) {
  StateTable table({{Type::bigint()}, {}, 8}, plenty());
  std::vector<std::vector<Value>> rows;
  for (int64_t k = 0; k < 20'000; ++k) rows.push_back({Value(k)});
  const Keys keys = keys_of({Type::bigint()}, rows);
  const auto refs = probe(table, keys);
  for (const RowRef row : refs) counter(table, row) = 1;
  Kept first, second;
  table.snapshot(first, "t");
  counter(table, refs[0]) = 99;
  table.snapshot(second, "t");
  ASSERT_EQ(first.pages.size(), second.pages.size());
  size_t changed = 0;
  for (size_t p = 0; p < first.pages.size(); ++p) changed += first.pages[p].id != second.pages[p].id;
  EXPECT_EQ(changed, 1u);
  for (auto* kept : {&first, &second}) {
    StateTable restored({{Type::bigint()}, {}, 8}, plenty());
    ASSERT_TRUE(restored.restore(*kept, "t").has_value());
    EXPECT_EQ(restored.size(), rows.size());
    EXPECT_EQ(read_counter(restored, find(restored, keys)[0]), kept == &first ? 1 : 99);
    EXPECT_EQ(read_counter(restored, find(restored, keys)[19'999]), 1);
  }
}

TEST(StateTable, RestoresTheKeyGroupsOfItsTask) {
  StateTable table({{Type::string()}, {}, 8}, plenty());
  std::vector<std::vector<Value>> rows;
  for (int k = 0; k < 3000; ++k) rows.push_back({Value("a rather long key number " + std::to_string(k))});
  const Keys keys = keys_of({Type::string()}, rows);
  probe(table, keys);
  Kept kept;
  table.snapshot(kept, "t");
  size_t total = 0;
  for (int task = 0; task < 3; ++task) {
    kept.first = -1;
    for (int g = 0; g < column::kKeyGroups; ++g) {
      if (column::task_of(KeyGroup(static_cast<uint16_t>(g)), 3) != task) continue;
      if (kept.first < 0) kept.first = g;
      kept.last = g + 1;
    }
    StateTable share({{Type::string()}, {}, 8}, plenty());
    ASSERT_TRUE(share.restore(kept, "t").has_value());
    total += share.size();
    const auto refs = find(share, keys);
    for (size_t i = 0; i < refs.size(); ++i) {
      EXPECT_EQ(refs[i] != kNoRow, column::task_of(column::key_group_of(keys.hashes[i]), 3) == task);
    }
  }
  EXPECT_EQ(total, rows.size());
  StateTable other({{Type::string()}, {}, 16}, plenty());
  EXPECT_EQ(other.restore(kept, "t").error().code, ErrorCode::kConflict);
}

TEST(StateTable, RefusesMoreThanItsBudget) {
  MemoryBudget budget("small", 256_KiB);
  {
    StateTable table({{Type::bigint()}, {}, 8}, budget);
    Status status;
    int64_t next = 0;
    while (status.has_value() && next < 100'000) {
      const Keys keys = keys_of({Type::bigint()}, {{Value(next++)}});
      std::vector<RowRef> refs(1);
      std::vector<uint32_t> created;
      status = table.probe(keys.columns, keys.hashes, keys.rows(), refs, created);
    }
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kOutOfMemory);
    EXPECT_EQ(static_cast<int64_t>(table.size()), next - 1);
    EXPECT_LE(budget.used().value, budget.limit().value);
    EXPECT_EQ(budget.used().value, table.memory_size());
  }
  EXPECT_EQ(budget.used().value, 0);
}

TEST(StateTable, RefusesTornPages) {
  StateTable table({{Type::string()}, {}, 0}, plenty());
  probe(table, keys_of({Type::string()}, {{Value(std::string(100, 'x'))}}));
  Kept kept;
  table.snapshot(kept, "t");
  auto bytes = std::make_shared<ByteBuffer>(*kept.pages[0].bytes);
  bytes->resize(bytes->size() - 50);
  kept.pages[0].bytes = bytes;
  kept.pages[0].hole_begin = kept.pages[0].hole_end = 0;
  StateTable other({{Type::string()}, {}, 0}, plenty());
  EXPECT_EQ(other.restore(kept, "t").error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace millstream::state
