// LIKE against a plain recursive matcher on random texts; regular expressions that are refused; columns of patterns.
#include <gtest/gtest.h>

#include <random>

#include "function/evaluator.h"
#include "function/testing.h"

namespace millstream::function {
namespace {

using namespace testing;
using column::Batch;
using column::Type;
using column::Value;

// Over bytes, since the random texts are ASCII.
bool matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') return matches(text, pattern.substr(1)) || (!text.empty() && matches(text.substr(1), pattern));
  return !text.empty() && (pattern[0] == '_' || pattern[0] == text[0]) && matches(text.substr(1), pattern.substr(1));
}

std::string random_text(std::mt19937& random, std::string_view letters, size_t longest) {
  std::string text(random() % (longest + 1), ' ');
  for (char& c : text) c = letters[random() % letters.size()];
  return text;
}

// Both as columns, so that one evaluator sees all patterns.
std::vector<Value> over_columns(std::string_view name, const std::vector<Value>& texts,
                                const std::vector<Value>& patterns, std::vector<RowError>& errors) {
  Batch batch;
  batch.length = texts.size();
  batch.columns = {make_vector(Type::string(), texts), make_vector(Type::string(), patterns)};
  EvaluationContext context;
  context.errors = &errors;
  Evaluator evaluator(call(name, {column_reference(0, Type::string()), column_reference(1, Type::string())}));
  const auto vector = evaluator.evaluate(batch, batch.rows(), context);
  std::vector<Value> values;
  for (size_t i = 0; i < batch.length; ++i) values.push_back(value_at(*vector, i));
  return values;
}

TEST(Like, AgreesWithARecursiveMatcher) {
  std::mt19937 random(20240229);
  std::vector<Value> texts, patterns;
  for (int i = 0; i < 20'000; ++i) {
    texts.emplace_back(random_text(random, "ab", 8));
    patterns.emplace_back(random_text(random, "ab%_", 6));
  }
  std::vector<RowError> errors;
  const std::vector<Value> values = over_columns("LIKE", texts, patterns, errors);
  EXPECT_TRUE(errors.empty());
  size_t found = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(values[i].as_bool(), matches(texts[i].as_string(), patterns[i].as_string()))
        << "'" << texts[i].as_string() << "' LIKE '" << patterns[i].as_string() << "'";
    found += values[i].as_bool() ? 1 : 0;
  }
  EXPECT_GT(found, 1000u);
  EXPECT_LT(found, 19'000u);
}

TEST(Like, UnderscoreIsACharacterNotAByte) {
  EXPECT_EQ(run(call("LIKE", {text("äöü"), text("_ö_")})), "TRUE");
  EXPECT_EQ(run(call("LIKE", {text("äöü"), text("____")})), "FALSE");
  EXPECT_EQ(run(call("LIKE", {text("xä"), text("%_ä")})), "TRUE");
}

TEST(Like, RefusesBrokenEscapes) {
  EXPECT_EQ(run(call("LIKE", {text("a"), text("!a"), text("!")})), "error: Invalid escape sequence '!a', 0");
  EXPECT_EQ(infer_error("LIKE", {text("a"), text("a"), text("!!")}), "Invalid escape character '!!'");
  EXPECT_EQ(run(call("LIKE", {text("a"), text("a"), text("")})), "TRUE");
}

TEST(Regexp, WhatTheEngineCannotDoIsRefusedByName) {
  EXPECT_NE(infer_error("REGEXP", {text("abc"), text("a(?=b)")}).find("look-around"), std::string::npos);
  EXPECT_NE(infer_error("REGEXP_EXTRACT", {text("aa"), text("(a)\\1")}).find("back-references"), std::string::npos);
  std::vector<RowError> errors;
  const auto values = over_columns("REGEXP", {Value(std::string("ab")), Value(std::string("ab"))},
                                   {Value(std::string("a(?!b)")), Value(std::string("b$"))}, errors);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].position, 0u);
  EXPECT_TRUE(values[0].is_null());
  EXPECT_TRUE(values[1].as_bool());
}

TEST(Regexp, MalformedIsFalseOrNull) {
  EXPECT_EQ(run(call("REGEXP", {text("abc"), text("(")})), "FALSE");
  EXPECT_EQ(run(call("REGEXP_EXTRACT", {text("abc"), text("(")})), "NULL");
  EXPECT_EQ(run(call("REGEXP_COUNT", {text("abc"), text("(")})), "NULL");
}

TEST(Regexp, ReplacementIsTakenAsItIs) {
  EXPECT_EQ(run(call("REGEXP_REPLACE", {text("a1b22"), text("[0-9]+"), text("$1\\")})), "a$1\\b$1\\");
  EXPECT_EQ(run(call("REGEXP_REPLACE", {text("äb"), text(""), text("-")})), "-ä-b-");
}

}  // namespace
}  // namespace millstream::function
