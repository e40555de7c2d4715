// Pattern matching: LIKE by segments, SIMILAR TO and the REGEXP family by RE2.
//
// RE2 has no look-around, back-references and possessive quantifiers; such a pattern is refused by name instead of
// being taken for a malformed one, which Flink answers with FALSE or NULL.
#include <re2/re2.h>

#include <map>

#include "function/internal/binding.h"
#include "function/internal/characters.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::Type;

// --- LIKE -----------------------------------------------------------------------------------------------------------

// Literal runs between percent signs; a run may hold underscores, each of which is any one character.
class LikePattern {
 public:
  static Result<LikePattern> compile(std::string_view pattern, std::string_view escape) {
    if (count_characters(escape) > 1) {
      return fail(ErrorCode::kInvalidArgument, "Invalid escape character '" + std::string(escape) + "'");
    }
    LikePattern compiled;
    Run run;
    bool any = false;
    for (size_t at = 0; at < pattern.size();) {
      const std::string_view character = character_at(pattern, at);
      at += character.size();
      if (!escape.empty() && character == escape) {
        if (at == pattern.size()) return invalid_escape(pattern, at - 1);
        const std::string_view next = character_at(pattern, at);
        if (next != "%" && next != "_" && next != escape) return invalid_escape(pattern, at - 1);
        run.text += next;
        run.wild.append(next.size(), '\0');
        at += next.size();
      } else if (character == "%") {
        if (!any) compiled.anchored_start_ = run.text.empty() ? false : true;
        any = true;
        if (!run.text.empty()) compiled.runs_.push_back(std::exchange(run, {}));
        compiled.anchored_end_ = false;
        continue;
      } else {
        run.text += character;
        run.wild.append(character.size(), character == "_" ? '\1' : '\0');
        run.has_wild = run.has_wild || character == "_";
      }
      compiled.anchored_end_ = true;
    }
    if (!run.text.empty()) compiled.runs_.push_back(std::move(run));
    compiled.whole_ = !any;
    if (compiled.whole_) compiled.anchored_start_ = true;
    return compiled;
  }

  [[nodiscard]] bool matches(std::string_view text) const {
    if (whole_) {
      if (runs_.empty()) return text.empty();
      return runs_[0].match_at(text, 0) == text.size();
    }
    size_t at = 0;
    size_t first = 0;
    size_t last = runs_.size();
    if (anchored_start_) {
      at = runs_[0].match_at(text, 0);
      if (at == std::string_view::npos) return false;
      first = 1;
    }
    if (anchored_end_) --last;
    for (size_t r = first; r < last; ++r) {
      at = runs_[r].find(text, at);
      if (at == std::string_view::npos) return false;
    }
    return !anchored_end_ || runs_.back().matches_end(text, at);
  }

 private:
  struct Run {
    std::string text;
    std::string wild;  // per byte: 1 where any character fits
    bool has_wild = false;

    // The end of the match at `at`, or npos.
    [[nodiscard]] size_t match_at(std::string_view subject, size_t at) const {
      if (!has_wild) return subject.substr(at).starts_with(text) ? at + text.size() : std::string_view::npos;
      for (size_t i = 0; i < text.size(); ++i) {
        if (at >= subject.size()) return std::string_view::npos;
        if (wild[i] != 0)
          at += character_at(subject, at).size();
        else if (subject[at++] != text[i])
          return std::string_view::npos;
      }
      return at;
    }
    [[nodiscard]] size_t find(std::string_view subject, size_t from) const {
      if (!has_wild) {
        const size_t at = subject.find(text, from);
        return at == std::string_view::npos ? at : at + text.size();
      }
      for (size_t at = from; at <= subject.size(); ++at) {
        if (at < subject.size() && is_continuation(subject[at])) continue;
        const size_t end = match_at(subject, at);
        if (end != std::string_view::npos) return end;
      }
      return std::string_view::npos;
    }
    [[nodiscard]] bool matches_end(std::string_view subject, size_t from) const {
      if (!has_wild) return subject.size() - from >= text.size() && subject.ends_with(text);
      size_t characters = 0;
      for (size_t i = 0; i < text.size(); ++i) characters += is_continuation(text[i]) ? 0 : 1;
      size_t at = subject.size();
      for (; characters > 0 && at > from; --characters) {
        do --at;
        while (at > from && is_continuation(subject[at]));
      }
      return characters == 0 && match_at(subject, at) == subject.size();
    }
  };

