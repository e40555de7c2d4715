// Keeps the catalog in the instance's journal: changes as JSON records of Owner::kCatalog.
#pragma once

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/catalog_store.h"
#include "journal/journal.h"

namespace millstream::catalog {

// Waits for the disk in append(): definitions are rare, and whoever made one wants to know that it will last.
// The journal must outlive it.
class JournalStore : public CatalogStore {
 public:
  explicit JournalStore(journal::Journal& journal) : journal_(journal) {}
  Status append(const Json& change) override;
  // From now on the journal's snapshots contain `catalog`, which must outlive the journal's use of it.
  void provide_snapshots_of(const Catalog& catalog);

 private:
  journal::Journal& journal_;
};

// For Journal::open's replay: applies one record of Owner::kCatalog.
[[nodiscard]] Status replay_into(Catalog& catalog, ByteSpan record);

}  // namespace millstream::catalog
