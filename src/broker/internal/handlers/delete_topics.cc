// DeleteTopics: by name or by id; answered when the topics are gone from the journal and the folder.
#include <atomic>
#include <deque>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

namespace {

using kafka::KafkaError;

struct Pending {
  CallPtr<kafka::DeleteTopicsResponse> call;
  struct Deletion {
    std::optional<std::string> name;
    kafka::Uuid id;
    KafkaError error = KafkaError::kNone;
    std::string message;
  };
  std::deque<Deletion> deletions;
  std::atomic<int> waiting{1};
};

void answer(Pending& pending) {
  kafka::DeleteTopicsResponse response;
  for (const auto& deletion : pending.deletions) {
    auto& out = response.responses.emplace_back();
    out.name = deletion.name ? std::optional<std::string_view>(*deletion.name) : std::nullopt;
    out.topic_id = deletion.id;
    out.error_code = deletion.error;
    if (deletion.error != KafkaError::kNone) out.error_message = deletion.message;
  }
  pending.call->answer(response);
}

}  // namespace

void handle_delete_topics(State& state, const kafka::DeleteTopicsRequest& request,
                          CallPtr<kafka::DeleteTopicsResponse> call) {
  auto pending = std::make_shared<Pending>();
  pending->call = std::move(call);
  auto add = [&](std::optional<std::string_view> name, const kafka::Uuid& id) {
    auto& deletion = pending->deletions.emplace_back();
    if (name) deletion.name = std::string(*name);
    deletion.id = id;
    const TopicPtr topic = name ? state.topics->find(*name) : state.topics->find(id);
    if (!name && id.is_zero()) {
      deletion.error = KafkaError::kInvalidRequest;
      deletion.message = "Neither topic name nor id were specified.";
    } else if (name && !id.is_zero()) {
      deletion.error = KafkaError::kInvalidRequest;
      deletion.message = "You may not specify both topic name and topic id.";
    } else if (!topic) {
      deletion.error = unknown_topic(!name);
      deletion.message = "This server does not host this topic.";
    } else {
      deletion.name = topic->name;
      deletion.id = topic->id;
    }
  };
  for (const auto& topic : request.topics) add(topic.name, topic.topic_id);
  for (const std::string_view name : request.topic_names) add(name, {});

  auto one_less = [pending] {
    if (pending->waiting.fetch_sub(1) == 1) answer(*pending);
  };
  for (auto& deletion : pending->deletions) {
    if (deletion.error != KafkaError::kNone) continue;
    ++pending->waiting;
    state.topics->remove(deletion.id, [&deletion, one_less](const Status& status) {
      if (!status) {
        deletion.error = kafka::kafka_error_of(status.error().code);
        deletion.message = status.error().to_string();
      }
      one_less();
    });
  }
  one_less();
}

}  // namespace millstream::broker::internal