  static std::unexpected<Error> invalid_escape(std::string_view pattern, size_t at) {
    return fail(ErrorCode::kInvalidArgument,
                "Invalid escape sequence '" + std::string(pattern) + "', " + std::to_string(at));
  }

  std::vector<Run> runs_;
  bool whole_ = true;
  bool anchored_start_ = false;
  bool anchored_end_ = false;
};

// --- Regular expressions --------------------------------------------------------------------------------------------

struct Regex {
  std::unique_ptr<re2::RE2> expression;  // null if it is malformed
  std::string unsupported;               // why RE2 cannot do what Java can, or empty
  std::string literal;                   // the whole pattern, if it has no special characters
};

bool is_plain(std::string_view pattern) {
  return !pattern.empty() && pattern.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
}

// Java's ASCII classes by their names in RE2. POSIX brackets are no classes in Java, but lists of letters; those stay
// RE2's, which is what their writer meant.
constexpr std::pair<std::string_view, std::string_view> kJavaClasses[] = {
    {"\\p{Lower}", "[a-z]"},       {"\\p{Upper}", "[A-Z]"},        {"\\p{Alpha}", "[a-zA-Z]"},
    {"\\p{Digit}", "[0-9]"},       {"\\p{Alnum}", "[0-9a-zA-Z]"},  {"\\p{Punct}", "[[:punct:]]"},
    {"\\p{Space}", "[[:space:]]"}, {"\\p{XDigit}", "[0-9a-fA-F]"}, {"\\p{Blank}", "[ \\t]"}};

std::string with_java_classes(std::string_view pattern) {
  std::string out(pattern);
  for (const auto& [java, plain] : kJavaClasses) {
    for (size_t at = out.find(java); at != std::string::npos; at = out.find(java, at + plain.size())) {
      out.replace(at, java.size(), plain);
    }
  }
  return out;
}

Regex compile_regex(std::string_view given) {
  const std::string pattern =
      given.find("\\p{") == std::string_view::npos ? std::string(given) : with_java_classes(given);
  Regex regex;
  if (is_plain(pattern)) regex.literal = pattern;
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (compiled->ok()) {
    regex.expression = std::move(compiled);
    return regex;
  }
  const std::string& argument = compiled->error_arg();
  switch (compiled->error_code()) {
    case re2::RE2::ErrorBadPerlOp:
      regex.unsupported = "look-around and the like (" + argument + ")";
      break;
    case re2::RE2::ErrorRepeatOp:
      regex.unsupported = "possessive quantifiers (" + argument + ")";
      break;
    case re2::RE2::ErrorBadEscape:
      if (argument.size() == 2 && argument[1] >= '1' && argument[1] <= '9')
        regex.unsupported = "back-references (" + argument + ")";
      break;
    case re2::RE2::ErrorPatternTooLarge:
      regex.unsupported = "patterns of that size";
      break;
    default:
      break;
  }
  return regex;
}

std::string unsupported_message(std::string_view pattern, const Regex& regex) {
  return "The regular expression '" + std::string(pattern) + "' needs " + regex.unsupported +
         ", which is not supported";
}

