// Where the catalog's changes are kept so that they survive the process; server/ puts a journal behind it.
#pragma once

#include "base/error.h"
#include "base/json.h"

namespace millstream::catalog {

class CatalogStore {
 public:
  virtual ~CatalogStore() = default;
  // Returns once the change is durable. Called with the catalog's lock held, one call at a time. A failed append
  // leaves the catalog unchanged.
  virtual Status append(const Json& change) = 0;
};

}  // namespace millstream::catalog
