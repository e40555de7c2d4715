// The grammar of the command line: what is known, what was probably meant, exit codes, and completion of words.
#include "main/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "base/json.h"
#include "base/text.h"

namespace millstream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

struct Outcome {
  int code = -1;
  std::string out, err;
};

Outcome run(Words words) {
  words.insert(words.begin(), "millstream");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = run_command_line(static_cast<int>(words.size()), arguments.data());
  std::fflush(stdout);
  outcome.out = ::testing::internal::GetCapturedStdout();
  outcome.err = ::testing::internal::GetCapturedStderr();
  return outcome;
}
// The message of a command line that is wrong.
std::string refused(const Words& words) {
  const Outcome outcome = run(words);
  EXPECT_EQ(outcome.code, 2) << outcome.out;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, StartsWith("error: "));
  return outcome.err;
}

const Words kCommands = {"serve", "check", "job",   "produce", "config",  "sql",       "test",
                         "demo",  "topic", "group", "consume", "version", "completion"};

TEST(CommandLine, TheFirstScreenNamesEveryCommand) {
  for (const Words& words : {Words{}, Words{"--help"}, Words{"-h"}, Words{"help"}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.err, "");
    for (const std::string& command : kCommands) EXPECT_THAT(outcome.out, HasSubstr("  " + command + " "));
    for (const auto line : split(outcome.out, '\n')) EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST(CommandLine, EveryCommandExplainsItself) {
  for (const std::string& command : kCommands) {
    const Outcome outcome = run({command, "--help"});
    EXPECT_EQ(outcome.code, 0) << command;
    EXPECT_THAT(outcome.out, HasSubstr("--help")) << command;
  }
  EXPECT_THAT(run({"sql", "--help"}).out, AllOf(HasSubstr("--replace"), HasSubstr("--host-alias")));
  EXPECT_THAT(run({"job", "show", "--help"}).out, HasSubstr("its beginning"));
}

TEST(CommandLine, AnUnknownCommandIsAnsweredWithTheNearest) {
  EXPECT_EQ(refused({"slq"}), "error: there is no command 'slq'\n  did you mean 'sql'?\n");
  EXPECT_THAT(refused({"Serve"}), HasSubstr("did you mean 'serve'?"));
  EXPECT_EQ(refused({"frobnicate", "--json"}),
            "error: there is no command 'frobnicate'\n  `millstream --help` shows all commands\n");
  EXPECT_EQ(refused({"job", "lst"}), "error: `millstream job` has no command 'lst'\n  did you mean 'list'?\n");
  EXPECT_EQ(refused({"topic", "frobnicate"}),
            "error: `millstream topic` has no command 'frobnicate'\n  list, describe, create, delete\n");
  EXPECT_EQ(refused({"job"}),
            "error: `millstream job` needs one of: list, show, cancel, checkpoint\n"
            "  `millstream job --help` shows its options\n");
}

TEST(CommandLine, AnUnknownOptionIsAnsweredWithTheNearest) {
  EXPECT_EQ(refused({"sql", "--jsno"}), "error: `millstream sql` has no option '--jsno'\n  did you mean '--json'?\n");
  EXPECT_EQ(refused({"topic", "create", "t", "--partition=3"}),
            "error: `millstream topic create` has no option '--partition'\n  did you mean '--partitions'?\n");
  EXPECT_EQ(refused({"job", "list", "--frobnicate"}),
            "error: `millstream job list` has no option '--frobnicate'\n  `millstream job list --help` shows its "
            "options\n");
  EXPECT_THAT(refused({"--jsno", "sql"}), HasSubstr("`millstream` has no option '--jsno'"));
}

TEST(CommandLine, ANumberOutOfBoundsIsToldInWords) {
  EXPECT_EQ(refused({"demo", "--rate", "0"}),
            "error: --rate: '0' is not a whole number from 1 on\n  `millstream demo --help` shows its options\n");
  EXPECT_EQ(refused({"topic", "create", "t", "-p", "x"}),
            "error: --partitions: 'x' is not a whole number from 1 on\n"
            "  `millstream topic create --help` shows its options\n");
  EXPECT_THAT(refused({"demo", "--seconds", "-1"}), HasSubstr("'-1' is no number of seconds"));
  EXPECT_THAT(refused({"consume", "t", "-n", "0"}), HasSubstr("'0' is not a whole number from 1 on"));
  EXPECT_THAT(refused({"consume", "t", "-p", "-1"}), HasSubstr("'-1' is not a whole number from 0 on"));
  EXPECT_THAT(refused({"produce", "t", "-p", "-5"}), HasSubstr("'-5' is not a whole number from 0 on"));
}

TEST(CommandLine, NoOptionIsDropped) {
  EXPECT_THAT(refused({"sql", "-f", "a.sql", "-e", "SELECT 1"}), HasSubstr("excludes"));
  EXPECT_THAT(refused({"sql", "--server", "http://127.0.0.1:1", "--host-alias", "broker=self", "-e", "SELECT 1"}),
              HasSubstr("http://127.0.0.1:1 is to run this"));
  EXPECT_THAT(refused({"serve", "--host-alias", "broker"}), HasSubstr("--host-alias takes NAME=ADDRESS, not 'broker'"));
}

TEST(CommandLine, TheVersionIsAnOptionToo) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, run({"version"}).out);
}

