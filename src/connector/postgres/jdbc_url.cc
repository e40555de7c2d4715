// Parsing JDBC URLs. Source of the parameters: pgjdbc's documentation, "Connecting to the Database".
#include "connector/postgres/jdbc_url.h"

#include <array>

#include "base/text.h"

namespace millstream::connector::postgres {
namespace {

struct Parameter {
  std::string_view name;
  std::string_view setting;  // libpq's; empty: see below
};
constexpr std::array<Parameter, 14> kParameters = {{
    {"user", "user"}, {"password", "password"}, {"sslmode", "sslmode"}, {"sslcert", "sslcert"}, {"sslkey", "sslkey"},
    {"sslrootcert", "sslrootcert"}, {"sslpassword", "sslpassword"}, {"ssl", ""}, {"currentSchema", ""}, {"options", "options"},
    {"connectTimeout", "connect_timeout"}, {"loginTimeout", "connect_timeout"}, {"ApplicationName", "application_name"},
    {"tcpKeepAlive", ""},
}};

// These change how the Java driver works inside and nothing that a table sees.
constexpr std::array<std::string_view, 6> kDriverOnly = {"reWriteBatchedInserts", "prepareThreshold", "defaultRowFetchSize",
                                                         "stringtype", "socketTimeout", "autosave"};

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    int value = 0;
    for (size_t j = i + 1; j <= i + 2; ++j) {
      const char c = j < text.size() ? static_cast<char>(text[j] | 0x20) : '\0';
      if (c >= '0' && c <= '9') value = value * 16 + (c - '0');
      else if (c >= 'a' && c <= 'f') value = value * 16 + (c - 'a' + 10);
      else return fail(ErrorCode::kInvalidArgument, "'url': '" + std::string(text) + "' has a '%' without two hexadecimal digits.");
    }
    out.push_back(static_cast<char>(value));
    i += 2;
  }
  return out;
}

}  // namespace

Result<Database> parse_jdbc_url(const std::string& url, const std::string& user, const std::string& password,
                                const std::function<std::optional<HostPort>(const HostPort&)>& resolve_alias) {
  constexpr std::string_view kScheme = "jdbc:postgresql:";
  const auto wrong = [&](const std::string& why) {
    // The query may hold a password, so only what stands before it is shown.
    return fail(ErrorCode::kInvalidArgument, "'url' = '" + url.substr(0, url.find('?')) + "' " + why,
                "It should look like jdbc:postgresql://host:5432/database.");
  };
  if (!url.starts_with(kScheme)) {
    if (url.starts_with("jdbc:")) {
      return fail(ErrorCode::kUnsupported, "'url' names the database driver '" + url.substr(5, url.find(':', 5) - 5) + "', which is not supported.",
                  "The jdbc connector writes to PostgreSQL: jdbc:postgresql://host:5432/database.");
    }
    return wrong("is no JDBC URL.");
  }
  Database database;
  std::string_view rest = std::string_view(url).substr(kScheme.size());
  std::string_view query;
  if (const size_t mark = rest.find('?'); mark != std::string_view::npos) {
    query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (authority.find(',') != std::string_view::npos) return wrong("names several hosts; name the one that accepts writes.");
    const size_t bracket = authority.find(']');
    const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
      const auto port = parse_integer(authority.substr(colon + 1));
      if (!port || *port < 1 || *port > 65535) return wrong("has no usable port.");
      database.port = static_cast<int>(*port);
      authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
    if (!authority.empty()) database.host = std::string(authority);
  }
  MS_ASSIGN(database.name, percent_decoded(rest));
  if (resolve_alias) {
    if (const auto real = resolve_alias({database.host, database.port})) {
      database.host = real->host;
      database.port = real->port;
    }
  }
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string key(pair.substr(0, equals));
    MS_ASSIGN(const std::string value, percent_decoded(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1)));
    const auto found = std::ranges::find(kParameters, key, &Parameter::name);
    if (found == kParameters.end()) {
      if (std::ranges::find(kDriverOnly, key) != kDriverOnly.end()) continue;
      std::vector<std::string> names;
      for (const Parameter& parameter : kParameters) names.emplace_back(parameter.name);
      const auto near = nearest(key, names);
      return fail(ErrorCode::kInvalidArgument, "'url' has the unknown parameter '" + key + "'.", near ? "Did you mean '" + *near + "'?" : "");
    }
    if (!found->setting.empty()) database.settings[std::string(found->setting)] = value;
    else if (key == "ssl" && value != "false") database.settings.try_emplace("sslmode", "verify-full");
    else if (key == "currentSchema") database.settings["options"] = "-c search_path=" + value;
    else if (key == "tcpKeepAlive") database.settings["keepalives"] = value == "false" ? "0" : "1";
  }
  if (!user.empty()) database.settings["user"] = user;
  if (!password.empty()) database.settings["password"] = password;
  if (database.name.empty()) database.name = database.settings.contains("user") ? database.settings["user"] : "postgres";
  return database;
}

}  // namespace millstream::connector::postgres
