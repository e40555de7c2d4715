// Digests, hexadecimal, Base64, URL encoding and UUIDs.
#include <openssl/evp.h>

#include <charconv>
#include <random>

#include "base/base64.h"
#include "function/internal/binding.h"
#include "function/internal/characters.h"
#include "function/internal/inference.h"
#include "function/internal/kernel.h"
#include "function/internal/tables.h"

namespace millstream::function::internal {
namespace {

using column::Type;

constexpr char kLowerDigits[] = "0123456789abcdef";
constexpr char kUpperDigits[] = "0123456789ABCDEF";

void append_hexadecimal(std::string& out, std::string_view bytes, const char* digits) {
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// --- Digests --------------------------------------------------------------------------------------------------------

std::string digest(const EVP_MD* algorithm, std::string_view text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(EVP_Digest(text.data(), text.size(), bytes, &size, algorithm, nullptr) == 1);
  std::string out;
  append_hexadecimal(out, {reinterpret_cast<const char*>(bytes), size}, kLowerDigits);
  return out;
}

template <const EVP_MD* (*algorithm)()>
void digest_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  call.rows.for_each([&](size_t i) { out[i] = call.out.add_string(digest(algorithm(), in[i].view())); });
}

void sha2_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  const Reader<int32_t> bits = argument<int32_t>(call, 1);
  StringRef* out = call.out.mutable_values<StringRef>();
  call.rows.for_each([&](size_t i) {
    const EVP_MD* algorithm = bits[i] == 224   ? EVP_sha224()
                              : bits[i] == 256 ? EVP_sha256()
                              : bits[i] == 384 ? EVP_sha384()
                              : bits[i] == 512 ? EVP_sha512()
                                               : nullptr;
    if (algorithm == nullptr)
      call.refuse(i, "Unsupported algorithm: SHA-" + std::to_string(bits[i]));
    else
      out[i] = call.out.add_string(digest(algorithm, in[i].view()));
  });
}

bool of_bytes(std::span<const Argument> arguments) { return !arguments.empty() && arguments[0].type.is_binary(); }

Result<Signature> infer_digest(std::string_view name, int bytes, std::span<const Argument> arguments) {
  return infer_by_pattern(
      {name, of_bytes(arguments) ? "x" : "s", Type::character(bytes * 2), {std::string(name) + "(<STRING>)"}},
      arguments);
}
Result<Signature> infer_md5(std::span<const Argument> a) { return infer_digest("MD5", 16, a); }
Result<Signature> infer_sha1(std::span<const Argument> a) { return infer_digest("SHA1", 20, a); }
Result<Signature> infer_sha224(std::span<const Argument> a) { return infer_digest("SHA224", 28, a); }
Result<Signature> infer_sha256(std::span<const Argument> a) { return infer_digest("SHA256", 32, a); }
Result<Signature> infer_sha384(std::span<const Argument> a) { return infer_digest("SHA384", 48, a); }
Result<Signature> infer_sha512(std::span<const Argument> a) { return infer_digest("SHA512", 64, a); }
Result<Signature> infer_sha2(std::span<const Argument> arguments) {
  return infer_by_pattern(
      {"SHA2", of_bytes(arguments) ? "xi" : "si", Type::varchar(128), {"SHA2(<STRING>, <INTEGER>)"}}, arguments);
}

// --- Numbers and text as digits -------------------------------------------------------------------------------------

void bin_kernel(KernelCall& call) {
  const Reader<int64_t> in = argument<int64_t>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  char text[64];
  call.rows.for_each([&](size_t i) {
    const auto end = std::to_chars(text, text + sizeof text, static_cast<uint64_t>(in[i]), 2).ptr;
    out[i] = call.out.add_string({text, static_cast<size_t>(end - text)});
  });
}

void hex_number_kernel(KernelCall& call) {
  const Reader<int64_t> in = argument<int64_t>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  char text[16];
  call.rows.for_each([&](size_t i) {
    auto value = static_cast<uint64_t>(in[i]);
    char* start = text + sizeof text;
    do *--start = kUpperDigits[value & 15];
    while ((value >>= 4) != 0);
    out[i] = call.out.add_string({start, static_cast<size_t>(text + sizeof text - start)});
  });
}

// out[i] = the text that f appends, or NULL if it says false.
template <typename F>
void map_text(KernelCall& call, F f) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  std::string text;
  call.rows.for_each([&](size_t i) {
    text.clear();
    if (f(in[i].view(), text))
      out[i] = call.out.add_string(text);
    else
      call.out.set_null(i);
  });
}

void hex_text_kernel(KernelCall& call) {
  map_text(call, [](std::string_view in, std::string& out) {
    append_hexadecimal(out, in, kUpperDigits);
    return true;
  });
}

// An odd number of digits has a zero in front.
bool append_from_hexadecimal(std::string_view in, std::string& out) {
  size_t at = 0;
  if (in.size() % 2 == 1) {
    const int low = digit_of(in[0]);
    if (low < 0) return false;
    out += static_cast<char>(low);
    at = 1;
  }
  for (; at < in.size(); at += 2) {
    const int high = digit_of(in[at]), low = digit_of(in[at + 1]);
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high << 4 | low);
  }
  return true;
}

