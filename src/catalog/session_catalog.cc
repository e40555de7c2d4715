// A session's names: current catalog and database, temporary objects, and the way to the shared catalog.
#include "catalog/session_catalog.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/internal/changed_object.h"

namespace millstream::catalog {
namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = nearest(word, candidates);
  return near ? "did you mean '" + *near + "'?" : std::string();
}

Object as_temporary(const Object& object) {
  return changed(object, [](auto& copy) { copy.temporary = true; });
}

}  // namespace

SessionCatalog::SessionCatalog(Catalog& shared) : shared_(shared), current_{kDefaultCatalog, kDefaultDatabase} {}

DatabasePath SessionCatalog::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Status SessionCatalog::use_database(const DatabasePath& path) {
  if (!shared_.has_catalog(path.catalog)) {
    return fail(ErrorCode::kNotFound, "A catalog with name [" + path.catalog + "] does not exist.",
                did_you_mean(path.catalog, shared_.catalog_names()));
  }
  if (!shared_.has_database(path)) {
    return fail(ErrorCode::kNotFound,
                "A database with name [" + path.database + "] does not exist in the catalog: [" + path.catalog + "].",
                did_you_mean(path.database, shared_.database_names(path.catalog)));
  }
  const std::lock_guard lock(mutex_);
  current_ = path;
  return {};
}

Status SessionCatalog::use_catalog(const std::string& name) {
  if (!shared_.has_catalog(name)) {
    return fail(ErrorCode::kNotFound, "A catalog with name [" + name + "] does not exist.",
                did_you_mean(name, shared_.catalog_names()));
  }
  const std::vector<std::string> databases = shared_.database_names(name);
  const std::string first = name == kDefaultCatalog ? kDefaultDatabase : "default";
  const std::lock_guard lock(mutex_);
  const bool has_first = std::ranges::find(databases, first) != databases.end();
  current_ = {name, has_first || databases.empty() ? first : databases.front()};
  return {};
}

Result<ObjectPath> SessionCatalog::qualify(std::span<const std::string> parts) const {
  const DatabasePath now = current();
  switch (parts.size()) {
    case 1:
      return ObjectPath{now.catalog, now.database, parts[0]};
    case 2:
      return ObjectPath{now.catalog, parts[0], parts[1]};
    case 3:
      return ObjectPath{parts[0], parts[1], parts[2]};
    default:
      return fail(ErrorCode::kInvalidArgument, "a table has at most three names: catalog, database and table");
  }
}

Result<DatabasePath> SessionCatalog::qualify_database(std::span<const std::string> parts) const {
  switch (parts.size()) {
    case 1:
      return DatabasePath{current().catalog, parts[0]};
    case 2:
      return DatabasePath{parts[0], parts[1]};
    default:
      return fail(ErrorCode::kInvalidArgument, "a database has at most two names: catalog and database");
  }
}

std::optional<Object> SessionCatalog::find(const ObjectPath& path) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = temporary_.find(path); found != temporary_.end()) return found->second;
  }
  return shared_.find(path);
}

bool SessionCatalog::is_temporary(const ObjectPath& path) const {
  const std::lock_guard lock(mutex_);
  return temporary_.contains(path);
}

Status SessionCatalog::create(const ObjectPath& path, const Object& object, bool temporary, IfExists if_exists) {
  const std::lock_guard lock(mutex_);
  if (!temporary) {
    if (if_exists == IfExists::kFail && !made_here_.contains(path))
      if_exists = defines_anew_ ? IfExists::kReplace : IfExists::kKeepSame;
    MS_TRY(shared_.create(path, object, if_exists));
    made_here_.insert(path);
    return {};
  }
  if (temporary_.contains(path)) {
    if (if_exists == IfExists::kIgnore) return {};
    if (if_exists == IfExists::kFail) {
      return fail(ErrorCode::kAlreadyExists, "Temporary table '" + path.to_quoted() + "' already exists");
    }
  }
  temporary_.insert_or_assign(path, as_temporary(object));
  return {};
}

void SessionCatalog::define_anew(bool anew) {
  const std::lock_guard lock(mutex_);
  defines_anew_ = anew;
}

Status SessionCatalog::replace(const ObjectPath& path, const Object& object) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = temporary_.find(path); found != temporary_.end()) {
      found->second = as_temporary(object);
      return {};
    }
  }
  return shared_.replace(path, object);
}

Status SessionCatalog::drop(const ObjectPath& path, bool view, bool temporary, bool if_exists) {
  const std::string kind = view ? "view" : "table";
  const auto missing = [&](const std::string& what) {
    return fail(ErrorCode::kNotFound, what + " with identifier '" + path.to_quoted() + "' does not exist.",
                did_you_mean(path.name, names(path.parent(), view ? Kind::kViews : Kind::kTables)));
  };
  {
    const std::lock_guard lock(mutex_);
    const auto found = temporary_.find(path);
    const bool here = found != temporary_.end() && is_view(found->second) == view;
    if (temporary) {
      if (here) {
        temporary_.erase(found);
        return {};
      }
    } else if (here) {
      return fail(ErrorCode::kConflict,
                  "Temporary " + kind + " with identifier '" + path.to_quoted() +
                      "' exists. Drop it first before removing the permanent " + kind + ".",
                  std::string("DROP TEMPORARY ") + (view ? "VIEW" : "TABLE"));
    }
  }
  if (temporary) {
    if (if_exists) return {};
    return missing("Temporary " + kind);
  }
  const auto object = shared_.find(path);
  if (!object || is_view(*object) != view) {
    if (if_exists) return {};
    return missing(view ? "View" : "Table");
  }
  MS_TRY(shared_.drop(path));
  const std::lock_guard lock(mutex_);
  made_here_.erase(path);
  return {};
}

std::vector<std::string> SessionCatalog::names(const DatabasePath& path, Kind kind) const {
  const auto wanted = [&](const Object& object) {
    return kind == Kind::kAll || (kind == Kind::kViews) == is_view(object);
  };
  std::map<std::string, bool> found;
  if (const auto database = shared_.database(path)) {
    for (const auto& [name, object] : database->objects) found[name] = wanted(object);
  }
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [temporary, object] : temporary_) {
      if (temporary.parent() == path) found[temporary.name] = wanted(object);
    }
  }
  std::vector<std::string> result;
  for (const auto& [name, included] : found) {
    if (included) result.push_back(name);
  }
  return result;
}

}  // namespace millstream::catalog
