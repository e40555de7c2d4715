// Positions as JSON, metadata as columns.
#include "connector/kafka/positions.h"

#include "base/json.h"
#include "base/text.h"
#include "column/value.h"
#include "connector/kafka/options.h"

namespace millstream::connector::kafka {

stream::SplitState KafkaSplit::state(bool finished) const {
  Json position;
  position.set("offset", offset);
  if (end != kNoEnd) position.set("end", end);
  return {name(), position.to_text(), finished};
}

Result<KafkaSplit> KafkaSplit::read(const stream::SplitState& state) {
  const size_t dash = state.split.rfind('-');
  const auto partition =
      dash == std::string::npos ? Result<int64_t>(0) : parse_integer(std::string_view(state.split).substr(dash + 1));
  MS_ASSIGN(const Json position, Json::parse(state.position));
  if (dash == std::string::npos || !partition || position["offset"].if_int() == nullptr) {
    return fail(ErrorCode::kCorrupt, "the position of split '" + state.split + "' cannot be read: " + state.position);
  }
  return KafkaSplit{state.split.substr(0, dash), PartitionId(static_cast<int32_t>(*partition)),
                    position["offset"].int_or(0), position["end"].int_or(kNoEnd)};
}

std::vector<column::VectorPtr> metadata_vectors(std::span<const std::string> wanted, const KafkaSplit& split,
                                                std::span<const RecordFacts> records) {
  using column::Type;
  using column::Value;
  using column::Vector;
  std::vector<column::VectorPtr> vectors;
  for (const std::string& key : wanted) {
    if (key == "topic") {
      vectors.push_back(column::make_constant_vector(Type::string().not_null(), Value(split.topic), records.size()));
    } else if (key == "partition") {
      vectors.push_back(column::make_constant_vector(Type::integer().not_null(), Value(int64_t{split.partition.value}),
                                                     records.size()));
    } else if (key == "offset") {
      auto vector = Vector::make(Type::bigint().not_null(), records.size());
      for (size_t i = 0; i < records.size(); ++i) vector->mutable_values<int64_t>()[i] = records[i].offset;
      vectors.push_back(std::move(vector));
    } else if (key == "timestamp") {
      auto vector = Vector::make(Type::timestamp_ltz(3).not_null(), records.size());
      for (size_t i = 0; i < records.size(); ++i) vector->mutable_values<int64_t>()[i] = records[i].timestamp * 1000;
      vectors.push_back(std::move(vector));
    } else if (key == "timestamp-type") {
      auto vector = Vector::make(Type::string().not_null(), records.size());
      for (size_t i = 0; i < records.size(); ++i) {
        const int8_t type = records[i].timestamp_type;
        vector->mutable_values<column::StringRef>()[i] = vector->add_string(type < 0    ? "NoTimestampType"
                                                                            : type == 0 ? "CreateTime"
                                                                                        : "LogAppendTime");
      }
      vectors.push_back(std::move(vector));
    } else if (key == "leader-epoch") {
      auto vector = Vector::make(Type::integer(), records.size());
      for (size_t i = 0; i < records.size(); ++i) {
        vector->mutable_values<int32_t>()[i] = records[i].leader_epoch;
        if (records[i].leader_epoch < 0) vector->set_null(i);
      }
      vectors.push_back(std::move(vector));
    } else {  // headers; a repeated name keeps the last value, as Flink's map does
      const Type type = Type::map(Type::string().not_null(), Type::bytes()).not_null();
      auto vector = Vector::make(type, records.size());
      std::vector<std::pair<std::string_view, std::string_view>> all;
      for (size_t i = 0; i < records.size(); ++i) {
        const size_t start = all.size();
        for (const auto& header : records[i].headers) {
          size_t at = start;
          while (at < all.size() && all[at].first != header.first) ++at;
          if (at == all.size())
            all.push_back(header);
          else
            all[at] = header;
        }
        vector->mutable_values<column::Slice>()[i] = {static_cast<uint32_t>(start),
                                                      static_cast<uint32_t>(all.size() - start)};
      }
      auto keys = Vector::make(type.key(), all.size());
      auto values = Vector::make(type.value(), all.size());
      for (size_t i = 0; i < all.size(); ++i) {
        keys->mutable_values<column::StringRef>()[i] = keys->add_string(all[i].first);
        if (all[i].second.data() == nullptr)
          values->set_null(i);
        else
          values->mutable_values<column::StringRef>()[i] = values->add_string(all[i].second);
      }
      vector->set_child(0, std::move(keys));
      vector->set_child(1, std::move(values));
      vectors.push_back(std::move(vector));
    }
  }
  return vectors;
}

}  // namespace millstream::connector::kafka
