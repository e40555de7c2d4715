// Writing dead letters into a topic of this server.
#include "connector/dead_letter/dead_letter.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/logging.h"
#include "connector/dead_letter/options.h"
#include "connector/kafka/local_epoch.h"
#include "wire/kafka/record_batch_builder.h"

namespace millstream::connector::dead_letter {
namespace {

constexpr size_t kKeptMessage = 4000;

constexpr int64_t kEpochBytes = 16 << 20;  // of letters before the source pauses

class Policy final : public stream::BadRowPolicy {
 public:
  Policy(const ConnectorParts& parts, MetricsRegistry* metrics, Options options, std::string job, std::string statement,
         std::string table)
      : parts_(parts),
        options_(std::move(options)),
        job_(std::move(job)),
        statement_(std::move(statement)),
        table_(std::move(table)) {
    if (metrics == nullptr) return;
    const auto counter = [&](std::string_view kind) {
      return &metrics->counter("millstream_bad_rows_total", "Rows refused or skipped and fields nulled by sources",
                               {{"job", job_}, {"table", table_}, {"kind", kind}});
    };
    refused_ = counter("refused");
    skipped_ = counter("skipped");
    nulled_ = counter("nulled");
  }

  Status refuse(const stream::BadRow& row) override {
    if (refused_ != nullptr) refused_->add();
    if (options_.mode == Mode::kFail) {
      std::string where;
      if (row.origin != nullptr && row.position < row.origin->offsets.size()) {
        where = " (" + row.origin->topic + "-" + std::to_string(row.origin->partition.value) + " offset " +
                std::to_string(row.origin->offsets[row.position]) + ")";
      }
      return fail(ErrorCode::kBadRow, row.message + where,
                  "'error-handling.mode' is 'fail'; with 'log' such records go to a dead-letter topic.");
    }
    return options_.mode == Mode::kIgnore ? Status{} : write("refused", {}, row);
  }

  Result<std::vector<stream::Committable>> prepare(CheckpointId) override {
    std::vector<stream::Committable> letters;
    if (!epoch_) return letters;
    MS_ASSIGN(ByteBuffer payload, epoch_->take());
    if (!payload.empty()) letters.push_back({std::string(kTarget), table_, std::move(payload)});
    return letters;
  }
  [[nodiscard]] bool is_full() const override { return epoch_ && epoch_->bytes() >= kEpochBytes; }

  void nulled(std::string_view column, const stream::BadRow& row) override {
    Counter* counter = column.empty() ? skipped_ : nulled_;
    if (counter != nullptr) counter->add();
    if (options_.mode != Mode::kLog) return;
    // The row goes on whatever happens here.
    if (Status written = write(column.empty() ? "skipped" : "nulled", column, row); !written) {
      log_at(LogLevel::kWarning, "a dead letter of table {} was not written: {}", table_, written.error().to_string());
    }
  }

 private:
  Status write(std::string_view kind, std::string_view column, const stream::BadRow& row) {
    Letter letter;
    letter.kind = kind;
    letter.job = job_;
    letter.statement = statement_;
    letter.table = table_;
    letter.operator_name = row.operator_name;
    letter.column = column;
    letter.message = std::string_view(row.message).substr(0, kKeptMessage);
    letter.code = name_of(row.code);
    if (const column::Origin* origin = row.origin; origin != nullptr) {
      letter.topic = origin->topic;
      letter.partition = origin->partition.value;
      if (row.position < origin->offsets.size()) letter.offset = origin->offsets[row.position];
      if (row.position < origin->raw_keys.size()) letter.raw_key = origin->raw_keys[row.position];
      if (row.position < origin->raw_values.size()) letter.raw_value = origin->raw_values[row.position];
    }
    if (parts_.local_topics == nullptr) {
      log_at(LogLevel::kWarning, "bad record of table {}: {} ({}, offset {})", table_, letter.message, letter.topic,
             letter.offset);
      return {};
    }
    if (!epoch_) {
      const size_t partitions = parts_.local_topics->find(options_.target).size();
      epoch_.emplace(parts_.env, options_.target, std::max<size_t>(1, partitions));
    }
    const ProcTime now = parts_.env.clock().now();
    const std::string text = to_json(letter, now);
    const std::optional<ByteSpan> key =
        letter.raw_key.data() == nullptr ? std::nullopt : std::optional(as_bytes(letter.raw_key));
    return epoch_->add(static_cast<size_t>(std::max(0, letter.partition)) % epoch_->partitions(), EventTime(now.value),
                       key, as_bytes(text));
  }