// SQL's own wildcards on top of regular expressions: % is any text, _ any character but the end of a line, as in Flink;
// the whole text must match.
Result<std::string> similar_to_regex(std::string_view pattern, std::string_view escape) {
  if (count_characters(escape) > 1) {
    return fail(ErrorCode::kInvalidArgument, "Invalid escape character '" + std::string(escape) + "'");
  }
  std::string out;
  bool inside_class = false;
  for (size_t at = 0; at < pattern.size();) {
    const std::string_view character = character_at(pattern, at);
    at += character.size();
    if (!escape.empty() && character == escape) {
      if (at == pattern.size())
        return fail(ErrorCode::kInvalidArgument, "Invalid escape sequence '" + std::string(pattern) + "'");
      const std::string_view next = character_at(pattern, at);
      out += re2::RE2::QuoteMeta(re2::StringPiece(next.data(), next.size()));
      at += next.size();
    } else if (inside_class) {
      inside_class = character != "]";
      out += character;
    } else if (character == "[") {
      inside_class = true;
      out += character;
    } else if (character == "%") {
      out += "(?s:.*)";
    } else if (character == "_") {
      out += ".";
    } else if (character == "$" || character == "^" || character == "\\") {
      out += "\\";
      out += character;
    } else {
      out += character;
    }
  }
  return out;
}

// --- Compiled patterns by their text --------------------------------------------------------------------------------

struct PatternCache {
  std::map<std::string, Result<LikePattern>, std::less<>> like;
  std::map<std::string, Regex, std::less<>> regex;

  const Result<LikePattern>& get_like(std::string_view pattern, std::string_view escape) {
    std::string key(pattern);
    key += '\0';
    key += escape;
    auto found = like.find(key);
    if (found == like.end()) found = like.emplace(std::move(key), LikePattern::compile(pattern, escape)).first;
    return found->second;
  }
  const Regex& get_regex(std::string_view pattern) {
    auto found = regex.find(pattern);
    if (found == regex.end()) found = regex.emplace(std::string(pattern), compile_regex(pattern)).first;
    return found->second;
  }
};

std::shared_ptr<void> prepare_cache(std::span<const Argument>) { return std::make_shared<PatternCache>(); }

std::string_view escape_of(const KernelCall& call, size_t i) {
  return call.arguments.size() == 3 ? argument<StringRef>(call, 2)[i].view() : std::string_view();
}

void like_kernel(KernelCall& call) {
  auto& cache = *static_cast<PatternCache*>(call.state);
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  const Reader<StringRef> patterns = argument<StringRef>(call, 1);
  uint8_t* out = call.out.mutable_values<uint8_t>();
  const bool constant =
      call.arguments[1]->is_constant() && (call.arguments.size() == 2 || call.arguments[2]->is_constant());
  const Result<LikePattern>* pattern = nullptr;
  call.rows.for_each([&](size_t i) {
    if (pattern == nullptr || !constant) pattern = &cache.get_like(patterns[i].view(), escape_of(call, i));
    if (*pattern)
      out[i] = (*pattern)->matches(text[i].view()) ? 1 : 0;
    else
      call.refuse(i, pattern->error().message);
  });
}

