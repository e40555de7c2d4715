// DescribeConfigs: settings of topics and of this broker, all or those named.
#include <algorithm>
#include <deque>

#include "broker/internal/config_view.h"
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using kafka::KafkaError;
using Request = kafka::DescribeConfigsRequest;
using Response = kafka::DescribeConfigsResponse;

constexpr int8_t kTopicResource = 2;
constexpr int8_t kBrokerResource = 4;

struct Texts {
  std::deque<std::string> kept;
  std::string_view keep(std::string text) { return kept.emplace_back(std::move(text)); }
};

void add(Response::Result& result, const Request& request, const Request::Resource& resource,
         std::vector<ConfigView> views, Texts& texts) {
  for (ConfigView& view : views) {
    if (resource.configuration_keys &&
        std::find(resource.configuration_keys->begin(), resource.configuration_keys->end(), view.name) ==
            resource.configuration_keys->end()) {
      continue;
    }
    auto& out = result.configs.emplace_back();
    out.name = view.name;
    out.value = texts.keep(view.value);
    out.read_only = view.read_only;
    out.config_source = static_cast<int8_t>(view.source);
    out.config_type = static_cast<int8_t>(view.type);
    if (request.include_documentation)
      out.documentation = view.documentation;
    else
      out.documentation.reset();
    if (!request.include_synonyms) continue;
    if (view.source == ConfigSource::kTopic)
      out.synonyms.push_back({.name = view.name, .value = out.value, .source = static_cast<int8_t>(view.source)});
    const ConfigSource origin =
        view.source == ConfigSource::kStaticBroker ? ConfigSource::kStaticBroker : ConfigSource::kDefault;
    out.synonyms.push_back({.name = view.broker_name.empty() ? view.name : view.broker_name,
                            .value = texts.keep(std::move(view.default_value)),
                            .source = static_cast<int8_t>(origin)});
  }
}

}  // namespace

void handle_describe_configs(State& state, const Request& request, CallPtr<Response> call) {
  Response response;
  Texts texts;
  for (const auto& resource : request.resources) {
    Response::Result& result = response.results.emplace_back();
    result.resource_type = resource.resource_type;
    result.resource_name = resource.resource_name;
    result.error_message = "";
    auto refuse = [&](KafkaError error, std::string message) {
      result.error_code = error;
      result.error_message = texts.keep(std::move(message));
    };
    if (resource.resource_type == kTopicResource) {
      const TopicPtr topic = state.topics->find(resource.resource_name);
      if (topic)
        add(result, request, resource, topic_config_views(topic->overrides, state.options), texts);
      else if (!log::check_topic_name(resource.resource_name))
        refuse(KafkaError::kInvalidTopicException, "the topic name is not valid");
      else
        refuse(KafkaError::kUnknownTopicOrPartition, "This server does not host this topic.");
    } else if (resource.resource_type == kBrokerResource) {
      if (!resource.resource_name.empty() && resource.resource_name != std::to_string(kNodeId)) {
        refuse(KafkaError::kInvalidRequest, "there is one broker, number " + std::to_string(kNodeId));
        continue;
      }
      // Without a name it asks for settings of the whole cluster that were changed at run time; there are none.
      const State::Address address = state.advertised();
      if (!resource.resource_name.empty())
        add(result, request, resource, broker_config_views(state.options, address.host, address.port), texts);
    } else {
      refuse(KafkaError::kInvalidRequest, "settings exist of topics (2) and brokers (4)");
    }
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal
