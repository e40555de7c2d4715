// `millstream topic|group|produce|consume`: everyday Kafka work against any broker.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace millstream::cli {

inline constexpr char kDefaultKafka[] = "127.0.0.1:9092";

struct KafkaOptions {
  std::string bootstrap = kDefaultKafka;
  std::map<std::string, std::string> properties;  // -X key=value, librdkafka's names
  bool json = false;
};

struct TopicOptions {
  enum class Verb { kList, kDescribe, kCreate, kDelete } verb = Verb::kList;
  KafkaOptions kafka;
  std::string name;
  int partitions = -1;  // the broker's default
  std::map<std::string, std::string> config;
};
int run_topic(const TopicOptions& options);

struct GroupOptions {
  enum class Verb { kList, kDescribe, kDelete } verb = Verb::kList;
  KafkaOptions kafka;
  std::string name;
};
int run_group(const GroupOptions& options);

// One record per line of standard input.
struct ProduceOptions {
  KafkaOptions kafka;
  std::string topic;
  std::string key_separator;  // empty: no keys
  int partition = -1;
};
int run_produce(const ProduceOptions& options);

struct ConsumeCommandOptions {
  KafkaOptions kafka;
  std::string topic, group;
  std::string start = "end";
  int partition = -1;
  long long count = -1;
  bool stop_at_end = false;
  bool with_keys = false;
};
int run_consume(const ConsumeCommandOptions& options);

}  // namespace millstream::cli