void unhex_kernel(KernelCall& call) { map_text(call, append_from_hexadecimal); }

void to_base64_kernel(KernelCall& call) {
  map_text(call, [](std::string_view in, std::string& out) {
    append_base64(out, in);
    return true;
  });
}

bool append_from_base64(std::string_view in, std::string& out) {
  uint32_t bits = 0;
  int count = 0;
  while (in.ends_with('=')) in.remove_suffix(1);
  for (const char c : in) {
    int value;
    if (c >= 'A' && c <= 'Z')
      value = c - 'A';
    else if (c >= 'a' && c <= 'z')
      value = c - 'a' + 26;
    else if (c >= '0' && c <= '9')
      value = c - '0' + 52;
    else if (c == '+')
      value = 62;
    else if (c == '/')
      value = 63;
    else
      return false;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return count != 6;
}

void from_base64_kernel(KernelCall& call) {
  const Reader<StringRef> in = argument<StringRef>(call, 0);
  StringRef* out = call.out.mutable_values<StringRef>();
  std::string text;
  call.rows.for_each([&](size_t i) {
    text.clear();
    if (append_from_base64(in[i].view(), text))
      out[i] = call.out.add_string(text);
    else
      call.refuse(i, "Illegal base64 text '" + std::string(in[i].view()) + "'");
  });
}

// application/x-www-form-urlencoded, as java.net.URLEncoder writes it.
void url_encode_kernel(KernelCall& call) {
  map_text(call, [](std::string_view in, std::string& out) {
    for (const char c : in) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                         c == '-' || c == '*' || c == '_';
      if (plain)
        out += c;
      else if (c == ' ')
        out += '+';
      else {
        out += '%';
        append_hexadecimal(out, {&c, 1}, kUpperDigits);
      }
    }
    return true;
  });
}

void url_decode_kernel(KernelCall& call) {
  map_text(call, [](std::string_view in, std::string& out) {
    for (size_t i = 0; i < in.size(); ++i) {
      if (in[i] == '+') {
        out += ' ';
      } else if (in[i] == '%') {
        if (i + 2 >= in.size()) return false;
        const int high = digit_of(in[i + 1]), low = digit_of(in[i + 2]);
        if (high < 0 || low < 0) return false;
        out += static_cast<char>(high << 4 | low);
        i += 2;
      } else {
        out += in[i];
      }
    }
    return true;
  });
}

// --- UUID -----------------------------------------------------------------------------------------------------------

std::shared_ptr<void> prepare_uuid(std::span<const Argument>) {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device()};
  return std::make_shared<std::mt19937_64>(seed);
}

// Version 4 of RFC 9562.
void uuid_kernel(KernelCall& call) {
  auto& random = *static_cast<std::mt19937_64*>(call.state);
  StringRef* out = call.out.mutable_values<StringRef>();
  call.rows.for_each([&](size_t i) {
    const uint64_t words[2] = {(random() & ~uint64_t{0xf000}) | 0x4000,
                               (random() & ~(uint64_t{3} << 62)) | uint64_t{2} << 62};
    std::string text;
    for (int digit = 0; digit < 32; ++digit) {
      if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
      text += kLowerDigits[words[digit / 16] >> (60 - digit % 16 * 4) & 15];
    }
    out[i] = call.out.add_string(text);
  });
}

// --- The table ------------------------------------------------------------------------------------------------------

const Pattern kBin{"BIN", "l", Type::string(), {"BIN(<INTEGER>)"}};
const Pattern kHexNumber{"HEX", "l", Type::string(), {"HEX(<INTEGER>)", "HEX(<CHARACTER>)"}};
const Pattern kHexText{"HEX", "s", Type::string(), {"HEX(<INTEGER>)", "HEX(<CHARACTER>)"}};
const Pattern kUnhex{"UNHEX", "s", Type::bytes(), {"UNHEX(<CHARACTER>)"}};
const Pattern kToBase64{"TO_BASE64", "s", Type::string(), {"TO_BASE64(<STRING>)"}};
const Pattern kFromBase64{"FROM_BASE64", "s", Type::string(), {"FROM_BASE64(<STRING>)"}};
const Pattern kUrlEncode{"URL_ENCODE", "s", Type::string(), {"URL_ENCODE(<CHARACTER>)"}};
const Pattern kUrlDecode{"URL_DECODE", "s", Type::string(), {"URL_DECODE(<CHARACTER>)"}};

Result<Signature> infer_hex(std::span<const Argument> a) {
  return infer_by_pattern(!a.empty() && a[0].type.is_character() ? kHexText : kHexNumber, a);
}
Kernel bind_hex(const Signature& signature) {
  return signature.arguments[0].is_character() ? hex_text_kernel : hex_number_kernel;
}
Result<Signature> infer_uuid(std::span<const Argument> arguments) {
  if (!arguments.empty()) return wrong_count("UUID", "0");
  return Signature{Type::character(36).not_null(), {}};
}

