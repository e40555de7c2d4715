// JSON records in the journal; the newest of a job counts, of the catalog all do.
#include "server/stores.h"

#include <algorithm>

#include "base/check.h"

namespace millstream::server {
Status JournalCatalogStore::replay(ByteSpan record) {
  MS_ASSIGN(Json change, Json::parse(as_text(record)));
  replayed_.push_back(std::move(change));
  return {};
}

void JournalCatalogStore::attach(journal::Journal& journal, const catalog::Catalog& catalog) {
  journal_ = &journal;
  journal.set_snapshot_source(journal::Owner::kCatalog,
                              [&catalog](const std::function<Status(ByteSpan)>& add) -> Status {
                                for (const Json& change : catalog.to_changes()) MS_TRY(add(as_bytes(change.to_text())));
                                return {};
                              });
}

void JournalCatalogStore::detach() {
  if (journal_ != nullptr) journal_->set_snapshot_source(journal::Owner::kCatalog, {});
  journal_ = nullptr;
}

Status JournalCatalogStore::append(const Json& change, const std::function<void()>& stored) {
  CHECK(journal_ != nullptr);
  return journal_->append_and_wait(journal::Owner::kCatalog, as_bytes(change.to_text()), stored);
}

Status JournalJobStore::replay(ByteSpan bytes) {
  MS_ASSIGN(const Json json, Json::parse(as_text(bytes)));
  MS_ASSIGN(job::JobRecord record, job::JobRecord::from_json(json));
  records_[record.id] = std::move(record);
  return {};
}

std::vector<job::JobRecord> JournalJobStore::records() const {
  const std::lock_guard lock(mutex_);
  std::vector<job::JobRecord> result;
  for (const auto& [id, record] : records_) result.push_back(record);
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
  return result;
}

void JournalJobStore::attach(journal::Journal& journal) {
  journal_ = &journal;
  journal.set_snapshot_source(journal::Owner::kJobs, [this](const std::function<Status(ByteSpan)>& add) -> Status {
    for (const job::JobRecord& record : records()) MS_TRY(add(as_bytes(record.to_json().to_text())));
    return {};
  });
}

void JournalJobStore::detach() {
  if (journal_ != nullptr) journal_->set_snapshot_source(journal::Owner::kJobs, {});
  journal_ = nullptr;
}

Status JournalJobStore::put(const job::JobRecord& record) {
  CHECK(journal_ != nullptr);
  return journal_->append_and_wait(journal::Owner::kJobs, as_bytes(record.to_json().to_text()), [&] {
    const std::lock_guard lock(mutex_);
    records_[record.id] = record;
  });
}

void JournalJobStore::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  records_.erase(id);
}

}  // namespace millstream::server
