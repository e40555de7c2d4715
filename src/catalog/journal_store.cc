// Catalog changes to and from journal records.
#include "catalog/journal_store.h"

namespace millstream::catalog {

Status JournalStore::append(const Json& change) {
  return journal_.append_and_wait(journal::Owner::kCatalog, as_bytes(change.to_text()));
}

void JournalStore::provide_snapshots_of(const Catalog& catalog) {
  journal_.set_snapshot_source(journal::Owner::kCatalog,
                               [&catalog](const std::function<Status(ByteSpan)>& add) -> Status {
                                 for (const Json& change : catalog.to_changes()) {
                                   MS_TRY(add(as_bytes(change.to_text())));
                                 }
                                 return {};
                               });
}

Status replay_into(Catalog& catalog, ByteSpan record) {
  MS_ASSIGN(const Json change, Json::parse(as_text(record)));
  return catalog.apply(change);
}

}  // namespace millstream::catalog
