// Expressions as public examples write them, conversions to every type, and errors that name the nearest expression.
#include "connector/faker/faker.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "connector/faker/providers.h"
#include "connector/internal/source_rig.h"

namespace millstream::connector::faker {
namespace {

using column::Type;
using stream::PollResult;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::SourceRig;

constexpr ProcTime kNow(1'700'000'000'000);  // 2023-11-14 22:13:20

// Different values of an expression.
std::set<std::string> values_of(const std::string& expression, int draws = 300) {
  const auto piece = parse_expression(expression);
  EXPECT_TRUE(piece) << expression << ": " << piece.error().to_string();
  std::set<std::string> values;
  for (int i = 0; piece && i < draws; ++i) {
    Draw draw{mix(7, i), kNow};
    std::string text;
    (*piece)->append(draw, text);
    values.insert(text);
  }
  return values;
}
void expect_all_match(const std::string& expression, const std::string& pattern) {
  const std::regex regex(pattern);
  for (const std::string& value : values_of(expression))
    EXPECT_TRUE(std::regex_match(value, regex)) << expression << " gave " << value;
}
std::string error_of(const std::string& expression) {
  const auto piece = parse_expression(expression);
  return piece ? "no error" : piece.error().to_string();
}

TEST(FakerExpressions, TextAndCallsMixed) {
  EXPECT_THAT(values_of("220"), ElementsAre("220"));
  EXPECT_THAT(values_of(""), ElementsAre(""));
  expect_all_match("/#{GreekPhilosopher.name}.html", "/[A-Z][a-z]+\\.html");
  expect_all_match(
      "#{regexify '(GET|POST){1}'} #{regexify '(/a\\.html|/b\\.html){1}'} #{regexify '(HTTP/1\\.1|HTTP/2){1}'}",
      "(GET|POST) /[ab]\\.html HTTP/(1\\.1|2)");
}

TEST(FakerExpressions, NamesInAnySpelling) {
  for (const char* name : {"number.numberBetween", "Number.number_between", "NUMBER.NUMBERBETWEEN"}) {
    EXPECT_THAT(values_of(std::string("#{") + name + " '3','6'}"), ElementsAre("3", "4", "5")) << name;
  }
  EXPECT_THAT(values_of("#{number.numberBetween '3' '4'}"), ElementsAre("3"));
  EXPECT_THAT(values_of("#{number.numberBetween '-2','-2'}"), ElementsAre("-2"));
}

TEST(FakerExpressions, Options) {
  EXPECT_THAT(values_of("#{Options.option 'PV', 'FAV','a b')}"), ElementsAre("FAV", "PV", "a b"));
}

TEST(FakerExpressions, Regexify) {
  EXPECT_THAT(values_of("#{regexify '(low|medium|high){1}'}"), ElementsAre("high", "low", "medium"));
  EXPECT_THAT(values_of("#{regexify 'a?b'}"), ElementsAre("ab", "b"));
  EXPECT_THAT(values_of("#{regexify '[a-c]{2}'}"), SizeIs(9));
  EXPECT_THAT(values_of("#{regexify '(男|女){1}'}"), SizeIs(2));
  EXPECT_THAT(values_of("#{regexify '[男女]'}"), SizeIs(2));
  expect_all_match("#{regexify 'CNC-(101|102)-[0-9]{6}x{2,4}\\d\\w+'}", "CNC-(101|102)-[0-9]{6}x{2,4}\\d\\w{1,10}");
  expect_all_match("#{regexify '[^a-z]'}", "[^a-z]");
  EXPECT_THAT(error_of("#{regexify '(a|b'}"), HasSubstr("')' is missing"));
  EXPECT_THAT(error_of("#{regexify 'a{'}"), HasSubstr("a number is missing"));
  EXPECT_THAT(error_of("#{regexify '[z-a]'}"), HasSubstr("no such range"));
  EXPECT_THAT(error_of("#{regexify '*a'}"), HasSubstr("nothing to repeat"));
  EXPECT_THAT(error_of("#{regexify 'a{99999}'}"), HasSubstr("repetitions"));
  EXPECT_THAT(error_of("#{regexify '[]'}"), HasSubstr("empty class"));
}

TEST(FakerExpressions, Patterns) {
  expect_all_match("#{bothify '\?\?-###'}", "[a-z]{2}-[0-9]{3}");
  expect_all_match("#{bothify '\?\?-###','true'}", "[A-Z]{2}-[0-9]{3}");
  expect_all_match("#{numerify 'user_##'}", "user_[0-9]{2}");
  expect_all_match("#{letterify 'x?1'}", "x[a-z]1");
}

TEST(FakerExpressions, Numbers) {
  expect_all_match("#{number.randomDouble '2','10','100'}", "[0-9]{2,3}\\.[0-9]{1,2}");
  expect_all_match("#{Number.digits '5'}", "[0-9]{5}");
  expect_all_match("#{Commerce.price '5','6'}", "(5\\.[0-9]{2}|6\\.00)");
  expect_all_match("#{Number.randomNumber '3','true'}", "[1-9][0-9]{2}");
}

TEST(FakerExpressions, WellKnownForms) {
  expect_all_match("#{Internet.uuid}", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  expect_all_match("#{Internet.emailAddress}", "[a-z]+\\.[a-z]+@[a-z]+\\.[a-z]+");
  expect_all_match("#{Internet.publicIpV4Address}", "([0-9]{1,3}\\.){3}[0-9]{1,3}");
  expect_all_match("#{Name.fullName}", "((Mr|Mrs|Ms|Dr)\\. )?[A-Z][a-z]+ [A-Z][a-z]+");
  expect_all_match("#{Commerce.productName}", "[A-Z][A-Za-z ]+ [A-Z][a-z]+ [A-Z][a-z]+");
  expect_all_match("#{PhoneNumber.phoneNumber}", "[-0-9(). ]+");
  expect_all_match("#{Finance.bic}", "[A-Z]{4}(DE|FR|GB|NL)[0-9]{2}");
  expect_all_match("#{Lorem.sentence '3'}", "[A-Z][a-z]* [a-z]+ [a-z]+\\.");
  EXPECT_GT(values_of("#{Name.fullName}").size(), 200U);
  for (const std::string& card : values_of("#{Finance.creditCard}")) {
    int sum = 0;
    for (size_t i = 0; i < card.size(); ++i) {
      int digit = card[card.size() - 1 - i] - '0';
      if (i % 2 == 1 && (digit *= 2) > 9) digit -= 9;
      sum += digit;
    }
    EXPECT_EQ(sum % 10, 0) << card;
  }
}

TEST(FakerExpressions, EveryListCanBeDrawn) {
  std::set<std::string> names;
  for (const WordList& list : word_lists()) {
    EXPECT_TRUE(names.insert(normalised(list.name)).second) << list.name << " is there twice";
    for (const std::string& value : values_of("#{" + std::string(list.name) + "}", 50)) {
      EXPECT_FALSE(value.empty()) << list.name;
      EXPECT_EQ(value.find("#{"), std::string::npos) << list.name;
      EXPECT_EQ(value.find('|'), std::string::npos) << list.name;
    }
  }
}

TEST(FakerExpressions, MistakesNameTheNearest) {
  EXPECT_THAT(error_of("#{Name.fulName}"), AllOf(HasSubstr("Unknown faker expression '#{Name.fulName}'"),
                                                 HasSubstr("#{Name.fullName}"), HasSubstr("Name.lastName")));
  EXPECT_THAT(error_of("#{regexifi 'a'}"), HasSubstr("#{regexify}"));
  EXPECT_THAT(error_of("#{Name.fullName 'x'}"), HasSubstr("wrong arguments"));
  EXPECT_THAT(error_of("#{number.numberBetween '5','1'}"), HasSubstr("number.numberBetween '1','10'"));
  EXPECT_THAT(error_of("#{number.numberBetween 5,10}"), HasSubstr("single quotes"));
  EXPECT_THAT(error_of("#{date.past '5','PARSECS'}"), HasSubstr("wrong arguments"));
  EXPECT_THAT(error_of("#{Name.fullName"), HasSubstr("without '}'"));
  EXPECT_THAT(error_of("#{Options.option 'a}"), HasSubstr("without '}'"));
}

class FakerRows : public ::testing::Test {
 protected:
  SourceRig rig;

  Status check(const catalog::TablePtr& table) {
    return catalog::ConnectorDirectory({spec()}, {}).check(*table, false);
  }
  void run(std::vector<std::pair<std::string, Type>> columns, catalog::Options options) {
    const auto table = testing::table_of("faker", std::move(columns), std::move(options));
    const Status checked = check(table);
    ASSERT_TRUE(checked) << checked.error().to_string();
    auto made = make_source(testing::scan_of(table), rig.parts);
    ASSERT_TRUE(made) << made.error().to_string();
    rig.source = *std::move(made);
    rig.env.fake_clock().set(kNow);
    ASSERT_TRUE(rig.open());
    EXPECT_EQ(*rig.drain(), PollResult::kFinished);
  }
};

TEST_F(FakerRows, ConvertsTextToTheColumnsType) {
  run({{"b", Type::boolean()},
       {"i", Type::integer()},
       {"l", Type::bigint()},
       {"d", Type::double_precision()},
       {"m", Type::decimal(10, 2)},
       {"c", Type::character(3)},
       {"v", Type::varchar(2)},
       {"t", Type::timestamp(3)},
       {"day", Type::date()}},
      {{"number-of-rows", "2"},
       {"rows-per-second", "1000000000"},
       {"fields.b.expression", "true"},
       {"fields.i.expression", "#{number.numberBetween '5','6'}"},
       {"fields.l.expression", "1#{numerify '##########'}"},
       {"fields.d.expression", "2.5"},
       {"fields.m.expression", "3.456"},
       {"fields.c.expression", "ü"},
       {"fields.v.expression", "äöü"},
       {"fields.t.expression", "2024-02-29 12:00:00.5"},
       {"fields.day.expression", "2024-02-29"}});
  ASSERT_THAT(rig.out.rows, SizeIs(2));
  EXPECT_TRUE(std::regex_match(
      rig.out.rows[0],
      std::regex("TRUE, 5, 1[0-9]{10}, 2.5, 3.46, ü  , äö, 2024-02-29 12:00:00.500, 2024-02-29", std::regex::icase)))
      << rig.out.rows[0];
}

TEST_F(FakerRows, TimesLieWhereTheyShould) {
  const catalog::Options options{{"number-of-rows", "500"},
                                 {"rows-per-second", "1000000000"},
                                 {"fields.p.expression", "#{date.past '15','5','SECONDS'}"},
                                 {"fields.f.expression", "#{date.future '2','DAYS'}"},
                                 {"fields.b.expression", "#{date.birthday '20','30'}"},
                                 {"fields.s.expression", "#{date.past '1','HOURS','yyyy/MM/dd HH'}"},
                                 {"fields.w.expression", "#{date.between '2024-01-01','2024-01-02 00:00:00'}"}};
  rig.out.keep_batches = true;
  run({{"p", Type::timestamp_ltz(3)},
       {"f", Type::timestamp(3)},
       {"b", Type::date()},
       {"s", Type::string()},
       {"w", Type::timestamp(0)}},
      options);
  int64_t seen = 0;
  for (const auto& batch : rig.out.batches) {
    for (size_t i = 0; i < batch.length; ++i, ++seen) {
      const int64_t past = kNow.value - batch.columns[0]->values<int64_t>()[i] / 1000;
      EXPECT_TRUE(past >= 5000 && past <= 15000) << past;
      const int64_t future = batch.columns[1]->values<int64_t>()[i] / 1000 - kNow.value;
      EXPECT_TRUE(future >= 0 && future <= 2 * 86'400'000) << future;
      const int64_t days = kNow.value / 86'400'000 - batch.columns[2]->values<int32_t>()[i];
      const double age = static_cast<double>(days) / 365.2425;
      EXPECT_TRUE(age > 19.9 && age < 30.1) << age;
      const auto text = batch.columns[3]->values<column::StringRef>()[i];
      EXPECT_THAT(std::string(text.view()), ::testing::AnyOf("2023/11/14 21", "2023/11/14 22"));
      EXPECT_EQ(batch.columns[4]->values<int64_t>()[i] % 1'000'000, 0);
    }
  }
  EXPECT_EQ(seen, 500);
}

TEST_F(FakerRows, NestedColumns) {
  run({{"list", Type::array(Type::string())},
       {"map", Type::map(Type::string(), Type::integer())},
       {"set", Type::multiset(Type::string())},
       {"row", Type::row({{"house", Type::string(), ""}, {"points", Type::integer(), ""}})}},
      {{"number-of-rows", "1"},
       {"fields.list.expression", "a"},
       {"fields.list.length", "3"},
       {"fields.map.key.expression", "k"},
       {"fields.map.value.expression", "7"},
       {"fields.map.length", "2"},
       {"fields.set.expression", "s"},
       {"fields.set.length", "4"},
       {"fields.row.house.expression", "Gryffindor"},
       {"fields.row.points.expression", "10"}});
  EXPECT_THAT(rig.out.rows, ElementsAre("[a, a, a], {k=7}, {s=4}, (Gryffindor, 10)"));
}

TEST_F(FakerRows, NullsByRate) {
  run({{"a", Type::string()}}, {{"number-of-rows", "1000"},
                                {"rows-per-second", "1000000000"},
                                {"fields.a.expression", "x"},
                                {"fields.a.null-rate", "0.5"}});
  const auto nulls = std::ranges::count(rig.out.rows, "NULL");
  EXPECT_TRUE(nulls > 400 && nulls < 600) << nulls;
}

TEST_F(FakerRows, WrongTablesAreRefused) {
  const auto message = [&](const Type& type, catalog::Options options) {
    const Status status = check(testing::table_of("faker", {{"a", type}}, std::move(options)));
    return status ? std::string("accepted") : status.error().to_string();
  };
  EXPECT_EQ(message(Type::string(), {{"fields.a.expression", "x"}}), "accepted");
  EXPECT_THAT(message(Type::string(), {}), HasSubstr("No expression found for 'a'"));
  EXPECT_THAT(message(Type::integer(), {{"fields.a.expression", "#{Name.firstName}"}}), HasSubstr("is no INT"));
  EXPECT_THAT(message(Type::tinyint(), {{"fields.a.expression", "300"}}), HasSubstr("is no TINYINT"));
  EXPECT_THAT(message(Type::bytes(), {{"fields.a.expression", "x"}}), HasSubstr("cannot make"));
  EXPECT_THAT(message(Type::string(), {{"fields.a.expression", "x"}, {"fields.b.expression", "x"}}),
              HasSubstr("fields.b.expression"));
  EXPECT_THAT(message(Type::string(), {{"fields.a.expression", "x"}, {"fields.a.length", "2"}}),
              HasSubstr("fields.a.length"));
  EXPECT_THAT(message(Type::string(), {{"fields.a.expression", "x"}, {"fields.a.null-rate", "2"}}),
              HasSubstr("null-rate"));
  EXPECT_THAT(message(Type::string(), {{"fields.a.expression", "#{Nam.firstName}"}}),
              AllOf(HasSubstr("fields.a.expression"), HasSubstr("Name.firstName")));
}

}  // namespace
}  // namespace millstream::connector::faker
