// The shared catalog: every change is a JSON record that is stored first and applied second, so that replay and
// running take the same path.
#include "catalog/catalog.h"

#include "base/check.h"
#include "catalog/internal/catalog_json.h"
#include "catalog/internal/changed_object.h"

namespace millstream::catalog {
namespace {

Json path_json(const ObjectPath& path) { return Json::array({path.catalog, path.database, path.name}); }
Json path_json(const DatabasePath& path) { return Json::array({path.catalog, path.database}); }

std::string text_at(const Json& array, size_t index) {
  const auto* elements = array.if_array();
  return elements != nullptr && index < elements->size() ? (*elements)[index].string_or("") : "";
}
ObjectPath object_path(const Json& json) { return {text_at(json, 0), text_at(json, 1), text_at(json, 2)}; }
DatabasePath database_path(const Json& json) { return {text_at(json, 0), text_at(json, 1)}; }

std::unexpected<Error> no_database(const DatabasePath& path) {
  return fail(ErrorCode::kNotFound, "Database " + path.database + " does not exist in Catalog " + path.catalog + ".");
}
std::unexpected<Error> no_object(const ObjectPath& path) {
  return fail(ErrorCode::kNotFound, "Table (or view) " + path.database + "." + path.name +
                                        " does not exist in Catalog " + path.catalog + ".");
}
std::unexpected<Error> object_exists(const ObjectPath& path) {
  return fail(ErrorCode::kAlreadyExists, "Table (or view) " + path.database + "." + path.name +
                                             " already exists in Catalog " + path.catalog + ".");
}
std::unexpected<Error> no_catalog(const std::string& name) {
  return fail(ErrorCode::kNotFound, "Catalog " + name + " does not exist.");
}

}  // namespace

Catalog::Catalog(CatalogStore* store) : store_(store) { catalogs_[kDefaultCatalog][kDefaultDatabase]; }

Status Catalog::commit(const Json& change) {
  const auto stored = [&] {
    const std::lock_guard lock(mutex_);
    CHECK(apply_locked(change).has_value());
  };
  if (store_ != nullptr) return store_->append(change, stored);
  stored();
  return {};
}

const Database* Catalog::find_database(const DatabasePath& path) const {
  const auto catalog = catalogs_.find(path.catalog);
  if (catalog == catalogs_.end()) return nullptr;
  const auto database = catalog->second.find(path.database);
  return database == catalog->second.end() ? nullptr : &database->second;
}

Status Catalog::create(const ObjectPath& path, const Object& object, IfExists if_exists) {
  const std::lock_guard changing(change_mutex_);
  const Database* database = find_database(path.parent());
  if (database == nullptr) return no_database(path.parent());
  if (const auto existing = database->objects.find(path.name); existing != database->objects.end()) {
    if (if_exists == IfExists::kIgnore) return {};
    if (if_exists == IfExists::kKeepSame && to_json(existing->second).to_text() == to_json(object).to_text()) return {};
    if (if_exists != IfExists::kReplace) return object_exists(path);
  }
  return commit(Json::object({{"put", path_json(path)}, {"object", to_json(object)}}));
}

Status Catalog::replace(const ObjectPath& path, const Object& object) {
  const std::lock_guard changing(change_mutex_);
  const Database* database = find_database(path.parent());
  if (database == nullptr || !database->objects.contains(path.name)) return no_object(path);
  return commit(Json::object({{"put", path_json(path)}, {"object", to_json(object)}}));
}

Status Catalog::drop(const ObjectPath& path) {
  const std::lock_guard changing(change_mutex_);
  const Database* database = find_database(path.parent());
  if (database == nullptr || !database->objects.contains(path.name)) return no_object(path);
  return commit(Json::object({{"drop", path_json(path)}}));
}

Status Catalog::rename(const ObjectPath& from, const ObjectPath& to) {
  const std::lock_guard changing(change_mutex_);
  const Database* database = find_database(from.parent());
  if (database == nullptr || !database->objects.contains(from.name)) return no_object(from);
  if (from.parent() != to.parent()) {
    return fail(ErrorCode::kInvalidArgument, "a table cannot be renamed into another database");
  }
  if (database->objects.contains(to.name)) return object_exists(to);
  const Object object = changed(database->objects.at(from.name), [&](auto& copy) { copy.name = to.name; });
  return commit(Json::object({{"drop", path_json(from)}, {"put", path_json(to)}, {"object", to_json(object)}}));
}

Status Catalog::create_database(const DatabasePath& path, std::string comment, const Options& properties,
                                bool if_not_exists) {
  const std::lock_guard changing(change_mutex_);
  if (!catalogs_.contains(path.catalog)) return no_catalog(path.catalog);
  if (find_database(path) != nullptr) {
    if (if_not_exists) return {};
    return fail(ErrorCode::kAlreadyExists,
                "Database " + path.database + " already exists in Catalog " + path.catalog + ".");
  }
  return commit(Json::object(
      {{"put_database", path_json(path)}, {"comment", std::move(comment)}, {"properties", to_json(properties)}}));
}

Status Catalog::alter_database(const DatabasePath& path, const Options& changed) {
  const std::lock_guard changing(change_mutex_);
  const Database* database = find_database(path);
  if (database == nullptr) return no_database(path);
  Options properties = database->properties;
  for (const auto& [key, value] : changed) properties[key] = value;
  return commit(Json::object(
      {{"put_database", path_json(path)}, {"comment", database->comment}, {"properties", to_json(properties)}}));
}

Status Catalog::drop_database(const DatabasePath& path, bool if_exists, bool cascade) {
  const std::lock_guard changing(change_mutex_);
  const Database* database = find_database(path);
  if (database == nullptr) {
    if (if_exists) return {};
    return no_database(path);
  }
  if (!database->objects.empty() && !cascade) {
    return fail(ErrorCode::kConflict, "Database " + path.database + " in catalog " + path.catalog + " is not empty.",
                "drop its tables first, or add CASCADE");
  }
  return commit(Json::object({{"drop_database", path_json(path)}}));
}

Status Catalog::create_catalog(const std::string& name, bool if_not_exists) {
  const std::lock_guard changing(change_mutex_);
  if (catalogs_.contains(name)) {
    if (if_not_exists) return {};
    return fail(ErrorCode::kAlreadyExists, "Catalog " + name + " already exists.");
  }
  return commit(Json::object({{"put_catalog", name}}));
}

Status Catalog::drop_catalog(const std::string& name, bool if_exists) {
  const std::lock_guard changing(change_mutex_);
  if (!catalogs_.contains(name)) {
    if (if_exists) return {};
    return no_catalog(name);
  }
  return commit(Json::object({{"drop_catalog", name}}));
}

std::optional<Object> Catalog::find(const ObjectPath& path) const {
  const std::lock_guard lock(mutex_);
  const Database* database = find_database(path.parent());
  if (database == nullptr) return std::nullopt;
  const auto found = database->objects.find(path.name);
  if (found == database->objects.end()) return std::nullopt;
  return found->second;
}

bool Catalog::has_database(const DatabasePath& path) const {
  const std::lock_guard lock(mutex_);
  return find_database(path) != nullptr;
}

bool Catalog::has_catalog(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return catalogs_.contains(name);
}

std::vector<std::string> Catalog::catalog_names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, databases] : catalogs_) names.push_back(name);
  return names;
}

