// Subcommands and their options, filled into the structs that the commands take.
#include "main/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>

#include "base/text.h"
#include "cli/job_command.h"
#include "cli/kafka_command.h"
#include "cli/sql_command.h"
#include "cli/terminal.h"
#include "demo/demo.h"
#include "main/completion.h"
#include "main/serve.h"
#include "server/configuration.h"
#include "server/instance.h"
#include "slt/test_command.h"

namespace millstream {
namespace {

constexpr char kFirstScreen[] = R"(Millstream: Kafka and Flink SQL in one program.

Try
  millstream demo                  a commerce pipeline, live in this terminal
  millstream serve                 Kafka and Flink SQL on 127.0.0.1
  millstream sql -f pipeline.sql   run a Flink SQL file

Run
  serve     start a server                    sql       a file, or a shell
  check     parse, bind, explain a file       test      SQL tests (.slt)
  job       list, show, cancel, checkpoint    demo      the commerce pipeline

Kafka
  topic     list, describe, create, delete    group     list, describe, delete
  produce   lines of standard input           consume   print records

More
  config    every setting explained           version   the version
  completion  for bash, zsh or fish

`millstream COMMAND --help` says more; --json gives output for programs.
)";

Result<std::pair<std::string, std::string>> assignment(const std::string& text, const char* option) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} takes {}, not '{}'", option,
                            std::string_view(option) == "--host-alias" ? "NAME=ADDRESS" : "KEY=VALUE", text));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

// The raw words of the command line; turned into the commands' structs once parsing is over.
struct Words {
  std::string data, config_file, kafka_listen, http_listen, server;
  std::vector<std::string> aliases, settings, kafka_properties, topic_config;
  bool json = false;

  [[nodiscard]] Result<server::ConfigurationInput> configuration() const {
    server::ConfigurationInput input;
    input.file = config_file;
    input.environment = environment_variables();
    for (const std::string& text : settings) {
      MS_ASSIGN(auto pair, assignment(text, "--set"));
      input.assignments.push_back(std::move(pair));
    }
    if (!data.empty()) input.assignments.emplace_back("data.dir", data);
    if (!kafka_listen.empty()) input.assignments.emplace_back("kafka.listen", kafka_listen);
    if (!http_listen.empty()) input.assignments.emplace_back("http.listen", http_listen);
    for (const std::string& text : aliases) {
      MS_ASSIGN(auto pair, assignment(text, "--host-alias"));
      input.host_aliases.push_back(std::move(pair));
    }
    return input;
  }
  [[nodiscard]] static Result<std::map<std::string, std::string>> map_of(const std::vector<std::string>& texts,
                                                                         const char* option) {
    std::map<std::string, std::string> result;
    for (const std::string& text : texts) {
      MS_ASSIGN(auto pair, assignment(text, option));
      result[pair.first] = pair.second;
    }
    return result;
  }
};

// Whole numbers from `least` on.
CLI::Validator at_least(int64_t least) {
  return {[least](const std::string& text) {
            const auto number = parse_integer(text);
            return number && *number >= least && *number <= std::numeric_limits<int32_t>::max()
                       ? std::string()
                       : fmt::format("'{}' is not a whole number from {} on", text, least);
          },
          ""};
}

void add_json(CLI::App* app, Words& words) { app->add_flag("--json", words.json, "output for programs"); }
void add_instance_options(CLI::App* app, Words& words) {
  app->add_option("--data", words.data, "folder of all data")->type_name("DIR");
  app->add_option("--config", words.config_file, "a millstream.yaml")->type_name("FILE");
  app->add_option("--host-alias", words.aliases,
                  "a name in SQL files that stands for another address; 'self' is this server")
      ->type_name("NAME=ADDRESS");
  app->add_option("--set", words.settings, "any setting of `millstream config`")->type_name("KEY=VALUE");
}
void add_server(CLI::App* app, Words& words) {
  app->add_option("--server", words.server, "a running server; default http://127.0.0.1:8080")->type_name("URL");
}
void add_kafka(CLI::App* app, Words& words, cli::KafkaOptions& kafka) {
  app->add_option("--kafka,--bootstrap-server,-b", kafka.bootstrap, "the broker")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  app->add_option("-X", words.kafka_properties, "a property of librdkafka")->type_name("KEY=VALUE");
  add_json(app, words);
}

int print_config(const Words& words) {
  const auto input = words.configuration();
  if (!input) return cli::report(input.error());
  const auto configuration = server::Configuration::load(*input);
  if (!configuration) return cli::report(configuration.error());
  cli::Listing listing{{"key", "value", "from", "default", "meaning"}, {}};
  for (const auto& definition : server::Configuration::definitions()) {
    listing.rows.push_back({definition.key, configuration->text(definition.key), configuration->origin(definition.key),
                            definition.default_value, definition.sentence});
  }
  fmt::print("{}", words.json ? listing.json().to_pretty_text() + "\n" : listing.text());
  return cli::kOk;
}

