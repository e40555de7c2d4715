// How net's own sources reach the Asio context behind a loop thread.
#pragma once

namespace boost::asio {
class io_context;
}

namespace millstream::net {

class EventLoop;

class LoopAccess {
 public:
  static boost::asio::io_context& context(EventLoop& loop, int thread);
};

}  // namespace millstream::net