TEST(CommandLine, TheOtherKindOfAddressIsNamed) {
  for (const Words& command : {Words{"topic", "list"}, Words{"topic", "create", "t"}, Words{"group", "list"},
                               Words{"produce", "t"}, Words{"consume", "t"}}) {
    Words words = command;
    words.insert(words.end(), {"--server", "http://127.0.0.1:8080"});
    EXPECT_THAT(refused(words), AllOf(HasSubstr("speaks Kafka and has no option '--server'"),
                                      HasSubstr("name the broker: --bootstrap-server HOST:PORT")));
  }
  EXPECT_THAT(refused({"produce", "--server=http://127.0.0.1:8080", "t"}), HasSubstr("--bootstrap-server"));
  EXPECT_EQ(refused({"job", "list", "--bootstrap-server", "127.0.0.1:9092"}),
            "error: `millstream job list` speaks HTTP and has no option '--bootstrap-server'\n"
            "  name the server: --server URL\n");
  EXPECT_THAT(refused({"sql", "-e", "SELECT 1", "--bootstrap-server", "x:1"}), HasSubstr("--server URL"));
}

TEST(CommandLine, WhatIsMissingOrWrongIsNamed) {
  EXPECT_THAT(refused({"check"}), HasSubstr("file"));
  EXPECT_THAT(refused({"job", "show"}), HasSubstr("id"));
  EXPECT_THAT(refused({"topic", "create"}), HasSubstr("name"));
  EXPECT_THAT(refused({"demo", "--rate", "many"}), HasSubstr("many"));
  EXPECT_THAT(refused({"demo", "--rate", "0"}), HasSubstr("0"));
  EXPECT_THAT(refused({"demo", "--seconds", "-1"}), HasSubstr("-1"));
  EXPECT_THAT(refused({"completion", "tcsh"}), HasSubstr("tcsh"));
  EXPECT_THAT(refused({"check", "a.sql", "b.sql"}), HasSubstr("b.sql"));
}

TEST(CommandLine, AssignmentsNeedAName) {
  EXPECT_EQ(refused({"config", "--set", "data.dir"}), "error: --set takes KEY=VALUE, not 'data.dir'\n");
  EXPECT_EQ(refused({"config", "--set", "=x"}), "error: --set takes KEY=VALUE, not '=x'\n");
  EXPECT_EQ(refused({"config", "--host-alias", "broker"}), "error: --host-alias takes NAME=ADDRESS, not 'broker'\n");
  EXPECT_EQ(refused({"sql", "-e", "SELECT 1", "-s", "parallelism"}),
            "error: --session takes KEY=VALUE, not 'parallelism'\n");
  EXPECT_EQ(refused({"topic", "list", "-X", "acks"}), "error: -X takes KEY=VALUE, not 'acks'\n");
}

