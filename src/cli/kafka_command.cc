// Prints topics, groups and records; sends lines.
#include "cli/kafka_command.h"

#include <fmt/format.h>

#include <iostream>

#include "base/json.h"
#include "cli/kafka_client.h"
#include "cli/sql_command.h"
#include "cli/terminal.h"

namespace millstream::cli {
namespace {

void print_rows(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                std::string_view none) {
  if (rows.empty())
    fmt::print("{}\n", none);
  else
    fmt::print("{}", table_text(header, rows));
}

void print_json(const Json& json) { fmt::print("{}\n", json.to_pretty_text()); }

Json json_of(const TopicInfo& info) {
  Json::Array partitions;
  for (const PartitionInfo& partition : info.partitions) {
    partitions.push_back(Json::object({{"partition", partition.id.value},
                                       {"begin", partition.begin.value},
                                       {"end", partition.end.value},
                                       {"records", partition.end.value - partition.begin.value}}));
  }
  Json::Object config;
  for (const auto& [key, value] : info.config) config.emplace_back(key, value);
  return Json::object(
      {{"topic", info.name}, {"partitions", Json(std::move(partitions))}, {"config", Json(std::move(config))}});
}

Json json_of(const GroupInfo& info) {
  Json::Array offsets, members;
  for (const GroupOffset& offset : info.offsets) {
    const bool known = offset.committed.value >= 0;
    offsets.push_back(Json::object({{"topic", offset.topic},
                                    {"partition", offset.partition.value},
                                    {"committed", known ? Json(offset.committed.value) : Json()},
                                    {"end", offset.end.value},
                                    {"lag", known ? Json(offset.end.value - offset.committed.value) : Json()}}));
  }
  for (const GroupMember& member : info.members) {
    members.push_back(Json::object(
        {{"member", member.id}, {"client", member.client}, {"host", member.host}, {"assignment", member.assignment}}));
  }
  return Json::object({{"group", info.id},
                       {"state", info.state},
                       {"offsets", Json(std::move(offsets))},
                       {"members", Json(std::move(members))}});
}

Status topic(KafkaClient& client, const TopicOptions& options) {
  switch (options.verb) {
    case TopicOptions::Verb::kList: {
      MS_ASSIGN(const std::vector<TopicInfo> topics, client.topics());
      Json::Array json;
      std::vector<std::vector<std::string>> rows;
      for (const TopicInfo& info : topics) {
        const auto count = static_cast<int64_t>(info.partitions.size());
        json.push_back(Json::object({{"topic", info.name}, {"partitions", count}}));
        rows.push_back({info.name, std::to_string(count)});
      }
      if (options.kafka.json)
        print_json(Json(std::move(json)));
      else
        print_rows({"topic", "partitions"}, rows, "No topics. `millstream topic create NAME` makes one.");
      return {};
    }
    case TopicOptions::Verb::kDescribe: {
      MS_ASSIGN(const TopicInfo info, client.topic(options.name));
      if (options.kafka.json) {
        print_json(json_of(info));
        return {};
      }
      std::vector<std::vector<std::string>> rows;
      for (const PartitionInfo& partition : info.partitions) {
        rows.push_back({std::to_string(partition.id.value), std::to_string(partition.begin.value),
                        std::to_string(partition.end.value),
                        std::to_string(partition.end.value - partition.begin.value)});
      }
      fmt::print("{}\n", coloured(Colour::kBold, info.name));
      for (const auto& [key, value] : info.config) fmt::print("{} = {}\n", key, value);
      print_rows({"partition", "begin", "end", "records"}, rows, "no partitions");
      return {};
    }
    case TopicOptions::Verb::kCreate:
      MS_TRY(client.create_topic(options.name, options.partitions, options.config));
      fmt::print("{}\n", options.kafka.json ? Json::object({{"created", options.name}}).to_text()
                                            : options.name + " is there.");
      return {};
    case TopicOptions::Verb::kDelete:
      MS_TRY(client.delete_topic(options.name));
      fmt::print("{}\n",
                 options.kafka.json ? Json::object({{"deleted", options.name}}).to_text() : options.name + " is gone.");
      return {};
  }
  return {};
}

Status group(KafkaClient& client, const GroupOptions& options) {
  switch (options.verb) {
    case GroupOptions::Verb::kList: {
      MS_ASSIGN(const std::vector<GroupInfo> groups, client.groups());
      std::vector<std::vector<std::string>> rows;
      for (const GroupInfo& info : groups) rows.push_back({info.id, info.state});
      if (options.kafka.json)
        print_json(table_json({"group", "state"}, rows));
      else
        print_rows({"group", "state"}, rows, "No groups.");
      return {};
    }
    case GroupOptions::Verb::kDescribe: {
      MS_ASSIGN(const GroupInfo info, client.group(options.name));
      if (options.kafka.json) {
        print_json(json_of(info));
        return {};
      }
      std::vector<std::vector<std::string>> offsets, members;
      for (const GroupOffset& offset : info.offsets) {
        const bool known = offset.committed.value >= 0;
        offsets.push_back({offset.topic, std::to_string(offset.partition.value),
                           known ? std::to_string(offset.committed.value) : "-", std::to_string(offset.end.value),
                           known ? std::to_string(offset.end.value - offset.committed.value) : "-"});
      }
      for (const GroupMember& member : info.members)
        members.push_back({member.id, member.client, member.host, member.assignment});
      fmt::print("{}  {}\n", coloured(Colour::kBold, info.id), info.state);
      print_rows({"topic", "partition", "committed", "end", "lag"}, offsets, "No committed offsets.");
      fmt::print("\n");
      print_rows({"member", "client", "host", "assignment"}, members, "No members.");
      return {};
    }
    case GroupOptions::Verb::kDelete:
      MS_TRY(client.delete_group(options.name));
      fmt::print("{}\n",
                 options.kafka.json ? Json::object({{"deleted", options.name}}).to_text() : options.name + " is gone.");
      return {};
  }
  return {};
}

// Text as it is; other bytes as a JSON string with U+FFFD would lie, so they are shown in hexadecimal.
std::string shown(const std::optional<std::string>& bytes) {
  if (!bytes) return "NULL";
  for (const char c : *bytes) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') {
      std::string text = "x'";
      for (const char b : *bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(b));
      return text + "'";
    }
  }
  return *bytes;
}

}  // namespace