// What one command needs to run once everything is parsed.
using Command = std::function<int()>;

template <typename Options>
int with_server(const Words& words, Options options, int (*run)(const Options&), bool may_start) {
  options.server.server = words.server;
  options.server.data = words.data;
  if (may_start) {
    options.server.needs_own =
        !words.config_file.empty() || !words.aliases.empty() || !words.settings.empty() || !words.data.empty();
    auto input = words.configuration();
    if (!input) return cli::report(input.error());
    options.server.start_local = local_server_starter(*std::move(input));
  }
  options.json = words.json;
  return run(options);
}

template <typename Options>
int with_kafka(const Words& words, Options options, int (*run)(const Options&)) {
  auto properties = Words::map_of(words.kafka_properties, "-X");
  if (!properties) return cli::report(properties.error());
  options.kafka.properties = *std::move(properties);
  options.kafka.json = words.json;
  return run(options);
}

void add_serve(CLI::App& app, Words& words, Command& command) {
  CLI::App* serve = app.add_subcommand("serve", "start a server: Kafka and HTTP on loopback");
  add_instance_options(serve, words);
  serve->add_option("--kafka-listen", words.kafka_listen, "default 127.0.0.1:9092; port 0 takes a free one")
      ->type_name("HOST:PORT");
  serve->add_option("--http-listen", words.http_listen, "default 127.0.0.1:8080")->type_name("HOST:PORT");
  add_json(serve, words);
  serve->callback([&] {
    command = [&words] {
      const auto input = words.configuration();
      return input ? run_serve(*input, words.json) : cli::report(input.error());
    };
  });
}

void add_sql(CLI::App& app, Words& words, Command& command) {
  static cli::SqlOptions sql;
  static std::vector<std::string> session;
  CLI::App* command_sql = app.add_subcommand("sql", "run Flink SQL: a file, statements, or an interactive shell");
  CLI::Option* file = command_sql->add_option("-f,--file", sql.file, "a script; - is standard input");
  file->type_name("FILE");
  command_sql->add_option("-e,--execute", sql.statements, "statements")->type_name("SQL")->excludes(file);
  command_sql->add_option("-s,--session", session, "a session setting, as SET does")->type_name("KEY=VALUE");
  command_sql->add_flag("--replace", sql.replace,
                        "define tables anew that are there, and stop a running job that writes the same keyed table");
  add_instance_options(command_sql, words);
  add_server(command_sql, words);
  add_json(command_sql, words);
  command_sql->callback([&] {
    command = [&words] {
      auto settings = Words::map_of(session, "--session");
      if (!settings) return cli::report(settings.error());
      sql.settings = *std::move(settings);
      return with_server(words, sql, cli::run_sql, true);
    };
  });

  static cli::CheckOptions check;
  CLI::App* command_check = app.add_subcommand("check", "parse, bind and explain a file; run nothing");
  command_check->add_option("file", check.file, "a script; - is standard input")->required()->type_name("FILE");
  add_instance_options(command_check, words);
  add_server(command_check, words);
  add_json(command_check, words);
  command_check->callback([&] { command = [&words] { return with_server(words, check, cli::run_check, true); }; });

  static slt::TestOptions test;
  CLI::App* command_test = app.add_subcommand("test", "run SQL tests on a virtual clock");
  command_test->add_option("paths", test.paths, ".slt files, or folders of them")->required()->type_name("PATH");
  command_test->add_option("--mode", test.mode, "one of: plain, row by row, restored, rescaled; default all four");
  command_test->add_flag("-v,--verbose", test.verbose, "a line per file");
  add_json(command_test, words);
  command_test->callback([&] {
    command = [&words] {
      test.json = words.json;
      return slt::run_tests(test);
    };
  });
}

void add_job(CLI::App& app, Words& words, Command& command) {
  using Verb = cli::JobOptions::Verb;
  static cli::JobOptions job;
  CLI::App* group = app.add_subcommand("job", "jobs of a server");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Verb verb, bool takes_id) {
    CLI::App* sub = group->add_subcommand(name, help);
    if (takes_id) sub->add_option("id", job.id, "the job's id, or its beginning")->required();
    add_server(sub, words);
    add_json(sub, words);
    sub->callback([&words, &command, verb] {
      job.verb = verb;
      command = [&words] { return with_server(words, job, cli::run_job, false); };
    });
  };
  add("list", "all jobs, newest first", Verb::kList, false);
  add("show", "one job: operators, rates, watermarks, checkpoints", Verb::kShow, true);
  add("cancel", "end a job for good", Verb::kCancel, true);
  add("checkpoint", "take a checkpoint now", Verb::kCheckpoint, true);
}

