// The connector's spec, and the choice between this process's log and another cluster.
#include "connector/kafka/kafka.h"

#include "connector/kafka/local_sink.h"
#include "connector/kafka/local_source.h"
#include "connector/kafka/local_topics.h"
#include "connector/kafka/options.h"
#include "connector/kafka/remote_sink.h"
#include "connector/kafka/remote_source.h"
#include "connector/record_decoding.h"

namespace millstream::connector::kafka {
namespace {

bool is_local(const LocalTopics* topics, const std::string& servers) {
  return topics != nullptr && topics->is_this_server(servers);
}

}  // namespace

catalog::ConnectorSpec spec(const ConnectorParts& parts) {
  catalog::ConnectorSpec spec;
  spec.name = "kafka";
  spec.sentence = "Topics of this server, read and written directly, and of any other Kafka cluster.";
  spec.is_source = true;
  spec.is_sink = true;
  spec.needs_format = true;
  spec.options = option_definitions();
  spec.metadata = metadata_definitions();
  spec.validate = [](const catalog::Table& table, bool as_sink) -> Status {
    MS_TRY(check_key_options(table));
    MS_TRY(KafkaOptions::read(table, as_sink));
    return {};
  };
  spec.is_bounded = [](const catalog::Table& table) {
    return table.option_or("scan.bounded.mode", "unbounded") != "unbounded";
  };
  spec.delivery = [topics = parts.local_topics](const catalog::Table& table) -> std::string {
    const std::string wanted = table.option_or("sink.delivery-guarantee", "");
    if (!is_local(topics, table.option_or("properties.bootstrap.servers", "")))
      return "at-least-once (a topic of another cluster; records show at each checkpoint)";
    if (wanted == "at-least-once" || wanted == "none")
      return "at-least-once (by sink.delivery-guarantee; records show at once)";
    return "exactly-once (a topic of this server; records show at each checkpoint)";
  };
  return spec;
}

Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan, const ConnectorParts& parts) {
  MS_ASSIGN(KafkaOptions options, KafkaOptions::read(*scan.table, false));
  if (is_local(parts.local_topics, options.bootstrap_servers))
    return make_local_source(scan, std::move(options), parts);
  return make_remote_source(scan, std::move(options), parts);
}

Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input,
                                                const ConnectorParts& parts) {
  MS_ASSIGN(KafkaOptions options, KafkaOptions::read(*sink.table, true));
  if (is_local(parts.local_topics, options.bootstrap_servers))
    return make_local_sink(sink, input, std::move(options), parts);
  return make_remote_sink(sink, input, std::move(options), parts);
}

}  // namespace millstream::connector::kafka
