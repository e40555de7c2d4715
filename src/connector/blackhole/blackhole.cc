// Taking rows and dropping them, for tests of what comes before.
#include "connector/blackhole/blackhole.h"

namespace millstream::connector::blackhole {
namespace {

class BlackholeWriter final : public stream::SinkWriter {
 public:
  Status open(const stream::OperatorContext&) override { return {}; }
  Status write(const column::Batch&) override { return {}; }
  Result<std::vector<stream::Committable>> prepare(CheckpointId) override { return std::vector<stream::Committable>{}; }
};

class BlackholeSink final : public stream::Sink {
 public:
  Result<std::unique_ptr<stream::SinkWriter>> make_writer() override { return std::make_unique<BlackholeWriter>(); }
};

}  // namespace

catalog::ConnectorSpec spec() {
  catalog::ConnectorSpec spec;
  spec.name = "blackhole";
  spec.sentence = "Takes every row and keeps none.";
  spec.is_sink = true;
  spec.sink_mode = [](const catalog::Table&, catalog::ChangelogMode offered) -> Result<catalog::ChangelogMode> {
    return offered;
  };
  spec.delivery = [](const catalog::Table&) { return std::string("none (rows are dropped)"); };
  return spec;
}

Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink&, const column::Schema&, const ConnectorParts&) {
  return std::make_unique<BlackholeSink>();
}

}  // namespace millstream::connector::blackhole
