// How a request is answered: once, perhaps later, from any thread, with bytes and ranges of files.
//
// The transport (server/ over net/, or a test) implements AnswerSink; the broker sees Responder.
#pragma once

#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "log/partition_log.h"

namespace millstream::broker {

using ResponsePiece = std::variant<ByteBuffer, log::FileSlice>;

// Header and body without the size in front: the head, then the pieces in order.
struct Response {
  ByteBuffer head;
  std::vector<ResponsePiece> pieces;
};

// Any thread. Exactly one of the first three is called, once.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void answer(Response response) = 0;
  virtual void no_answer() = 0;                      // the protocol answers nothing: Produce with acks=0
  virtual void close(Error why) = 0;                 // the connection cannot go on
  [[nodiscard]] virtual bool cancelled() const = 0;  // nobody waits for the answer any more
};

// The right and duty to answer one request. Move only; dropped without an answer it closes the connection.
class Responder {
 public:
  explicit Responder(std::unique_ptr<AnswerSink> sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder() {
    if (sink_) sink_->close(Error{ErrorCode::kInternal, "a request was dropped without an answer", {}, {}});
  }

  void answer(Response response) { std::exchange(sink_, nullptr)->answer(std::move(response)); }
  void no_answer() { std::exchange(sink_, nullptr)->no_answer(); }
  void close(Error why) { std::exchange(sink_, nullptr)->close(std::move(why)); }
  [[nodiscard]] bool cancelled() const { return sink_ == nullptr || sink_->cancelled(); }

 private:
  std::unique_ptr<AnswerSink> sink_;
};

}  // namespace millstream::broker