  ConnectorParts parts_;
  Options options_;
  std::string job_, statement_, table_;
  Counter* refused_ = nullptr;
  Counter* skipped_ = nullptr;
  Counter* nulled_ = nullptr;
  std::optional<kafka::LocalEpoch> epoch_;  // of this task's letters; made with the first one
};

}  // namespace

std::string to_json(const Letter& letter, ProcTime now) {
  const auto encoded = [](std::string_view bytes) -> Json {
    if (bytes.data() == nullptr) return {};
    std::string text;
    append_base64(text, bytes);
    return text;
  };
  Json document;
  document.set("kind", letter.kind);
  document.set("time", now.value);
  document.set("job", letter.job);
  document.set("statement", letter.statement);
  document.set("table", letter.table);
  document.set("operator", letter.operator_name);
  document.set("error_code", letter.code);
  document.set("message", letter.message);
  if (!letter.column.empty()) document.set("column", letter.column);
  if (letter.offset >= 0) {
    document.set("topic", letter.topic);
    document.set("partition", letter.partition);
    document.set("offset", letter.offset);
  }
  document.set("key", encoded(letter.raw_key));
  document.set("value", encoded(letter.raw_value));
  return document.to_text();
}

Result<std::unique_ptr<stream::BadRowPolicy>> make_policy(const ConnectorParts& parts, MetricsRegistry* metrics,
                                                          std::string job, std::string statement,
                                                          const plan::TableScan& scan) {
  MS_ASSIGN(Options options, Options::read(*scan.table));
  // Made now, so that the first bad record does not have to wait for it.
  if (options.mode == Mode::kLog && parts.local_topics != nullptr && parts.local_topics->find(options.target).empty()) {
    parts.local_topics->create(options.target);
  }
  return std::make_unique<Policy>(parts, metrics, std::move(options), std::move(job), std::move(statement),
                                  scan.table->name);
}

std::unique_ptr<stream::Committer> make_committer(const ConnectorParts& parts) {
  return parts.local_topics == nullptr ? nullptr : kafka::make_local_committer(*parts.local_topics);
}

Status write_refused_row(const ConnectorParts& parts, const postgres::RefusedRow& row) {
  const std::string message = row.sqlstate.empty() ? row.message : row.message + " [" + row.sqlstate + "]";
  Letter letter;
  letter.kind = "refused_by_target";
  letter.table = row.table;
  letter.operator_name = row.is_delete ? "sink, delete" : "sink";
  letter.message = std::string_view(message).substr(0, kKeptMessage);
  letter.code = name_of(ErrorCode::kBadRow);
  letter.raw_value = row.row_json;
  kafka::LocalTopics& topics = *parts.local_topics;
  const std::string topic = Options{}.target;
  auto partitions = topics.find(topic);
  if (partitions.empty()) {
    topics.create(topic);
    partitions = topics.find(topic);
  }
  if (partitions.empty()) return fail(ErrorCode::kUnavailable, "waiting for the dead-letter topic '" + topic + "'");
  const ProcTime now = parts.env.clock().now();
  wire::kafka::RecordBatchBuilder builder;
  builder.add(EventTime(now.value), std::nullopt, as_bytes(to_json(letter, now)));
  MS_ASSIGN(ByteBuffer batch, builder.finish());
  MS_ASSIGN(const log::Appended appended, partitions[0]->append(batch));
  partitions[0]->flush_to(appended.next, [](Status) {});
  return {};
}

}  // namespace millstream::connector::dead_letter