void add_topic_and_group(CLI::App& app, Words& words, Command& command) {
  using TopicVerb = cli::TopicOptions::Verb;
  static cli::TopicOptions topic;
  CLI::App* topics = app.add_subcommand("topic", "topics of a broker");
  topics->require_subcommand(1);
  const auto add_topic = [&](const char* name, const char* help, TopicVerb verb) {
    CLI::App* sub = topics->add_subcommand(name, help);
    if (verb != TopicVerb::kList) sub->add_option("name", topic.name, "the topic")->required();
    if (verb == TopicVerb::kCreate) {
      sub->add_option("-p,--partitions", topic.partitions, "default: the broker's")->check(at_least(1));
      sub->add_option("-c,--config", words.topic_config, "a topic setting")->type_name("KEY=VALUE");
    }
    add_kafka(sub, words, topic.kafka);
    sub->callback([&words, &command, verb] {
      topic.verb = verb;
      command = [&words] {
        auto config = Words::map_of(words.topic_config, "--config");
        if (!config) return cli::report(config.error());
        topic.config = *std::move(config);
        return with_kafka(words, topic, cli::run_topic);
      };
    });
  };
  add_topic("list", "names and partitions", TopicVerb::kList);
  add_topic("describe", "offsets and settings of one", TopicVerb::kDescribe);
  add_topic("create", "make one", TopicVerb::kCreate);
  add_topic("delete", "delete one with its records", TopicVerb::kDelete);

  using GroupVerb = cli::GroupOptions::Verb;
  static cli::GroupOptions group;
  CLI::App* groups = app.add_subcommand("group", "consumer groups of a broker");
  groups->require_subcommand(1);
  const auto add_group = [&](const char* name, const char* help, GroupVerb verb) {
    CLI::App* sub = groups->add_subcommand(name, help);
    if (verb != GroupVerb::kList) sub->add_option("name", group.name, "the group")->required();
    add_kafka(sub, words, group.kafka);
    sub->callback([&words, &command, verb] {
      group.verb = verb;
      command = [&words] { return with_kafka(words, group, cli::run_group); };
    });
  };
  add_group("list", "names and states", GroupVerb::kList);
  add_group("describe", "members, committed offsets and lag", GroupVerb::kDescribe);
  add_group("delete", "forget a group without members", GroupVerb::kDelete);
}

void add_produce_and_consume(CLI::App& app, Words& words, Command& command) {
  static cli::ProduceOptions produce;
  CLI::App* producing = app.add_subcommand("produce", "send the lines of standard input");
  producing->add_option("topic", produce.topic, "the topic")->required();
  producing->add_option("-k,--key-separator", produce.key_separator,
                        "text between key and value; without it there are no keys");
  producing->add_option("-p,--partition", produce.partition, "default: by key")->check(at_least(0));
  add_kafka(producing, words, produce.kafka);
  producing->callback([&] { command = [&words] { return with_kafka(words, produce, cli::run_produce); }; });

  static cli::ConsumeCommandOptions consume;
  static bool from_beginning = false;
  CLI::App* consuming = app.add_subcommand("consume", "print records");
  consuming->add_option("topic", consume.topic, "the topic")->required();
  consuming->add_option("-o,--offset", consume.start, "beginning, end, or a number for each partition")
      ->capture_default_str();
  consuming->add_flag("--from-beginning", from_beginning, "the same as -o beginning");
  consuming->add_option("-p,--partition", consume.partition, "default: all")->check(at_least(0));
  consuming->add_option("-n,--count", consume.count, "stop after so many records")->check(at_least(1));
  consuming->add_flag("-e,--exit-at-end", consume.stop_at_end,
                      "stop at the end, also where other members of the group read it all");
  consuming->add_flag("-k,--keys", consume.with_keys, "print keys too");
  consuming->add_option("-g,--group", consume.group, "join this group and commit offsets");
  add_kafka(consuming, words, consume.kafka);
  consuming->get_option("--json")->description(
      "an object a line; bytes that are not UTF-8: value_base64 instead of value, and so for keys and headers");
  consuming->callback([&] {
    command = [&words] {
      if (from_beginning) consume.start = "beginning";
      return with_kafka(words, consume, cli::run_consume);
    };
  });
}

