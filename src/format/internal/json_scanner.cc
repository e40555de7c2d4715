// simdjson's first stage behind JsonScanner, and the token cursor's slower steps.
#include "format/internal/json_scanner.h"

#include <simdjson.h>

#include <algorithm>

#include "format/decoder.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace millstream::format {

struct JsonScanner::Stage {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  size_t capacity = 0;
};

JsonScanner::JsonScanner() : stage_(std::make_unique<Stage>()) {}
JsonScanner::~JsonScanner() = default;

JsonScan JsonScanner::scan(std::string_view record, JsonTokens& tokens) {
  if (record.empty()) return JsonScan::kEmpty;
  if (record.size() > stage_->capacity) {
    if (record.size() >= 0xFFFFFFFFu - kDecodePadding) return JsonScan::kTooLarge;
    const size_t capacity = std::max<size_t>(record.size() * 2, 4096);
    stage_->parser.reset();
    // Depth matters to stage two only, which is never run.
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(std::min<size_t>(capacity, 0xFFFFFFFFu),
                                                                                1, stage_->parser)) {
      stage_->capacity = 0;
      return JsonScan::kTooLarge;
    }
    stage_->capacity = capacity;
  }
  const auto error = stage_->parser->stage1(reinterpret_cast<const uint8_t*>(record.data()), record.size(),
                                            simdjson::stage1_mode::regular);
  switch (error) {
    case simdjson::SUCCESS:
      break;
    case simdjson::EMPTY:
      return JsonScan::kEmpty;
    case simdjson::UTF8_ERROR:
      return JsonScan::kBadUtf8;
    case simdjson::UNCLOSED_STRING:
      return JsonScan::kOpenString;
    case simdjson::UNESCAPED_CHARS:
      return JsonScan::kControlCharacter;
    default:
      return JsonScan::kTooLarge;
  }
  tokens = JsonTokens(record, stage_->parser->structural_indexes.get(), stage_->parser->n_structural_indexes);
  return JsonScan::kOk;
}

uint32_t JsonTokens::skip_nested(uint32_t token) const {
  uint64_t kinds = 0;  // the innermost 64 levels: 1 is an object
  int depth = 0;
  for (; token < count_; ++token) {
    switch (text_[at_[token]]) {
      case '{':
      case '[':
        if (++depth > kMaxJsonDepth) return 0;
        kinds = kinds << 1 | (text_[at_[token]] == '{');
        break;
      case '}':
      case ']':
        if (depth <= 64 && (kinds & 1) != (text_[at_[token]] == '}')) return 0;
        kinds >>= 1;
        if (--depth == 0) return token + 1;
        break;
      default:
        break;
    }
  }
  return 0;
}

bool has_escape(std::string_view inside) {
#ifdef __AVX2__
  const __m256i backslash = _mm256_set1_epi8('\\');
  for (size_t i = 0; i < inside.size(); i += 32) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(inside.data() + i));
    const auto found = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, backslash)));
    if (found != 0) return i + static_cast<size_t>(__builtin_ctz(found)) < inside.size();
  }
  return false;
#else
  return inside.find('\\') != std::string_view::npos;
#endif
}

}  // namespace millstream::format
