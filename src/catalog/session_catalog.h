// What one session sees: the shared catalog, its own temporary objects in front of it, and its current database.
//
// Any thread (one session may plan while another statement of it runs). The shared catalog must outlive it.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"

namespace millstream::catalog {

class SessionCatalog {
 public:
  explicit SessionCatalog(Catalog& shared);

  [[nodiscard]] Catalog& shared() const { return shared_; }
  [[nodiscard]] DatabasePath current() const;
  // "A database with name [b] does not exist in the catalog: [a]."
  Status use_database(const DatabasePath& path);
  Status use_catalog(const std::string& name);

  // One to three parts, completed by the current names. Does not look whether the object exists.
  [[nodiscard]] Result<ObjectPath> qualify(std::span<const std::string> parts) const;
  [[nodiscard]] Result<DatabasePath> qualify_database(std::span<const std::string> parts) const;

  // Temporary objects first.
  [[nodiscard]] std::optional<Object> find(const ObjectPath& path) const;
  [[nodiscard]] bool is_temporary(const ObjectPath& path) const;

  // A script that is submitted again meets the tables and views of its last run. kFail is for what this session made
  // itself, as in Flink, where a session sees no other's: what another made stays if `object` says the same.
  Status create(const ObjectPath& path, const Object& object, bool temporary, IfExists if_exists);
  // From now on what another session made gives way to what says something else.
  void define_anew(bool anew);
  Status replace(const ObjectPath& path, const Object& object);
  // Drops a table or a view. `temporary`: only a temporary one. In Flink's words if it is not there, is of the other
  // kind, or hides behind a temporary object.
  Status drop(const ObjectPath& path, bool view, bool temporary, bool if_exists);

  // Sorted names in a database, temporary objects included; views too unless asked for tables or views alone.
  enum class Kind { kAll, kTables, kViews };
  [[nodiscard]] std::vector<std::string> names(const DatabasePath& path, Kind kind) const;

 private:
  Catalog& shared_;
  mutable std::mutex mutex_;
  DatabasePath current_;
  std::map<ObjectPath, Object> temporary_;
  std::set<ObjectPath> made_here_;  // of the shared catalog
  bool defines_anew_ = false;
};

}  // namespace millstream::catalog
