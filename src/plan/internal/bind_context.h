// What all parts of the binder share while one statement is bound: catalog, settings, positions, common tables.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "plan/logical_plan.h"
#include "plan/planner.h"
#include "sql/query.h"
#include "sql/source_span.h"

namespace millstream::plan {

// The name of a table that WITH introduced, visible in the query behind it.
struct CommonTableEntry {
  const sql::CommonTable* definition = nullptr;
  size_t visible = 0;  // how many entries of BindContext::common_tables its own query may see
};

class BindContext {
 public:
  explicit BindContext(const PlanContext& plan) : plan_(plan), text_(plan.text) {}

  [[nodiscard]] const PlanContext& plan() const { return plan_; }
  [[nodiscard]] const SessionSettings& settings() const { return plan_.settings; }
  [[nodiscard]] bool is_streaming() const { return plan_.settings.is_streaming(); }

  // Where a span is in the statement. Inside a view or a stored expression: where the statement mentions that.
  [[nodiscard]] SourcePosition locate(sql::SourceSpan span) const;
  // The words of a span, for messages.
  [[nodiscard]] std::string_view words(sql::SourceSpan span) const { return span.in(text_); }

  // An error at a span.
  [[nodiscard]] std::unexpected<Error> fail_at(sql::SourceSpan span, ErrorCode code, std::string message,
                                               std::string hint = {}) const;
  [[nodiscard]] std::unexpected<Error> unsupported(sql::SourceSpan span, std::string what, std::string hint = {}) const;
  // Gives an error without a position this one.
  [[nodiscard]] Error placed(Error error, sql::SourceSpan span) const;

  // While text that is stored elsewhere (a view's query, a computed column) is bound, its spans mean that text.
  class StoredText {
   public:
    StoredText(BindContext& context, std::string_view text, SourcePosition mentioned);
    ~StoredText();
    StoredText(const StoredText&) = delete;
    StoredText& operator=(const StoredText&) = delete;

   private:
    BindContext& context_;
    std::string_view text_before_;
    std::optional<SourcePosition> mentioned_before_;
    std::vector<CommonTableEntry> common_tables_before_;
  };

  void note(std::string sentence);
  [[nodiscard]] std::vector<std::string> take_notes() { return std::move(notes_); }

  // Completed by the current database; inside a view by the view's own.
  [[nodiscard]] Result<catalog::ObjectPath> qualify(const sql::Name& name) const;

  std::optional<catalog::DatabasePath> view_database;
  std::vector<CommonTableEntry> common_tables;
  std::vector<std::string> open_views;  // being expanded, outermost first

 private:
  const PlanContext& plan_;
  std::string_view text_;
  std::optional<SourcePosition> mentioned_;
  mutable std::string_view indexed_text_;
  mutable std::vector<uint32_t> line_starts_;  // of indexed_text_
  std::vector<std::string> notes_;
};

}  // namespace millstream::plan