constexpr std::string_view kCategory = "encodings";

const ScalarFunction kFunctions[] = {
    {.name = "MD5",
     .category = kCategory,
     .syntax = "MD5(text)",
     .sentence = "The MD5 digest as hexadecimal digits.",
     .example = "MD5('a') → 0cc175b9c0f1b6a831c399e269772661",
     .infer = infer_md5,
     .bind = bind<digest_kernel<EVP_md5>>},
    {.name = "SHA1",
     .category = kCategory,
     .syntax = "SHA1(text)",
     .sentence = "The SHA-1 digest.",
     .example = "SHA1('a') → 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8",
     .infer = infer_sha1,
     .bind = bind<digest_kernel<EVP_sha1>>},
    {.name = "SHA224",
     .category = kCategory,
     .syntax = "SHA224(text)",
     .sentence = "The SHA-224 digest.",
     .example = "SHA224('a') → abd37534c7d9a2efb9465de931cd7055ffdb8879563ae98078d6d6d5",
     .infer = infer_sha224,
     .bind = bind<digest_kernel<EVP_sha224>>},
    {.name = "SHA256",
     .category = kCategory,
     .syntax = "SHA256(text)",
     .sentence = "The SHA-256 digest.",
     .example = "SHA256('a') → ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
     .infer = infer_sha256,
     .bind = bind<digest_kernel<EVP_sha256>>},
    {.name = "SHA384",
     .category = kCategory,
     .syntax = "SHA384(text)",
     .sentence = "The SHA-384 digest.",
     .example = "CHAR_LENGTH(SHA384('a')) → 96",
     .infer = infer_sha384,
     .bind = bind<digest_kernel<EVP_sha384>>},
    {.name = "SHA512",
     .category = kCategory,
     .syntax = "SHA512(text)",
     .sentence = "The SHA-512 digest.",
     .example = "CHAR_LENGTH(SHA512('a')) → 128",
     .infer = infer_sha512,
     .bind = bind<digest_kernel<EVP_sha512>>},
    {.name = "SHA2",
     .category = kCategory,
     .syntax = "SHA2(text, bits)",
     .sentence = "The SHA-2 digest of 224, 256, 384 or 512 bits.",
     .example = "SHA2('a', 256) = SHA256('a') → true",
     .infer = infer_sha2,
     .bind = bind<sha2_kernel>},
    {.name = "BIN",
     .category = kCategory,
     .syntax = "BIN(integer)",
     .sentence = "The binary digits.",
     .example = "BIN(5) → 101",
     .infer = infer<kBin>,
     .bind = bind<bin_kernel>},
    {.name = "HEX",
     .category = kCategory,
     .syntax = "HEX(integer or text)",
     .sentence = "The hexadecimal digits of a number or of a text's bytes.",
     .example = "HEX('hello') → 68656C6C6F",
     .infer = infer_hex,
     .bind = bind_hex},
    {.name = "UNHEX",
     .category = kCategory,
     .syntax = "UNHEX(text)",
     .sentence = "The bytes of hexadecimal digits; NULL if they are none.",
     .example = "UNHEX('6869') → x'6869'",
     .infer = infer_nullable<kUnhex>,
     .bind = bind<unhex_kernel>},
    {.name = "TO_BASE64",
     .category = kCategory,
     .syntax = "TO_BASE64(text)",
     .sentence = "In Base64.",
     .example = "TO_BASE64('hello') → aGVsbG8=",
     .infer = infer<kToBase64>,
     .bind = bind<to_base64_kernel>},
    {.name = "FROM_BASE64",
     .category = kCategory,
     .syntax = "FROM_BASE64(text)",
     .sentence = "From Base64; a text that is none is refused.",
     .example = "FROM_BASE64('aGVsbG8=') → hello",
     .infer = infer<kFromBase64>,
     .bind = bind<from_base64_kernel>},
    {.name = "URL_ENCODE",
     .category = kCategory,
     .syntax = "URL_ENCODE(text)",
     .sentence = "As in a form's URL.",
     .example = "URL_ENCODE('a b&c') → a+b%26c",
     .infer = infer_nullable<kUrlEncode>,
     .bind = bind<url_encode_kernel>},
    {.name = "URL_DECODE",
     .category = kCategory,
     .syntax = "URL_DECODE(text)",
     .sentence = "From a form's URL; NULL if it is malformed.",
     .example = "URL_DECODE('a+b%26c') → \"a b&c\"",
     .infer = infer_nullable<kUrlDecode>,
     .bind = bind<url_decode_kernel>},
    {.name = "UUID",
     .category = kCategory,
     .syntax = "UUID()",
     .sentence = "A random UUID (version 4).",
     .example = "CHAR_LENGTH(UUID()) → 36",
     .infer = infer_uuid,
     .bind = bind<uuid_kernel>,
     .prepare = prepare_uuid,
     .deterministic = false},
};

}  // namespace

std::span<const ScalarFunction> encoding_functions() { return kFunctions; }

}  // namespace millstream::function::internal
