// Prints topics, groups and records; sends lines.
#include "cli/kafka_command.h"

#include <fmt/format.h>

#include <iostream>

#include "base/json.h"
#include "cli/kafka_client.h"
#include "cli/record_text.h"
#include "cli/sql_command.h"
#include "cli/terminal.h"

namespace millstream::cli {
namespace {

void print(const Listing& listing, bool json, std::string_view none) {
  if (json)
    fmt::print("{}\n", listing.json().to_pretty_text());
  else if (listing.rows.empty())
    fmt::print("{}\n", none);
  else
    fmt::print("{}", listing.text());
}

void print_done(const KafkaOptions& kafka, const char* verb, const std::string& name, std::string_view sentence) {
  fmt::print("{}\n", kafka.json ? Json::object({{verb, name}}).to_text() : fmt::format("{} {}", name, sentence));
}

void print(const TopicInfo& info, bool json) {
  Listing partitions{{"partition", "begin", "end", "records"}, {}};
  for (const PartitionInfo& partition : info.partitions) {
    partitions.rows.push_back(
        {partition.id.value, partition.begin.value, partition.end.value, partition.end.value - partition.begin.value});
  }
  if (json) {
    Json::Object config;
    for (const auto& [key, value] : info.config) config.emplace_back(key, value);
    const Json described =
        Json::object({{"topic", info.name}, {"partitions", partitions.json()}, {"config", Json(std::move(config))}});
    fmt::print("{}\n", described.to_pretty_text());
    return;
  }
  fmt::print("{}\n", coloured(Colour::kBold, info.name));
  for (const auto& [key, value] : info.config) fmt::print("{} = {}\n", key, value);
  print(partitions, json, "no partitions");
}

void print(const GroupInfo& info, bool json) {
  Listing offsets{{"topic", "partition", "committed", "end", "lag"}, {}};
  for (const GroupOffset& offset : info.offsets) {
    const bool known = offset.committed.value >= 0;
    offsets.rows.push_back({offset.topic, offset.partition.value, known ? Json(offset.committed.value) : Json(),
                            offset.end.value, known ? Json(offset.end.value - offset.committed.value) : Json()});
  }
  Listing members{{"member", "client", "host", "assignment"}, {}};
  for (const GroupMember& member : info.members)
    members.rows.push_back({member.id, member.client, member.host, member.assignment});
  if (json) {
    const Json described = Json::object(
        {{"group", info.id}, {"state", info.state}, {"offsets", offsets.json()}, {"members", members.json()}});
    fmt::print("{}\n", described.to_pretty_text());
    return;
  }
  fmt::print("{}  {}\n", coloured(Colour::kBold, info.id), info.state);
  print(offsets, json, "No committed offsets.");
  fmt::print("\n");
  print(members, json, "No members.");
}

Status topic(KafkaClient& client, const TopicOptions& options) {
  const bool json = options.kafka.json;
  switch (options.verb) {
    case TopicOptions::Verb::kList: {
      MS_ASSIGN(const std::vector<TopicInfo> topics, client.topics());
      Listing listing{{"topic", "partitions"}, {}};
      for (const TopicInfo& info : topics)
        listing.rows.push_back({info.name, static_cast<int64_t>(info.partitions.size())});
      print(listing, json, "No topics. `millstream topic create NAME` makes one.");
      return {};
    }
    case TopicOptions::Verb::kDescribe: {
      MS_ASSIGN(const TopicInfo info, client.topic(options.name));
      print(info, json);
      return {};
    }
    case TopicOptions::Verb::kCreate:
      MS_TRY(client.create_topic(options.name, options.partitions, options.config));
      print_done(options.kafka, "created", options.name, "is there.");
      return {};
    case TopicOptions::Verb::kDelete:
      MS_TRY(client.delete_topic(options.name));
      print_done(options.kafka, "deleted", options.name, "is gone.");
      return {};
  }
  return {};
}

Status group(KafkaClient& client, const GroupOptions& options) {
  const bool json = options.kafka.json;
  switch (options.verb) {
    case GroupOptions::Verb::kList: {
      MS_ASSIGN(const std::vector<GroupInfo> groups, client.groups());
      Listing listing{{"group", "state"}, {}};
      for (const GroupInfo& info : groups) listing.rows.push_back({info.id, info.state});
      print(listing, json, "No groups.");
      return {};
    }
    case GroupOptions::Verb::kDescribe: {
      MS_ASSIGN(const GroupInfo info, client.group(options.name));
      print(info, json);
      return {};
    }
    case GroupOptions::Verb::kDelete:
      MS_TRY(client.delete_group(options.name));
      print_done(options.kafka, "deleted", options.name, "is gone.");
      return {};
  }
  return {};
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
  // The first one ends the input; records on their way may wait for long.
  catch_interrupts(SecondInterrupt::kEndsProcess);
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
  catch_interrupts(SecondInterrupt::kEndsProcess);
  const ConsumeOptions consume_options{options.topic, options.group,       options.start,           options.partition,
                                       options.count, options.stop_at_end, options.kafka.properties};
  const Result<ConsumeEnd> end = consume(
      options.kafka.bootstrap, consume_options,
      [&](const ConsumedRecord& record) {
        fmt::print("{}\n", options.kafka.json ? record_json(record).to_text() : record_text(record, options.with_keys));
        return std::fflush(stdout) == 0;
      },
      [] { return interrupted(); });
  if (!end) return report(end.error());
  if (*end == ConsumeEnd::kNoPartitions)
    fmt::print(stderr, "other members of the group {} hold all partitions of {}: there is nothing to read here\n",
               options.group, options.topic);
  return kOk;
}

}  // namespace millstream::cli