int run_topic(const TopicOptions& options) {
  const auto client = KafkaClient::connect(options.kafka.bootstrap, options.kafka.properties);
  if (!client) return report(client.error());
  if (const Status done = topic(**client, options); !done) return report(done.error());
  return kOk;
}

int run_group(const GroupOptions& options) {
  const auto client = KafkaClient::connect(options.kafka.bootstrap, options.kafka.properties);
  if (!client) return report(client.error());
  if (const Status done = group(**client, options); !done) return report(done.error());
  return kOk;
}

int run_produce(const ProduceOptions& options) {
  const auto sender = KafkaSender::connect(options.kafka.bootstrap, options.kafka.properties);
  if (!sender) return report(sender.error());
  catch_interrupts();
  std::string line;
  while (!interrupted() && std::getline(std::cin, line)) {
    std::optional<std::string_view> key;
    std::string_view value = line;
    if (!options.key_separator.empty()) {
      const size_t at = line.find(options.key_separator);
      if (at == std::string::npos) {
        return report({ErrorCode::kInvalidArgument,
                       fmt::format("a line has no '{}': {}", options.key_separator, line.substr(0, 80)),
                       "key and value are separated by --key-separator",
                       {}});
      }
      key = value.substr(0, at);
      value = value.substr(at + options.key_separator.size());
    }
    if (const Status sent = (*sender)->send(options.topic, key, value, options.partition); !sent)
      return report(sent.error());
  }
  const auto acknowledged = (*sender)->finish();
  if (!acknowledged) return report(acknowledged.error());
  if (options.kafka.json)
    fmt::print("{}\n", Json::object({{"acknowledged", *acknowledged}}).to_text());
  else
    fmt::print(stderr, "{} {} acknowledged\n", *acknowledged, *acknowledged == 1 ? "record" : "records");
  return kOk;
}

int run_consume(const ConsumeCommandOptions& options) {
  catch_interrupts();
  const ConsumeOptions consume_options{options.topic, options.group,       options.start,           options.partition,
                                       options.count, options.stop_at_end, options.kafka.properties};
  const Status done = consume(
      options.kafka.bootstrap, consume_options,
      [&](const ConsumedRecord& record) {
        if (options.kafka.json) {
          Json::Object headers;
          for (const auto& [name, value] : record.headers) headers.emplace_back(name, value);
          fmt::print("{}\n", Json::object({{"topic", record.topic},
                                           {"partition", record.partition.value},
                                           {"offset", record.offset.value},
                                           {"timestamp", record.timestamp},
                                           {"key", record.key ? Json(*record.key) : Json()},
                                           {"value", record.value ? Json(*record.value) : Json()},
                                           {"headers", Json(std::move(headers))}})
                                 .to_text());
        } else if (options.with_keys) {
          fmt::print("{}\t{}\n", shown(record.key), shown(record.value));
        } else {
          fmt::print("{}\n", shown(record.value));
        }
        return std::fflush(stdout) == 0;
      },
      [] { return interrupted(); });
  if (!done) return report(done.error());
  return kOk;
}

}  // namespace millstream::cli
