// A table of topics as a source: what sources of this server's topics and of other clusters' have alike.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "connector/connectors.h"
#include "connector/kafka/options.h"
#include "connector/record_decoding.h"

namespace millstream::connector::kafka {

class TopicSource : public stream::Source {
 public:
  TopicSource(const plan::TableScan& scan, std::shared_ptr<const KafkaOptions> options, const ConnectorParts& parts)
      : scan_(scan), options_(std::move(options)), parts_(parts) {}

  Result<std::vector<stream::SplitState>> discover() final { return find_splits(true); }
  Result<std::vector<stream::SplitState>> discover_more() final { return find_splits(false); }
  [[nodiscard]] Millis discovery_interval() const final {
    return options_->bounded == BoundedMode::kUnbounded ? options_->discovery_interval : Millis(0);
  }
  Result<std::unique_ptr<stream::SourceReader>> make_reader() final {
    MS_ASSIGN(auto decoding, RecordDecoding::make(scan_));
    return make_reader_of(std::move(decoding));
  }

 protected:
  // Every partition of the table's topics with its first state; `fresh` as for place_split().
  virtual Result<std::vector<stream::SplitState>> find_splits(bool fresh) = 0;
  virtual std::unique_ptr<stream::SourceReader> make_reader_of(std::unique_ptr<RecordDecoding> decoding) = 0;

  const plan::TableScan scan_;
  const std::shared_ptr<const KafkaOptions> options_;
  const ConnectorParts parts_;
};

}  // namespace millstream::connector::kafka