std::vector<std::string> Catalog::database_names(const std::string& catalog) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  if (const auto found = catalogs_.find(catalog); found != catalogs_.end()) {
    for (const auto& [name, database] : found->second) names.push_back(name);
  }
  return names;
}

std::optional<Database> Catalog::database(const DatabasePath& path) const {
  const std::lock_guard lock(mutex_);
  const Database* found = find_database(path);
  if (found == nullptr) return std::nullopt;
  return *found;
}

Status Catalog::apply(const Json& change) {
  const std::lock_guard changing(change_mutex_);
  const std::lock_guard lock(mutex_);
  return apply_locked(change);
}

// Every change says what is there afterwards, not what was before: a journal may replay changes over a snapshot that
// has them, and later ones, already.
Status Catalog::apply_locked(const Json& change) {
  if (!change["put"].is_null() || !change["drop"].is_null()) {
    if (!change["drop"].is_null()) {
      const ObjectPath path = object_path(change["drop"]);
      catalogs_[path.catalog][path.database].objects.erase(path.name);
    }
    if (!change["put"].is_null()) {
      const ObjectPath path = object_path(change["put"]);
      MS_ASSIGN(Object object, object_from_json(change["object"]));
      catalogs_[path.catalog][path.database].objects.insert_or_assign(path.name, std::move(object));
    }
  } else if (!change["put_database"].is_null()) {
    const DatabasePath path = database_path(change["put_database"]);
    Database& database = catalogs_[path.catalog][path.database];
    database.comment = change["comment"].string_or("");
    database.properties = options_from_json(change["properties"]);
  } else if (!change["drop_database"].is_null()) {
    const DatabasePath path = database_path(change["drop_database"]);
    catalogs_[path.catalog].erase(path.database);
  } else if (!change["put_catalog"].is_null()) {
    // A new catalog has a database to work in, as Flink's generic_in_memory catalog has.
    catalogs_[change["put_catalog"].string_or("")]["default"];
  } else if (!change["drop_catalog"].is_null()) {
    catalogs_.erase(change["drop_catalog"].string_or(""));
  } else {
    return fail(ErrorCode::kCorrupt, "the stored catalog has a change of unknown kind");
  }
  return {};
}

std::vector<Json> Catalog::to_changes() const {
  const std::lock_guard lock(mutex_);
  std::vector<Json> changes;
  if (!catalogs_.contains(kDefaultCatalog)) changes.push_back(Json::object({{"drop_catalog", kDefaultCatalog}}));
  for (const auto& [catalog, databases] : catalogs_) {
    const std::string given = catalog == kDefaultCatalog ? kDefaultDatabase : "default";
    if (catalog != kDefaultCatalog) changes.push_back(Json::object({{"put_catalog", catalog}}));
    if (!databases.contains(given)) {
      changes.push_back(Json::object({{"drop_database", path_json(DatabasePath{catalog, given})}}));
    }
    for (const auto& [name, database] : databases) {
      changes.push_back(Json::object({{"put_database", path_json(DatabasePath{catalog, name})},
                                      {"comment", database.comment},
                                      {"properties", to_json(database.properties)}}));
      for (const auto& [object_name, object] : database.objects) {
        changes.push_back(
            Json::object({{"put", path_json(ObjectPath{catalog, name, object_name})}, {"object", to_json(object)}}));
      }
    }
  }
  return changes;
}

}  // namespace millstream::catalog
