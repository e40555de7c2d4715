// The comparisons of tree nodes whose members' types are complete only after all of the tree is declared.
#include "sql/statement.h"

namespace millstream::sql {

bool TypeName::operator==(const TypeName&) const = default;
bool Logical::operator==(const Logical&) const = default;
bool InList::operator==(const InList&) const = default;
bool Quantified::operator==(const Quantified&) const = default;
bool CaseBranch::operator==(const CaseBranch&) const = default;
bool RowConstructor::operator==(const RowConstructor&) const = default;
bool ArrayConstructor::operator==(const ArrayConstructor&) const = default;
bool MapConstructor::operator==(const MapConstructor&) const = default;
bool MultisetConstructor::operator==(const MultisetConstructor&) const = default;
bool Call::operator==(const Call&) const = default;
bool TableArgument::operator==(const TableArgument&) const = default;
bool JsonObject::operator==(const JsonObject&) const = default;
bool JsonArray::operator==(const JsonArray&) const = default;
bool GroupingElement::operator==(const GroupingElement&) const = default;

}  // namespace millstream::sql
