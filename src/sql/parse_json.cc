// The SQL/JSON functions, whose arguments carry clauses.
#include "sql/internal/parser_state.h"

namespace millstream::sql::internal {

// JSON_EXISTS | JSON_VALUE | JSON_QUERY (input, path [RETURNING type] [wrapper] [behaviour ON EMPTY] [.. ON ERROR])
Result<Expression> Parser::json_access(JsonAccessKind kind) {
  const size_t from = stream_.position();
  stream_.advance();
  MS_TRY(stream_.expect("("));
  MS_ASSIGN(Expression input, expression());
  MS_TRY(stream_.expect(","));
  MS_ASSIGN(Expression path, expression());
  JsonAccess node{.kind = kind,
                  .input = ExpressionBox(std::move(input)),
                  .path = ExpressionBox(std::move(path)),
                  .returning = {},
                  .on_empty = {},
                  .on_error = {}};
  if (stream_.is("PASSING", 0)) {
    return stream_.unsupported(stream_.current().span, "PASSING is not supported in JSON paths",
                               "build the path with ||");
  }
  if (kind != JsonAccessKind::kExists && stream_.accept("RETURNING")) {
    MS_ASSIGN(node.returning, type_without_suffix());
  }
  if (kind == JsonAccessKind::kQuery) {
    if (stream_.accept("WITHOUT")) {
      stream_.accept("ARRAY");
      MS_TRY(stream_.expect("WRAPPER"));
      node.wrapper = JsonWrapper::kWithout;
    } else if (stream_.accept("WITH")) {
      node.wrapper = stream_.accept("CONDITIONAL") ? JsonWrapper::kConditional : JsonWrapper::kUnconditional;
      if (node.wrapper == JsonWrapper::kUnconditional) stream_.accept("UNCONDITIONAL");
      stream_.accept("ARRAY");
      MS_TRY(stream_.expect("WRAPPER"));
    }
  }
  while (true) {
    const SourceSpan span = stream_.current().span;
    MS_ASSIGN(std::optional<JsonHandler> handler, json_behavior(kind));
    if (!handler) break;
    if (kind != JsonAccessKind::kExists) MS_TRY(stream_.expect("ON"));
    JsonHandler* target = &node.on_error;
    if (kind == JsonAccessKind::kExists) {
      MS_TRY(stream_.expect_all({"ON", "ERROR"}));
    } else if (stream_.accept("EMPTY")) {
      target = &node.on_empty;
    } else {
      MS_TRY(stream_.expect("ERROR"));
    }
    const bool out_of_order = target == &node.on_empty && node.on_error.behavior != JsonBehavior::kUnspecified;
    if (target->behavior != JsonBehavior::kUnspecified || out_of_order) {
      return stream_.fail_at(span, ErrorCode::kParse, "ON EMPTY may stand once, and ON ERROR once behind it");
    }
    *target = *std::move(handler);
  }
  MS_TRY(stream_.expect(")"));
  return make(std::move(node), from);
}

Result<std::optional<JsonHandler>> Parser::json_behavior(JsonAccessKind kind) {
  JsonHandler handler;
  if (stream_.accept("ERROR")) {
    handler.behavior = JsonBehavior::kError;
  } else if (kind == JsonAccessKind::kExists) {
    if (stream_.accept("TRUE")) {
      handler.behavior = JsonBehavior::kTrue;
    } else if (stream_.accept("FALSE")) {
      handler.behavior = JsonBehavior::kFalse;
    } else if (stream_.accept("UNKNOWN")) {
      handler.behavior = JsonBehavior::kUnknown;
    } else {
      return std::nullopt;
    }
  } else if (stream_.accept("NULL")) {
    handler.behavior = JsonBehavior::kNull;
  } else if (kind == JsonAccessKind::kValue && stream_.accept("DEFAULT")) {
    handler.behavior = JsonBehavior::kDefault;
    MS_ASSIGN(Expression value, expression());
    handler.value.emplace(std::move(value));
  } else if (kind == JsonAccessKind::kQuery && stream_.accept("EMPTY")) {
    handler.behavior = stream_.accept("ARRAY") ? JsonBehavior::kEmptyArray : JsonBehavior::kEmptyObject;
    if (handler.behavior == JsonBehavior::kEmptyObject) MS_TRY(stream_.expect("OBJECT"));
  } else {
    return std::nullopt;
  }
  return handler;
}

// NULL ON NULL | ABSENT ON NULL
Result<JsonNulls> Parser::json_nulls() {
  if (!stream_.at("NULL") && !stream_.at("ABSENT")) return JsonNulls::kUnspecified;
  const JsonNulls nulls = stream_.is("NULL", 0) ? JsonNulls::kNull : JsonNulls::kAbsent;
  stream_.advance();
  MS_TRY(stream_.expect_all({"ON", "NULL"}));
  return nulls;
}

// JSON_OBJECT([[KEY] k VALUE v | k : v], ... [nulls])
Result<Expression> Parser::json_object(bool aggregate) {
  const size_t from = stream_.position();
  stream_.advance();
  MS_TRY(stream_.expect("("));
  JsonObject node{.keys_and_values = {}, .aggregate = aggregate, .filter = {}};
  const bool only_nulls = (stream_.is("NULL", 0) || stream_.is("ABSENT", 0)) && stream_.is("ON", 1);
  if (aggregate || (!stream_.is(")", 0) && !only_nulls)) {
    do {
      // KEY is not reserved: KEY VALUE 1 has a column of that name as its key.
      if (stream_.is("KEY", 0) && !stream_.is("VALUE", 1) && !stream_.is(":", 1) && !stream_.is(".", 1))
        stream_.advance();
      MS_ASSIGN(Expression key, expression());
      if (!stream_.accept(":")) MS_TRY(stream_.expect("VALUE"));
      MS_ASSIGN(Expression value, expression());
      if (stream_.is("FORMAT", 0)) {
        return stream_.unsupported(stream_.current().span, "FORMAT JSON is not supported", "use JSON(value)");
      }
      node.keys_and_values.push_back(std::move(key));
      node.keys_and_values.push_back(std::move(value));
    } while (!aggregate && stream_.accept(","));
  }
  MS_ASSIGN(node.nulls, json_nulls());
  MS_TRY(stream_.expect(")"));
  if (aggregate) {
    MS_ASSIGN(node.filter, filter_clause());
  }
  return make(std::move(node), from);
}

Result<Expression> Parser::json_array(bool aggregate) {
  const size_t from = stream_.position();
  stream_.advance();
  MS_TRY(stream_.expect("("));
  JsonArray node{.elements = {}, .aggregate = aggregate, .filter = {}};
  const bool only_nulls = (stream_.is("NULL", 0) || stream_.is("ABSENT", 0)) && stream_.is("ON", 1);
  if (aggregate || (!stream_.is(")", 0) && !only_nulls)) {
    do {
      MS_ASSIGN(Expression element, expression());
      node.elements.push_back(std::move(element));
    } while (!aggregate && stream_.accept(","));
  }
  if (stream_.is("FORMAT", 0)) {
    return stream_.unsupported(stream_.current().span, "FORMAT JSON is not supported", "use JSON(value)");
  }
  if (aggregate && stream_.is("ORDER", 0)) {
    return stream_.unsupported(stream_.current().span, "ORDER BY is not supported in JSON_ARRAYAGG");
  }
  MS_ASSIGN(node.nulls, json_nulls());
  MS_TRY(stream_.expect(")"));
  if (aggregate) {
    MS_ASSIGN(node.filter, filter_clause());
  }
  return make(std::move(node), from);
}

}  // namespace millstream::sql::internal
