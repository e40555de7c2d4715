// InitProducerId: a fresh id for idempotent producers; transactional ones are refused.
#include "base/logging.h"
#include "broker/internal/handlers.h"

namespace millstream::broker::internal {

void handle_init_producer_id(State& state, const kafka::InitProducerIdRequest& request,
                             CallPtr<kafka::InitProducerIdResponse> call) {
  if (request.transactional_id) {
    log_warning("transactional id '{}' was refused: transactions are not supported yet", *request.transactional_id);
    kafka::InitProducerIdResponse response;
    response.error_code = request.transactional_id->empty() ? kafka::KafkaError::kInvalidRequest
                                                            : kafka::KafkaError::kTransactionalIdAuthorizationFailed;
    return call->answer(response);
  }
  // Without a transactional id there is no epoch to raise: a producer that asks again gets another id.
  state.producer_ids->allocate([call = std::move(call)](Result<kafka::ProducerId> id) {
    kafka::InitProducerIdResponse response;
    if (id)
      response.producer_id = id->value;
    else
      response.error_code = kafka::KafkaError::kCoordinatorNotAvailable;
    if (!id) response.producer_epoch = -1;
    call->answer(response);
  });
}

}  // namespace millstream::broker::internal
