// The catalog's and the jobs' records in the instance's journal.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/catalog_store.h"
#include "job/job_record.h"
#include "journal/journal.h"

namespace millstream::server {

// Replay collects first, because the catalog is made from the store; attach() begins writing.
class JournalCatalogStore final : public catalog::CatalogStore {
 public:
  Status replay(ByteSpan record);
  [[nodiscard]] std::vector<Json> take_replayed() { return std::move(replayed_); }
  // Registers the snapshot source too. Journal and catalog outlive this; detach() ends it.
  void attach(journal::Journal& journal, const catalog::Catalog& catalog);
  void detach();
  Status append(const Json& change, const std::function<void()>& stored) override;

 private:
  std::vector<Json> replayed_;
  journal::Journal* journal_ = nullptr;
};

class JournalJobStore final : public job::JobStore {
 public:
  Status replay(ByteSpan record);
  // The last record of each job, in order of creation.
  [[nodiscard]] std::vector<job::JobRecord> records() const;
  void attach(journal::Journal& journal);
  void detach();
  Status put(const job::JobRecord& record) override;
  void forget(const std::string& id) override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, job::JobRecord> records_;
  journal::Journal* journal_ = nullptr;
};

}  // namespace millstream::server
