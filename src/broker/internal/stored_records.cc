// Writes and replays the broker's journal records.
#include "broker/internal/stored_records.h"

#include <fmt/format.h>

namespace millstream::broker::internal {

namespace {

template <typename Kind>
ByteWriter begin(Kind kind) {
  ByteWriter writer;
  writer.fixed(static_cast<uint8_t>(kind));
  return writer;
}

void write_optional(ByteWriter& writer, const std::optional<std::string>& text) {
  writer.fixed(static_cast<uint8_t>(text ? 1 : 0));
  if (text) writer.text(*text);
}

std::optional<std::string> read_optional(ByteReader& reader) {
  if (reader.fixed<uint8_t>() == 0) return std::nullopt;
  return std::string(reader.text());
}

Status finish(const ByteReader& reader, std::string_view what) {
  if (!reader.at_end()) return fail(ErrorCode::kCorrupt, fmt::format("a journal record of a {} is broken", what));
  return {};
}

std::unexpected<Error> unknown_kind(std::string_view what, int kind) {
  return fail(ErrorCode::kUnsupported, fmt::format("journal record kind {} of a {} is unknown", kind, what),
              "the data folder was written by a newer version");
}

}  // namespace

ByteBuffer encode(const StoredTopic& topic) {
  ByteWriter writer = begin(TopicRecord::kSet);
  writer.fixed(topic.id.high);
  writer.fixed(topic.id.low);
  writer.text(topic.name);
  writer.varint(static_cast<uint64_t>(topic.partitions));
  writer.varint(topic.overrides.size());
  for (const auto& [name, value] : topic.overrides) {
    writer.text(name);
    writer.text(value);
  }
  return writer.take();
}

ByteBuffer encode_removed(const wire::kafka::Uuid& topic) {
  ByteWriter writer = begin(TopicRecord::kRemoved);
  writer.fixed(topic.high);
  writer.fixed(topic.low);
  return writer.take();
}

ByteBuffer encode_cluster(std::string_view cluster_id) {
  ByteWriter writer = begin(TopicRecord::kCluster);
  writer.text(cluster_id);
  return writer.take();
}

ByteBuffer encode(const StoredGroup& group) {
  ByteWriter writer = begin(GroupRecord::kGroup);
  writer.text(group.id);
  writer.signed_varint(group.generation);
  writer.text(group.protocol_type);
  writer.text(group.protocol);
  writer.text(group.leader);
  writer.signed_varint(group.state_since.value);
  writer.varint(group.members.size());
  for (const StoredMember& member : group.members) {
    writer.text(member.id);
    write_optional(writer, member.instance_id);
    writer.text(member.client_id);
    writer.text(member.client_host);
    writer.signed_varint(member.session_timeout.value);
    writer.signed_varint(member.rebalance_timeout.value);
    writer.text(member.metadata);
    writer.text(member.assignment);
  }
  return writer.take();
}

ByteBuffer encode_group_removed(std::string_view group) {
  ByteWriter writer = begin(GroupRecord::kGroupRemoved);
  writer.text(group);
  return writer.take();
}

ByteBuffer encode(const StoredOffset& offset) {
  ByteWriter writer = begin(GroupRecord::kOffset);
  writer.text(offset.group);
  writer.text(offset.topic);
  writer.signed_varint(offset.partition);
  writer.signed_varint(offset.value.offset.value);
  writer.signed_varint(offset.value.leader_epoch);
  writer.text(offset.value.metadata);
  writer.signed_varint(offset.value.committed_at.value);
  return writer.take();
}

ByteBuffer encode_offset_removed(std::string_view group, std::string_view topic, int32_t partition) {
  ByteWriter writer = begin(GroupRecord::kOffsetRemoved);
  writer.text(group);
  writer.text(topic);
  writer.signed_varint(partition);
  return writer.take();
}

ByteBuffer encode_next_block(int64_t first_unused) {
  ByteWriter writer = begin(ProducerRecord::kNextBlock);
  writer.signed_varint(first_unused);
  return writer.take();
}

Status StoredContent::replay_topic(ByteSpan record) {
  ByteReader reader(record);
  const auto kind = static_cast<TopicRecord>(reader.fixed<uint8_t>());
  switch (kind) {
    case TopicRecord::kSet: {
      StoredTopic topic;
      topic.id.high = reader.fixed<uint64_t>();
      topic.id.low = reader.fixed<uint64_t>();
      topic.name = reader.text();
      topic.partitions = static_cast<int32_t>(reader.varint());
      for (uint64_t count = reader.varint(); count > 0 && reader.ok(); --count) {
        std::string name(reader.text());
        topic.overrides[std::move(name)] = reader.text();
      }
      MS_TRY(finish(reader, "topic"));
      if (topic.partitions < 1 || topic.partitions > kMaxPartitions)
        return fail(ErrorCode::kCorrupt, "a stored topic's partitions make no sense");
      topics.insert_or_assign(topic.id.to_string(), std::move(topic));
      return {};
    }
    case TopicRecord::kRemoved: {
      const wire::kafka::Uuid id{reader.fixed<uint64_t>(), reader.fixed<uint64_t>()};
      MS_TRY(finish(reader, "removed topic"));
      topics.erase(id.to_string());
      return {};
    }
    case TopicRecord::kCluster:
      cluster_id = reader.text();
      return finish(reader, "cluster");
  }
  return unknown_kind("topic", static_cast<int>(kind));
}

Status StoredContent::replay_group(ByteSpan record) {
  ByteReader reader(record);
  const auto kind = static_cast<GroupRecord>(reader.fixed<uint8_t>());
  switch (kind) {
    case GroupRecord::kOffset: {
      std::string group(reader.text());
      std::string topic(reader.text());
      const auto partition = static_cast<int32_t>(reader.signed_varint());
      CommittedOffset value;
      value.offset = Offset(reader.signed_varint());
      value.leader_epoch = static_cast<int32_t>(reader.signed_varint());
      value.metadata = reader.text();
      value.committed_at = ProcTime(reader.signed_varint());
      MS_TRY(finish(reader, "committed offset"));
      offsets[std::move(group)].insert_or_assign({std::move(topic), partition}, std::move(value));
      return {};
    }
    case GroupRecord::kOffsetRemoved: {
      const std::string group(reader.text());
      std::string topic(reader.text());
      const auto partition = static_cast<int32_t>(reader.signed_varint());
      MS_TRY(finish(reader, "removed offset"));
      const auto at = offsets.find(group);
      if (at == offsets.end()) return {};
      at->second.erase({std::move(topic), partition});
      if (at->second.empty()) offsets.erase(at);
      return {};
    }
    case GroupRecord::kGroup: {
      StoredGroup group;
      group.id = reader.text();
      group.generation = static_cast<int32_t>(reader.signed_varint());
      group.protocol_type = reader.text();
      group.protocol = reader.text();
      group.leader = reader.text();
      group.state_since = ProcTime(reader.signed_varint());
      for (uint64_t count = reader.varint(); count > 0 && reader.ok(); --count) {
        StoredMember& member = group.members.emplace_back();
        member.id = reader.text();
        member.instance_id = read_optional(reader);
        member.client_id = reader.text();
        member.client_host = reader.text();
        member.session_timeout = Millis(reader.signed_varint());
        member.rebalance_timeout = Millis(reader.signed_varint());
        member.metadata = reader.text();
        member.assignment = reader.text();
      }
      MS_TRY(finish(reader, "group"));
      groups.insert_or_assign(group.id, std::move(group));
      return {};
    }
    case GroupRecord::kGroupRemoved: {
      const std::string group(reader.text());
      MS_TRY(finish(reader, "removed group"));
      groups.erase(group);
      offsets.erase(group);
      return {};
    }
  }
  return unknown_kind("group", static_cast<int>(kind));
}

Status StoredContent::replay_producer(ByteSpan record) {
  ByteReader reader(record);
  const auto kind = static_cast<ProducerRecord>(reader.fixed<uint8_t>());
  if (kind != ProducerRecord::kNextBlock) return unknown_kind("producer", static_cast<int>(kind));
  next_producer_block = reader.signed_varint();
  return finish(reader, "producer block");
}

}  // namespace millstream::broker::internal
