// The permanent tables, views and databases of one Millstream instance, shared by all sessions.
//
// Any thread. Objects are immutable and handed out as shared pointers, so a plan keeps the table it was bound to.
// Each change is stored through CatalogStore before it is seen. Temporary objects and the current database belong to
// a session: session_catalog.h. Errors carry Flink's words.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "catalog/catalog_store.h"
#include "catalog/object_path.h"
#include "catalog/table.h"

namespace millstream::catalog {

using Object = std::variant<TablePtr, ViewPtr>;
[[nodiscard]] inline bool is_view(const Object& object) { return std::holds_alternative<ViewPtr>(object); }

enum class IfExists {
  kFail,
  kIgnore,
  kReplace,
  kKeepSame,  // nothing if it says the same, else kFail
};

struct Database {
  std::string comment;
  Options properties;
  std::map<std::string, Object> objects;
};

class Catalog {
 public:
  // `store` may be null (nothing is kept) and must outlive the catalog. Starts with default_catalog.default_database.
  explicit Catalog(CatalogStore* store = nullptr);

  // kAlreadyExists: "Table (or view) a.b.c already exists in Catalog a."; kNotFound: "Database b does not exist …".
  Status create(const ObjectPath& path, const Object& object, IfExists if_exists);
  // Replaces what is there (ALTER). kNotFound if nothing is.
  Status replace(const ObjectPath& path, const Object& object);
  Status drop(const ObjectPath& path);
  Status rename(const ObjectPath& from, const ObjectPath& to);
  Status create_database(const DatabasePath& path, std::string comment, const Options& properties, bool if_not_exists);
  Status alter_database(const DatabasePath& path, const Options& changed);
  // kConflict: "Database b in catalog a is not empty." unless `cascade`.
  Status drop_database(const DatabasePath& path, bool if_exists, bool cascade);
  Status create_catalog(const std::string& name, bool if_not_exists);
  Status drop_catalog(const std::string& name, bool if_exists);

  [[nodiscard]] std::optional<Object> find(const ObjectPath& path) const;
  [[nodiscard]] bool has_database(const DatabasePath& path) const;
  [[nodiscard]] bool has_catalog(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> catalog_names() const;
  [[nodiscard]] std::vector<std::string> database_names(const std::string& catalog) const;
  [[nodiscard]] std::optional<Database> database(const DatabasePath& path) const;  // a copy

  // Replay: applies a change that append() stored, without storing it again.
  Status apply(const Json& change);
  // The whole state as changes that, applied to a new catalog, give it back; for a journal's snapshot.
  [[nodiscard]] std::vector<Json> to_changes() const;

 private:
  Status commit(const Json& change);
  Status apply_locked(const Json& change);
  [[nodiscard]] const Database* find_database(const DatabasePath& path) const;

  CatalogStore* store_;
  // Changes come one at a time, each stored before it shows; readers do not wait for the disk, and the journal may ask
  // for a snapshot meanwhile. Who changes holds change_mutex_, then mutex_; whoever has either may read.
  std::mutex change_mutex_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Database>> catalogs_;
};

}  // namespace millstream::catalog
