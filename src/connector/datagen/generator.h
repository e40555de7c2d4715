// Makes one column of random values or of a sequence; nested columns are trees of these.
//
// Immutable; any thread. Values depend on the seed and the row's number only, except times, which are of the clock.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connector/field_options.h"
#include "connector/paced_rows.h"

namespace millstream::connector::datagen {

class Generator {
 public:
  virtual ~Generator() = default;
  [[nodiscard]] virtual std::shared_ptr<column::Vector> generate(const RowSpan& span) const = 0;
  // Rows that a sequence has; nothing for random values.
  [[nodiscard]] virtual std::optional<int64_t> rows() const { return std::nullopt; }
};

// The generator of the column or nested field `path` ("price", "buyer.first_name", "tags.element").
Result<std::unique_ptr<Generator>> make_generator(const std::string& path, const column::Type& type,
                                                  FieldOptions& options);

}  // namespace millstream::connector::datagen
