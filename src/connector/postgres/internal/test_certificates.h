// An authority of the tests' own and the certificates that it signs, as PEM files in a temporary folder.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace millstream::connector::postgres {

class TestAuthority {
 public:
  struct Signed {
    std::string certificate, key;  // paths; the key is readable by its owner only
  };

  explicit TestAuthority(const std::string& name) : key_(EVP_EC_gen("P-256")) {
    std::string pattern = (std::filesystem::temp_directory_path() / "millstream_authority_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    certificate_ = make(name, key_, "CA:TRUE", {});
    write(file(), [this](FILE* out) { PEM_write_X509(out, certificate_); });
  }
  TestAuthority(const TestAuthority&) = delete;
  ~TestAuthority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // Its own certificate, for 'sslrootcert'.
  [[nodiscard]] std::string file() const { return folder_ + "/authority.pem"; }

  // Of a server that is called `alternatives` ("DNS:a,DNS:b"), or of a client that is called `name`.
  Signed sign(const std::string& name, const std::string& alternatives = {}) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = make(name, key, "CA:FALSE", alternatives);
    const std::string front = folder_ + "/" + std::to_string(++count_);
    Signed made{front + ".pem", front + ".key"};
    write(made.certificate, [&](FILE* out) { PEM_write_X509(out, certificate); });
    write(made.key, [&](FILE* out) { PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
    if (chmod(made.key.c_str(), 0600) != 0) throw std::runtime_error("chmod " + made.key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
  }

 private:
  X509* make(const std::string& name, EVP_PKEY* key, const char* constraint, const std::string& alternatives) {
    X509* made = X509_new();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), count_ + 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(certificate_ != nullptr ? certificate_ : made));
    extend(made, NID_basic_constraints, constraint);
    if (!alternatives.empty()) extend(made, NID_subject_alt_name, alternatives.c_str());
    X509_sign(made, key_, EVP_sha256());
    return made;
  }
  static void extend(X509* certificate, int what, const char* text) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, text);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <typename Write>
  static void write(const std::string& path, Write&& write) {
    FILE* out = fopen(path.c_str(), "w");
    if (out == nullptr) throw std::runtime_error("cannot write " + path);
    write(out);
    fclose(out);
  }

  EVP_PKEY* key_;
  X509* certificate_ = nullptr;
  std::string folder_;
  long count_ = 0;
};

}  // namespace millstream::connector::postgres