// f(row, regex) for each row whose pattern RE2 can do; regex->expression is null if the pattern is malformed.
template <typename F>
void with_regex(KernelCall& call, size_t index, F f) {
  auto& cache = *static_cast<PatternCache*>(call.state);
  const Reader<StringRef> patterns = argument<StringRef>(call, index);
  const bool constant = call.arguments[index]->is_constant();
  const Regex* regex = nullptr;
  call.rows.for_each([&](size_t i) {
    if (regex == nullptr || !constant) regex = &cache.get_regex(patterns[i].view());
    if (regex->unsupported.empty())
      f(i, *regex);
    else
      call.refuse(i, unsupported_message(patterns[i].view(), *regex));
  });
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

void similar_kernel(KernelCall& call) {
  auto& cache = *static_cast<PatternCache*>(call.state);
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  const Reader<StringRef> patterns = argument<StringRef>(call, 1);
  uint8_t* out = call.out.mutable_values<uint8_t>();
  const bool constant =
      call.arguments[1]->is_constant() && (call.arguments.size() == 2 || call.arguments[2]->is_constant());
  const Regex* regex = nullptr;
  std::string problem;
  call.rows.for_each([&](size_t i) {
    if ((regex == nullptr && problem.empty()) || !constant) {
      problem.clear();
      const auto translated = similar_to_regex(patterns[i].view(), escape_of(call, i));
      regex = translated ? &cache.get_regex(*translated) : nullptr;
      if (!translated)
        problem = translated.error().message;
      else if (!regex->expression)
        problem = "Invalid regular expression '" + std::string(patterns[i].view()) + "'";
    }
    if (regex == nullptr || !problem.empty())
      call.refuse(i, problem);
    else
      out[i] = re2::RE2::FullMatch(piece(text[i].view()), *regex->expression) ? 1 : 0;
  });
}

void regexp_kernel(KernelCall& call) {
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  const Reader<StringRef> patterns = argument<StringRef>(call, 1);
  uint8_t* out = call.out.mutable_values<uint8_t>();
  with_regex(call, 1, [&](size_t i, const Regex& regex) {
    if (patterns[i].size == 0 || !regex.expression)
      out[i] = 0;
    else if (!regex.literal.empty())
      out[i] = text[i].view().find(regex.literal) != std::string_view::npos ? 1 : 0;
    else
      out[i] = re2::RE2::PartialMatch(piece(text[i].view()), *regex.expression) ? 1 : 0;
  });
}

// Calls f(match groups) for each match from left to right, as java.util.regex.Matcher finds them; f says whether to go
// on.
template <typename F>
void for_each_match(const re2::RE2& expression, std::string_view text, F f) {
  const int groups = expression.NumberOfCapturingGroups() + 1;
  std::vector<re2::StringPiece> found(static_cast<size_t>(groups));
  size_t at = 0;
  while (at <= text.size() &&
         expression.Match(piece(text), at, text.size(), re2::RE2::UNANCHORED, found.data(), groups)) {
    const size_t start = static_cast<size_t>(found[0].data() - text.data());
    if (!f(found)) return;
    // An empty match moves on by one character.
    at = start + found[0].size();
    if (found[0].empty()) at += at < text.size() ? character_at(text, at).size() : 1;
  }
}

void regexp_replace_kernel(KernelCall& call) {
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  const Reader<StringRef> by = argument<StringRef>(call, 2);
  StringRef* out = call.out.mutable_values<StringRef>();
  std::string result;
  with_regex(call, 1, [&](size_t i, const Regex& regex) {
    if (!regex.expression) return call.out.set_null(i);
    const std::string_view subject = text[i].view();
    result.clear();
    size_t copied = 0;
    for_each_match(*regex.expression, subject, [&](const std::vector<re2::StringPiece>& groups) {
      const auto start = static_cast<size_t>(groups[0].data() - subject.data());
      result += subject.substr(copied, start - copied);
      result += by[i].view();
      copied = start + groups[0].size();
      return true;
    });
    result += subject.substr(copied);
    out[i] = call.out.add_string(result);
  });
}

void regexp_extract_kernel(KernelCall& call) {
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  call.out.share_bytes_of(*call.arguments[0]);
  with_regex(call, 1, [&](size_t i, const Regex& regex) {
    const int32_t group = call.arguments.size() == 3 ? argument<int32_t>(call, 2)[i] : 0;
    bool found = false;
    if (regex.expression && group >= 0 && group <= regex.expression->NumberOfCapturingGroups()) {
      const std::string_view subject = text[i].view();
      for_each_match(*regex.expression, subject, [&](const std::vector<re2::StringPiece>& groups) {
        const re2::StringPiece& piece_found = groups[static_cast<size_t>(group)];
        found = piece_found.data() != nullptr;
        if (found) out[i] = StringRef(std::string_view(piece_found.data(), piece_found.size()));
        return false;
      });
    }
    if (!found) call.out.set_null(i);
  });
}

enum class Measure { kCount, kPosition };

template <Measure measure>
void regexp_measure_kernel(KernelCall& call) {
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  int32_t* out = call.out.mutable_values<int32_t>();
  with_regex(call, 1, [&](size_t i, const Regex& regex) {
    if (!regex.expression) return call.out.set_null(i);
    const std::string_view subject = text[i].view();
    int32_t result = 0;
    for_each_match(*regex.expression, subject, [&](const std::vector<re2::StringPiece>& groups) {
      if constexpr (measure == Measure::kCount) {
        ++result;
        return true;
      }
      result = static_cast<int32_t>(
                   count_characters(subject.substr(0, static_cast<size_t>(groups[0].data() - subject.data())))) +
               1;
      return false;
    });
    out[i] = result;
  });
}

void regexp_extract_all_kernel(KernelCall& call) {
  const Reader<StringRef> text = argument<StringRef>(call, 0);
  auto* slices = call.out.mutable_values<column::Slice>();
  std::vector<column::Value> elements;
  with_regex(call, 1, [&](size_t i, const Regex& regex) {
    const int32_t group = call.arguments.size() == 3 ? argument<int32_t>(call, 2)[i] : 1;
    if (!regex.expression || group < 0 || group > regex.expression->NumberOfCapturingGroups())
      return call.out.set_null(i);
    slices[i].start = static_cast<uint32_t>(elements.size());
    for_each_match(*regex.expression, text[i].view(), [&](const std::vector<re2::StringPiece>& groups) {
      const re2::StringPiece& found = groups[static_cast<size_t>(group)];
      elements.push_back(found.data() == nullptr ? column::Value()
                                                 : column::Value(std::string(found.data(), found.size())));
      return true;
    });
    slices[i].size = static_cast<uint32_t>(elements.size()) - slices[i].start;
  });
  call.out.set_child(0, make_vector(call.out.type().element(), elements));
}

// --- The table ------------------------------------------------------------------------------------------------------

Result<Signature> infer_like(std::string_view name, std::span<const Argument> arguments) {
  MS_ASSIGN(Signature signature,
            infer_by_pattern({name, "ss?s", Type::boolean(), {std::string(name) + "(<STRING>, <STRING>, <STRING>)"}},
                             arguments));
  if (arguments.size() == 3 && arguments[2].constant != nullptr && !arguments[2].constant->is_null() &&
      count_characters(arguments[2].constant->as_string()) > 1) {
    return fail(ErrorCode::kInvalidArgument, "Invalid escape character '" + arguments[2].constant->as_string() + "'");
  }
  return signature;
}
Result<Signature> infer_like_call(std::span<const Argument> arguments) { return infer_like("LIKE", arguments); }
Result<Signature> infer_similar(std::span<const Argument> arguments) { return infer_like("SIMILAR TO", arguments); }

// A literal pattern that RE2 cannot do is refused when the statement is planned.
Result<Signature> infer_regex(std::string_view name, std::string_view letters, Type result, bool nullable,
                              std::span<const Argument> arguments) {
  MS_ASSIGN(Signature signature,
            infer_by_pattern({name, letters, std::move(result), {std::string(name) + "(<CHARACTER>, <CHARACTER>, …)"}},
                             arguments));
  if (nullable) signature.result = signature.result.as_nullable();
  if (arguments[1].constant != nullptr && !arguments[1].constant->is_null()) {
    const std::string& pattern = arguments[1].constant->as_string();
    const Regex regex = compile_regex(pattern);
    if (!regex.unsupported.empty()) {
      return fail(ErrorCode::kUnsupported, unsupported_message(pattern, regex),
                  "Patterns are RE2's: github.com/google/re2/wiki/Syntax");
    }
  }
  return signature;
}
Result<Signature> infer_regexp(std::span<const Argument> a) {
  return infer_regex("REGEXP", "ss", Type::boolean(), false, a);
}
Result<Signature> infer_replace(std::span<const Argument> a) {
  return infer_regex("REGEXP_REPLACE", "sss", Type::string(), true, a);
}
Result<Signature> infer_extract(std::span<const Argument> a) {
  return infer_regex("REGEXP_EXTRACT", "ss?i", Type::string(), true, a);
}
Result<Signature> infer_substr(std::span<const Argument> a) {
  return infer_regex("REGEXP_SUBSTR", "ss", Type::string(), true, a);
}
Result<Signature> infer_count(std::span<const Argument> a) {
  return infer_regex("REGEXP_COUNT", "ss", Type::integer(), true, a);
}
Result<Signature> infer_instr(std::span<const Argument> a) {
  return infer_regex("REGEXP_INSTR", "ss", Type::integer(), true, a);
}
Result<Signature> infer_extract_all(std::span<const Argument> a) {
  return infer_regex("REGEXP_EXTRACT_ALL", "ss?i", Type::array(Type::string()), true, a);
}

constexpr std::string_view kCategory = "patterns";

const ScalarFunction kFunctions[] = {
    {.name = "LIKE",
     .category = kCategory,
     .syntax = "text LIKE pattern [ESCAPE character]",
     .sentence = "Whether the whole text fits: % is any text, _ any character. There is no escape character unless one "
                 "is given.",
     .example = "'hello' LIKE 'h%o' → true",
     .infer = infer_like_call,
     .bind = bind<like_kernel>,
     .prepare = prepare_cache},
    {.name = "SIMILAR TO",
     .category = kCategory,
     .syntax = "text SIMILAR TO pattern [ESCAPE character]",
     .sentence = "LIKE with | * + ? {n} ( ) and [ ] as in regular expressions.",
     .example = "'abc' SIMILAR TO 'a(b|c)+' → true",
     .infer = infer_similar,
     .bind = bind<similar_kernel>,
     .prepare = prepare_cache},
    {.name = "REGEXP",
     .category = kCategory,
     .syntax = "REGEXP(text, pattern)",
     .sentence = "Whether the pattern occurs; FALSE if it is empty or malformed.",
     .example = "REGEXP('abc', '^ab') → true",
     .infer = infer_regexp,
     .bind = bind<regexp_kernel>,
     .prepare = prepare_cache},
    {.name = "REGEXP_REPLACE",
     .category = kCategory,
     .syntax = "REGEXP_REPLACE(text, pattern, by)",
     .sentence = "Every match replaced; the replacement is taken as it is.",
     .example = "REGEXP_REPLACE('a1b22', '[0-9]+', '#') → a#b#",
     .infer = infer_replace,
     .bind = bind<regexp_replace_kernel>,
     .prepare = prepare_cache},
    {.name = "REGEXP_EXTRACT",
     .category = kCategory,
     .syntax = "REGEXP_EXTRACT(text, pattern [, group])",
     .sentence = "The first match, or one of its groups; NULL if there is none.",
     .example = "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2) → bar",
     .infer = infer_extract,
     .bind = bind<regexp_extract_kernel>,
     .prepare = prepare_cache},
    {.name = "REGEXP_SUBSTR",
     .category = kCategory,
     .syntax = "REGEXP_SUBSTR(text, pattern)",
     .sentence = "The first match; NULL if there is none.",
     .example = "REGEXP_SUBSTR('ab12c', '[0-9]+') → 12",
     .infer = infer_substr,
     .bind = bind<regexp_extract_kernel>,
     .prepare = prepare_cache},
    {.name = "REGEXP_COUNT",
     .category = kCategory,
     .syntax = "REGEXP_COUNT(text, pattern)",
     .sentence = "How often the pattern matches.",
     .example = "REGEXP_COUNT('a1b22c3', '[0-9]') → 4",
     .infer = infer_count,
     .bind = bind<regexp_measure_kernel<Measure::kCount>>,
     .prepare = prepare_cache},
    {.name = "REGEXP_INSTR",
     .category = kCategory,
     .syntax = "REGEXP_INSTR(text, pattern)",
     .sentence = "Where the first match begins, from 1; 0 if there is none.",
     .example = "REGEXP_INSTR('ab12', '[0-9]') → 3",
     .infer = infer_instr,
     .bind = bind<regexp_measure_kernel<Measure::kPosition>>,
     .prepare = prepare_cache},
    {.name = "REGEXP_EXTRACT_ALL",
     .category = kCategory,
     .syntax = "REGEXP_EXTRACT_ALL(text, pattern [, group])",
     .sentence = "Group 1 (or the one given) of every match; NULL if the pattern has no such group.",
     .example = "REGEXP_EXTRACT_ALL('a1b22', '([0-9]+)') → [\"1\",\"22\"]",
     .infer = infer_extract_all,
     .bind = bind<regexp_extract_all_kernel>,
     .prepare = prepare_cache},
};

}  // namespace

std::span<const ScalarFunction> pattern_functions() { return kFunctions; }

}  // namespace millstream::function::internal
