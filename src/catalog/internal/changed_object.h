// A copy of an immutable table or view with one thing changed that both have.
#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "catalog/catalog.h"

namespace millstream::catalog {

// `change` gets the copy by reference, a Table or a View.
template <typename Change>
[[nodiscard]] Object changed(const Object& object, Change change) {
  return std::visit(
      [&](const auto& given) -> Object {
        auto copy = *given;
        change(copy);
        return std::make_shared<const decltype(copy)>(std::move(copy));
      },
      object);
}

}  // namespace millstream::catalog
