// How the engine gets sources and sinks for the tables of a plan; connector/ implements it, slt/ extends it.
#pragma once

#include <memory>

#include "base/error.h"
#include "plan/physical_plan.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace millstream::stream {

class Connectors {
 public:
  virtual ~Connectors() = default;
  virtual Result<std::unique_ptr<Source>> make_source(const plan::TableScan& scan) = 0;
  // `input` is the schema that reaches the sink.
  virtual Result<std::unique_ptr<Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input) = 0;
};

}  // namespace millstream::stream
