// The operator that runs a node of the physical plan.
#pragma once

#include <memory>
#include <mutex>

#include "plan/physical_plan.h"
#include "stream/operator.h"
#include "stream/pipeline.h"

namespace millstream::stream {

struct OperatorRequest {
  const plan::PhysicalNode& node;
  const PipelineSettings& settings;
  Sink* sink = nullptr;                       // of a TableSink node
  ResultReceiver* results = nullptr;          // of a Collect node
  std::shared_ptr<std::mutex> results_mutex;  // tasks take turns
};

// kUnsupported names what cannot be run. Scans and Values are inputs, not operators.
Result<std::unique_ptr<Operator>> make_operator(const OperatorRequest& request);

}  // namespace millstream::stream