TEST(CommandLine, ConfigShowsValuesAndWhereTheyComeFrom) {
  const Outcome outcome = run({"config", "--json", "--data", "/somewhere", "--set", "http.listen=127.0.0.1:81"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto json = Json::parse(outcome.out);
  ASSERT_TRUE(json) << outcome.out;
  std::map<std::string, std::string> values;
  for (const Json& row : *json->if_array()) {
    values[row["key"].string_or("")] = row["value"].string_or("");
    EXPECT_NE(row["meaning"].string_or(""), "");
  }
  EXPECT_EQ(values["data.dir"], "/somewhere");
  EXPECT_EQ(values["http.listen"], "127.0.0.1:81");
  EXPECT_TRUE(values.contains("kafka.listen"));
  EXPECT_THAT(refused({"config", "--set", "htp.listen=x"}), HasSubstr("http.listen"));
}

TEST(CommandLine, VersionIsForPeopleAndPrograms) {
  const Outcome plain = run({"version"}), json = run({"version", "--json"});
  EXPECT_THAT(plain.out, StartsWith("millstream "));
  EXPECT_EQ("millstream " + Json::parse(json.out)->operator[]("version").string_or("") + "\n", plain.out);
}

// A file with this text, for as long as it lives.
class TextFile {
 public:
  explicit TextFile(const std::string& text) {
    const int descriptor = mkstemp(name_.data());
    EXPECT_GE(descriptor, 0);
    close(descriptor);
    std::ofstream(name_) << text;
  }
  ~TextFile() { std::remove(name_.c_str()); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_ = ::testing::TempDir() + "millstream-completion-XXXXXX";
};

// What a shell's command prints; nothing where the shell is not installed.
std::optional<std::string> output_of(const std::string& shell, const std::string& script) {
  if (std::system(("command -v " + shell + " >/dev/null").c_str()) != 0) return std::nullopt;
  const TextFile file(script);
  FILE* process = popen((shell + " " + file.name() + " 2>&1").c_str(), "r");
  EXPECT_NE(process, nullptr);
  std::string out;
  char buffer[4096];
  while (const size_t got = fread(buffer, 1, sizeof buffer, process)) out.append(buffer, got);
  EXPECT_EQ(pclose(process), 0) << out;
  return std::string(trim(out));
}

// What bash offers for the last of these words.
std::string completed(const Words& words) {
  static const std::string kScript = run({"completion", "bash"}).out;
  std::string script = kScript + "\nCOMP_WORDS=(millstream";
  for (const std::string& word : words) script += " '" + word + "'";
  script += ")\nCOMP_CWORD=" + std::to_string(words.size()) + "\n_millstream\necho \"${COMPREPLY[*]}\"\n";
  return output_of("bash", script).value_or("bash is missing");
}

TEST(Completion, KnowsCommandsAndTheirOptions) {
  EXPECT_EQ(completed({"jo"}), "job");
  EXPECT_EQ(completed({"job", "c"}), "cancel checkpoint");
  EXPECT_EQ(completed({"topic", "create", "--part"}), "--partitions");
  EXPECT_EQ(completed({"sql", "--repl"}), "--replace");
  EXPECT_EQ(completed({"frob"}), "");
}

TEST(Completion, GoesOnBehindOptionsAndTheirValues) {
  EXPECT_EQ(completed({"sql", "-f", "pipeline.sql", "--js"}), "--json");
  EXPECT_EQ(completed({"sql", "--server", "http://127.0.0.1:8080", "-e", "SELECT 1", "--js"}), "--json");
  EXPECT_EQ(completed({"topic", "create", "orders", "--part"}), "--partitions");
}

TEST(Completion, EveryCommandHasItsOwnVerbsAndOptions) {
  EXPECT_EQ(completed({"topic", ""}), "list describe create delete");
  EXPECT_EQ(completed({"group", ""}), "list describe delete");
  EXPECT_EQ(completed({"job", ""}), "list show cancel checkpoint");
  EXPECT_EQ(completed({"job", "list", "--"}), "--help --server --json");
  EXPECT_EQ(completed({"topic", "list", "--"}), "--help --kafka --bootstrap-server --json");
  EXPECT_EQ(completed({"topic", "create", "job", "--co"}), "--config") << "a topic may have a command's name";
  // A file is more likely than an option: bash goes on with files where nothing is offered.
  EXPECT_EQ(completed({"sql", "-f", ""}), "");
}

// What fish offers behind this beginning of a line.
std::optional<Words> offered_by_fish(const std::string& line) {
  static const std::string kScript = run({"completion", "fish"}).out;
  const auto out = output_of("fish --no-config", kScript + "\ncomplete -C '" + line + "'\n");
  if (!out) return std::nullopt;
  Words words;
  for (const auto& row : split(*out, '\n')) words.emplace_back(row.substr(0, row.find('\t')));
  std::sort(words.begin(), words.end());
  return words;
}

TEST(Completion, FishOffersEachCommandItsOwnVerbsAndOptions) {
  if (!offered_by_fish("millstream ")) GTEST_SKIP() << "fish is not installed";
  EXPECT_EQ(offered_by_fish("millstream topic "), (Words{"create", "delete", "describe", "list"}));
  EXPECT_EQ(offered_by_fish("millstream group "), (Words{"delete", "describe", "list"}));
  EXPECT_EQ(offered_by_fish("millstream job "), (Words{"cancel", "checkpoint", "list", "show"}));
  EXPECT_EQ(offered_by_fish("millstream job list --"), (Words{"--help", "--json", "--server"}));
  EXPECT_EQ(offered_by_fish("millstream topic list --"), (Words{"--bootstrap-server", "--help", "--json", "--kafka"}));
  EXPECT_EQ(offered_by_fish("millstream topic create job --co"), Words{"--config"});
  EXPECT_EQ(offered_by_fish("millstream sql -e \"it\\'s topic\" --repl"), Words{"--replace"});
  EXPECT_THAT(*offered_by_fish("millstream "), ::testing::UnorderedElementsAreArray(kCommands));
}

TEST(Completion, ZshUsesWhatBashHas) {
  const std::string script = run({"completion", "zsh"}).out;
  EXPECT_THAT(script, AllOf(HasSubstr("bashcompinit"), Not(HasSubstr("local path"))));
  // Without a terminal nothing completes, so the function is called as bashcompinit does. zsh itself picks the words
  // that begin right.
  const auto out = output_of("zsh -f", "compdef() { :; }\n" + script +
                                           "\nemulate sh\nCOMP_WORDS=(millstream topic create orders --)\n"
                                           "COMP_CWORD=2\n_millstream\necho \"${COMPREPLY[*]}\"\n"
                                           "COMP_CWORD=4\n_millstream\necho \"${COMPREPLY[*]}\"\n");
  if (!out) GTEST_SKIP() << "zsh is not installed";
  EXPECT_EQ(*out, "list describe create delete\n--help --partitions --config --kafka --bootstrap-server --json");
}

}  // namespace
}  // namespace millstream
