// Coordinator::in_background: work that may block, counted until its job is gone, whether it ran or was dropped.
#pragma once

#include <memory>

#include "stream/coordinator.h"

namespace millstream::stream {

template <typename T>
void Coordinator::in_background(std::function<T()> work, std::function<void(T)> then) {
  struct Ticket {
    explicit Ticket(Coordinator* o) : owner(o) {}
    Coordinator* owner;
    ~Ticket() {
      const std::scoped_lock lock(owner->mutex_);
      --owner->background_;
      owner->no_background_.notify_all();
    }
  };
  {
    const std::scoped_lock lock(mutex_);
    ++background_;
  }
  auto ticket = std::make_shared<Ticket>(this);
  auto shared_work = std::make_shared<std::function<T()>>(std::move(work));
  env_.executor().submit(
      [this, ticket = std::move(ticket), work = std::move(shared_work), then = std::move(then)]() mutable {
        auto result = std::make_shared<T>((*work)());
        work.reset();  // what it held (pages) goes before the coordinator hears of it
        post([then = std::move(then), result = std::move(result)] { then(std::move(*result)); });
        result.reset();
        ticket.reset();
      });
}

}  // namespace millstream::stream
