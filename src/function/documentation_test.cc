// docs/functions.md and tests/slt/function/examples.slt are made from the tables of functions: this test compares them,
// and writes them when MILLSTREAM_WRITE_DOCS is set.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "function/definition.h"

namespace millstream::function {
namespace {

constexpr std::string_view kArrow = " → ";

struct Entry {
  std::string name, syntax, sentence, example;
};

// By heading, in the order of the tables.
std::vector<std::pair<std::string, std::vector<Entry>>> sections() {
  std::vector<std::pair<std::string, std::vector<Entry>>> made;
  const auto add = [&](std::string_view category, Entry entry) {
    for (auto& [heading, entries] : made) {
      if (heading == category) return entries.push_back(std::move(entry));
    }
    made.push_back({std::string(category), {std::move(entry)}});
  };
  for (const ScalarFunction& function : all_scalar_functions()) {
    Entry entry{std::string(function.name), std::string(function.syntax), std::string(function.sentence),
                std::string(function.example)};
    for (const std::string_view alias : function.aliases)
      entry.sentence += " Also called `" + std::string(alias) + "`.";
    add(function.category, std::move(entry));
  }
  for (const AggregateFunction& function : all_aggregate_functions()) {
    add(function.category, {std::string(function.name), std::string(function.syntax), std::string(function.sentence),
                            std::string(function.example)});
  }
  return made;
}

std::string in_table(std::string text) {
  for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

std::string document() {
  std::string text =
      "# Functions\n\n"
      "Every function and operator with its meaning and an example. They answer as Flink 2.3 does; the examples run as "
      "tests "
      "(`tests/slt/function/examples.slt`). This page is made from the tables in `src/function/internal/`; see "
      "`src/function/README.md`.\n";
  for (const auto& [heading, entries] : sections()) {
    std::string title = heading;
    title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
    text += "\n## " + title + "\n\n| function | meaning | example |\n|---|---|---|\n";
    for (const Entry& entry : entries) {
      text += "| `" + in_table(entry.syntax) + "` | " + in_table(entry.sentence) + " | `" + in_table(entry.example) +
              "` |\n";
    }
  }
  return text;
}

// Scalar examples are expressions; those of aggregates name their values: "SUM(a) of 1, 2, 4".
std::string examples() {
  std::string text = "# The example of every function, as docs/functions.md prints it.\n";
  for (const auto& [heading, entries] : sections()) {
    for (const Entry& entry : entries) {
      const size_t arrow = entry.example.rfind(kArrow);
      if (arrow == std::string::npos) continue;
      std::string expression = entry.example.substr(0, arrow);
      const std::string cell = entry.example.substr(arrow + kArrow.size());
      const size_t of = expression.find(" of ");
      if (heading == "aggregate" && of != std::string::npos) {
        // Over a stream of rows, because order counts for some.
        std::string values = expression.substr(of + 4);
        expression.resize(of);
        std::string rows;
        std::istringstream list(values);
        std::string type = values.find('\'') != std::string::npos  ? "STRING"
                           : values.find('E') != std::string::npos ? "DOUBLE"
                                                                   : "INT";
        for (std::string value; std::getline(list, value, ',');) {
          value.erase(std::remove_if(value.begin(), value.end(), [](char c) { return c == ' ' || c == '\''; }),
                      value.end());
          rows += value + "\n";
        }
        const std::string name = entry.name + "_values";
        text += "\nstatement ok\nCREATE TABLE " + name + " (a " + type + ") WITH ('connector' = 'script')\n";
        text += "\nstream " + entry.name + "\nSELECT " + expression + " FROM " + name + "\n";
        text += "\nrows " + name + "\n" + rows + "\nemits " + entry.name + " final\n" + cell + "\n";
        continue;
      }
      text += "\nquery\nSELECT " + expression + "\n----\n" + cell + "\n";
    }
  }
  return text;
}

std::string project_path(std::string_view relative) {
  const std::string here = __FILE__;
  return here.substr(0, here.rfind("src/function/")) + std::string(relative);
}

void compare(std::string_view path, const std::string& text) {
  if (std::getenv("MILLSTREAM_WRITE_DOCS") != nullptr) {
    std::ofstream(project_path(path)) << text;
    return;
  }
  std::ifstream file(project_path(path));
  std::stringstream found;
  found << file.rdbuf();
  EXPECT_TRUE(found.str() == text) << path << " is stale: run function_test with MILLSTREAM_WRITE_DOCS=1";
}

TEST(Documentation, PageIsMadeFromTheTables) { compare("docs/functions.md", document()); }
TEST(Documentation, ExamplesAreTests) { compare("tests/slt/function/examples.slt", examples()); }

TEST(Documentation, EveryFunctionIsDescribed) {
  std::set<std::string> names;
  for (const auto& [heading, entries] : sections()) {
    EXPECT_FALSE(heading.empty());
    for (const Entry& entry : entries) {
      EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
      EXPECT_FALSE(entry.syntax.empty()) << entry.name;
      EXPECT_TRUE(entry.sentence.ends_with('.') || entry.sentence.ends_with('`') || entry.sentence.ends_with(".`"))
          << entry.name << ": " << entry.sentence;
      EXPECT_NE(entry.example.find(kArrow), std::string::npos) << entry.name;
    }
  }
  EXPECT_GT(names.size(), 150u);
}

}  // namespace
}  // namespace millstream::function