// The first word that no command on the way knows: what was probably meant, in terms of the command it stands behind.
std::optional<Error> unknown_word(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  std::string path = "millstream";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::vector<std::string> commands;
    for (const CLI::App* sub : at->get_subcommands([](const CLI::App*) { return true; }))
      commands.push_back(sub->get_name());
    if (!word.starts_with('-') && !commands.empty()) {
      if (std::find(commands.begin(), commands.end(), word) == commands.end()) {
        const auto near = nearest(word, commands);
        return Error{ErrorCode::kInvalidArgument,
                     at == &app ? fmt::format("there is no command '{}'", word)
                                : fmt::format("`{}` has no command '{}'", path, word),
                     near         ? fmt::format("did you mean '{}'?", *near)
                     : at == &app ? "`millstream --help` shows all commands"
                                  : join(commands, ", "),
                     {}};
      }
      at = at->get_subcommand(word);
      path += " " + word;
      continue;
    }
    if (!word.starts_with("--") || word == "--") continue;
    std::vector<std::string> options;
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
    }
    const std::string name = word.substr(0, word.find('='));
    if (std::find(options.begin(), options.end(), name) != options.end()) continue;
    // The two kinds of address are easily taken for each other.
    if (name == "--server" && at->get_option_no_throw("--bootstrap-server") != nullptr) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("`{}` speaks Kafka and has no option '--server'", path),
                   "name the broker: --bootstrap-server HOST:PORT",
                   {}};
    }
    if (name == "--bootstrap-server" && at->get_option_no_throw("--server") != nullptr) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("`{}` speaks HTTP and has no option '--bootstrap-server'", path),
                   "name the server: --server URL",
                   {}};
    }
    const auto near = nearest(name, options);
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("`{}` has no option '{}'", path, name),
                 near ? fmt::format("did you mean '{}'?", *near) : fmt::format("`{} --help` shows its options", path),
                 {}};
  }
  return std::nullopt;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{"Kafka, Kafka Connect and Flink SQL in one program", "millstream"};
  app.set_help_flag("-h,--help", "this");
  Words words;
  Command command;
  add_serve(app, words, command);
  add_sql(app, words, command);
  add_job(app, words, command);
  add_topic_and_group(app, words, command);
  add_produce_and_consume(app, words, command);

  CLI::App* demo_command =
      app.add_subcommand("demo", "a commerce pipeline into a private PostgreSQL, live in this terminal");
  static demo::DemoOptions demo_options;
  demo_command->add_option("--rate", demo_options.rate, "transactions a second")
      ->capture_default_str()
      ->check(at_least(1));
  demo_command->add_option("--seconds", demo_options.seconds, "stop after so long; default: at Ctrl+C")
      ->check(CLI::Validator(
          [](const std::string& text) {
            double seconds = -1;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
            const bool whole = error == std::errc() && end == text.data() + text.size();
            return whole && seconds >= 0 ? std::string() : fmt::format("'{}' is no number of seconds", text);
          },
          ""));
  demo_command->callback([&] { command = [] { return demo::run_demo(demo_options); }; });

  CLI::App* config = app.add_subcommand("config", "every setting: value, origin, default, meaning");
  add_instance_options(config, words);
  add_json(config, words);
  config->callback([&] { command = [&words] { return print_config(words); }; });

  CLI::App* version = app.add_subcommand("version", "the version");
  add_json(version, words);
  version->callback([&] {
    command = [&words] {
      if (words.json)
        fmt::print("{}\n", Json::object({{"version", server::kVersion}}).to_text());
      else
        fmt::print("millstream {}\n", server::kVersion);
      return cli::kOk;
    };
  });
  static std::string shell;
  CLI::App* completion = app.add_subcommand("completion", "a completion script: source <(millstream completion bash)");
  completion->add_option("shell", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&] {
    command = [&app] {
      fmt::print("{}", completion_script(app, shell));
      return cli::kOk;
    };
  });

  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    fmt::print("millstream {}\n", server::kVersion);
    return cli::kOk;
  }
  if (argc <= 1 || (argc == 2 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h" ||
                                  std::string_view(argv[1]) == "help"))) {
    fmt::print("{}", kFirstScreen);
    return cli::kOk;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return cli::kOk;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const bool has_unknown = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                             dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (has_unknown) {
      if (const auto unknown = unknown_word(app, argc, argv)) return cli::report(*unknown);
    }
    for (const CLI::App* group : app.get_subcommands()) {
      const auto verbs = group->get_subcommands([](const CLI::App*) { return true; });
      if (verbs.empty() || !group->get_subcommands().empty()) continue;
      std::vector<std::string> names;
      for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
      return cli::report({ErrorCode::kInvalidArgument,
                          fmt::format("`millstream {}` needs one of: {}", group->get_name(), join(names, ", ")),
                          fmt::format("`millstream {} --help` shows its options", group->get_name()),
                          {}});
    }
    std::string path;
    for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
      at = at->get_subcommands().front();
      path += at->get_name() + " ";
    }
    const std::string hint = path.empty() ? "`millstream --help` shows all commands"
                                          : fmt::format("`millstream {}--help` shows its options", path);
    return cli::report({ErrorCode::kInvalidArgument, error.what(), hint, {}});
  }
  if (!command) {
    fmt::print("{}", kFirstScreen);
    return cli::kUsage;
  }
  return command();
}

}  // namespace millstream
