// docs/settings.md is made from the definitions of settings: this test compares them, and writes the page when
// MILLSTREAM_WRITE_DOCS is set.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "plan/internal/fixed_settings.h"
#include "plan/session.h"

namespace millstream::plan {
namespace {

std::string code(std::string_view text) { return text.empty() ? std::string() : "`" + std::string(text) + "`"; }

std::string document() {
  std::string text =
      "# Settings of a session\n\n"
      "`SET 'key' = 'value'` for the statements behind it, `RESET 'key'` back to the default. Any other key is an error.\n"
      "This page is made from the definitions in `src/plan/session.cc` and `src/plan/internal/fixed_settings.cc`.\n\n"
      "| key | default | meaning |\n|---|---|---|\n";
  for (const SettingDefinition& definition : SessionSettings::definitions()) {
    text += "| `" + definition.key + "` | " + code(definition.default_value) + " | " + definition.sentence;
    if (!definition.choices.empty()) {
      text += " One of";
      for (const std::string& choice : definition.choices)
        text += (&choice == &definition.choices.front() ? " " : ", ") + code(choice);
      text += '.';
    }
    if (!definition.ours.empty()) text += " **Unlike Flink:** " + definition.ours;
    text += " |\n";
  }
  text +=
      "\n## Flink's other settings\n\n"
      "Known, and accepted with this value only, which is what Millstream does; any other value is an error. An empty one\n"
      "must be left unset.\n\n"
      "| key | value |\n|---|---|\n";
  for (const FixedSetting& fixed : fixed_settings()) text += "| `" + std::string(fixed.key) + "` | " + code(fixed.value) + " |\n";
  return text;
}

TEST(Documentation, SettingsAreMadeFromTheDefinitions) {
  const std::string here = __FILE__;
  const std::string path = here.substr(0, here.rfind("src/plan/")) + "docs/settings.md";
  if (std::getenv("MILLSTREAM_WRITE_DOCS") != nullptr) {
    std::ofstream(path) << document();
    return;
  }
  std::ifstream file(path);
  std::stringstream found;
  found << file.rdbuf();
  EXPECT_TRUE(found.str() == document()) << path << " is stale: run plan_test with MILLSTREAM_WRITE_DOCS=1";
}

}  // namespace
}  // namespace millstream::plan
