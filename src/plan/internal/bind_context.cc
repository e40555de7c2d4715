// Positions, notes and the stack of stored texts of one binding.
#include "plan/internal/bind_context.h"

#include <algorithm>

namespace millstream::plan {

SourcePosition BindContext::locate(sql::SourceSpan span) const {
  if (mentioned_) return *mentioned_;
  // A script can be long and a statement has many spans, so the lines are found once.
  if (indexed_text_.data() != text_.data() || indexed_text_.size() != text_.size() || line_starts_.empty()) {
    indexed_text_ = text_;
    line_starts_.assign(1, 0);
    for (size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
    }
  }
  const size_t offset = std::min<size_t>(span.offset, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const size_t line = static_cast<size_t>(next - line_starts_.begin());
  int column = 1;
  for (size_t i = line_starts_[line - 1]; i < offset; ++i) {
    if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++column;  // not a continuation byte of UTF-8
  }
  return {static_cast<int>(line), column, offset, span.length};
}

std::unexpected<Error> BindContext::fail_at(sql::SourceSpan span, ErrorCode code, std::string message,
                                            std::string hint) const {
  return std::unexpected(Error{code, std::move(message), std::move(hint), locate(span)});
}

std::unexpected<Error> BindContext::unsupported(sql::SourceSpan span, std::string what, std::string hint) const {
  return fail_at(span, ErrorCode::kUnsupported, std::move(what) + " not supported yet.", std::move(hint));
}

Error BindContext::placed(Error error, sql::SourceSpan span) const {
  if (!error.position) error.position = locate(span);
  return error;
}

Result<catalog::ObjectPath> BindContext::qualify(const sql::Name& name) const {
  std::vector<std::string> parts;
  for (const sql::Identifier& part : name.parts) parts.push_back(part.text);
  if (view_database && parts.size() == 1)
    return catalog::ObjectPath{view_database->catalog, view_database->database, parts[0]};
  if (view_database && parts.size() == 2) return catalog::ObjectPath{view_database->catalog, parts[0], parts[1]};
  auto path = plan_.catalog.qualify(parts);
  if (!path) return std::unexpected(placed(path.error(), name.span));
  return path;
}

BindContext::StoredText::StoredText(BindContext& context, std::string_view text, SourcePosition mentioned)
    : context_(context),
      text_before_(context.text_),
      mentioned_before_(context.mentioned_),
      common_tables_before_(std::move(context.common_tables)) {
  context.text_ = text;
  if (!context.mentioned_) context.mentioned_ = mentioned;
  context.common_tables.clear();
}

BindContext::StoredText::~StoredText() {
  context_.text_ = text_before_;
  context_.mentioned_ = mentioned_before_;
  context_.common_tables = std::move(common_tables_before_);
}

void BindContext::note(std::string sentence) {
  if (std::ranges::find(notes_, sentence) == notes_.end()) notes_.push_back(std::move(sentence));
}

}  // namespace millstream::plan
