// Where the catalog's changes are kept so that they survive the process; server/ puts a journal behind it.
#pragma once

#include <functional>

#include "base/error.h"
#include "base/json.h"

namespace millstream::catalog {

class CatalogStore {
 public:
  virtual ~CatalogStore() = default;
  // Returns once the change is durable. `stored` is called before that, on any thread: when the change is durable, and
  // before the catalog is asked for its state without it. After an error it is not called. One call at a time.
  virtual Status append(const Json& change, const std::function<void()>& stored) = 0;
};

}  // namespace millstream::catalog
