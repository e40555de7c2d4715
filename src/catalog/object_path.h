// The full name of a table, view or database: catalog, database, object.
#pragma once

#include <compare>
#include <string>

namespace millstream::catalog {

inline constexpr char kDefaultCatalog[] = "default_catalog";
inline constexpr char kDefaultDatabase[] = "default_database";

struct DatabasePath {
  std::string catalog;
  std::string database;
  auto operator<=>(const DatabasePath&) const = default;
};

struct ObjectPath {
  std::string catalog;
  std::string database;
  std::string name;

  auto operator<=>(const ObjectPath&) const = default;
  [[nodiscard]] DatabasePath parent() const { return {catalog, database}; }
  [[nodiscard]] std::string to_dotted() const { return catalog + "." + database + "." + name; }
  [[nodiscard]] std::string to_quoted() const { return "`" + catalog + "`.`" + database + "`.`" + name + "`"; }
};

}  // namespace millstream::catalog
