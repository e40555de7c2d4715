// DescribeLogDirs: how large partitions are.
#include <algorithm>
#include <vector>

#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_describe_log_dirs(State& state, const kafka::DescribeLogDirsRequest& request,
                              CallPtr<kafka::DescribeLogDirsResponse> call) {
  kafka::DescribeLogDirsResponse response;
  auto& result = response.results.emplace_back();
  result.log_dir = state.options.folder;
  std::vector<TopicPtr> kept;
  auto add = [&](const TopicPtr& topic, const std::vector<int32_t>* wanted) {
    kafka::DescribeLogDirsResponse::Result::Topic out;
    for (size_t i = 0; i < topic->partitions.size(); ++i) {
      if (wanted != nullptr && std::find(wanted->begin(), wanted->end(), static_cast<int32_t>(i)) == wanted->end())
        continue;
      out.partitions.push_back(
          {.partition_index = static_cast<int32_t>(i), .partition_size = topic->partitions[i]->size().value});
    }
    if (out.partitions.empty()) return;
    out.name = topic->name;
    result.topics.push_back(std::move(out));
    kept.push_back(topic);
  };
  if (!request.topics) {
    for (const TopicPtr& topic : state.topics->list()) add(topic, nullptr);
  } else {
    for (const auto& wanted : *request.topics) {
      if (const TopicPtr topic = state.topics->find(wanted.topic)) add(topic, &wanted.partitions);
    }
  }
  call->answer(response);
}

}  // namespace millstream::broker::internal
