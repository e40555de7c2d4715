// Makes one column from faker expressions: text is drawn and converted to the column's type.
#pragma once

#include "connector/faker/expression.h"
#include "connector/field_options.h"
#include "connector/paced_rows.h"

namespace millstream::connector::faker {

class ColumnMaker {
 public:
  virtual ~ColumnMaker() = default;
  // kBadRow for text that is no value of the type.
  [[nodiscard]] virtual Result<std::shared_ptr<column::Vector>> make(const RowSpan& span) const = 0;
};

// The maker of the column or nested field `path`. Some values are tried, so that an expression of the wrong kind is
// found at the start.
Result<std::unique_ptr<ColumnMaker>> make_column_maker(const std::string& path, const column::Type& type,
                                                       FieldOptions& options);

}  // namespace millstream::connector::faker
