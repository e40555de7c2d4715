// Taking a JDBC URL apart; each parameter has one meaning here or is refused.
#include "connector/postgres/internal/jdbc_url.h"

#include <algorithm>

#include "base/text.h"

namespace millstream::connector::postgres {
namespace {

constexpr std::string_view kPrefix = "jdbc:postgresql:";

std::unexpected<Error> bad_url(std::string message, std::string hint = {}) {
  return fail(ErrorCode::kInvalidArgument, "option 'url': " + std::move(message), std::move(hint));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return bad_url("a % is not followed by two hexadecimal digits", "write a percent sign as %25");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

enum class Meaning {
  kUser,
  kPassword,
  kSchema,
  kConnectSeconds,
  kSsl,            // true: verify-full unless there is an sslmode, as the driver has it
  kLibpq,          // handed on under `libpq`
  kBoolean01,      // true or false, handed on as 1 or 0
  kSocketSeconds,  // milliseconds of libpq's tcp_user_timeout
  kServerType,
  kNoEffect,  // concerns how the Java driver sends statements, which is not how rows are sent here
};
struct Parameter {
  std::string_view name;
  Meaning meaning;
  std::string_view libpq = {};
};
constexpr Parameter kParameters[] = {
    {"user", Meaning::kUser},
    {"password", Meaning::kPassword},
    {"currentSchema", Meaning::kSchema},
    {"connectTimeout", Meaning::kConnectSeconds},
    {"loginTimeout", Meaning::kConnectSeconds},
    {"socketTimeout", Meaning::kSocketSeconds, "tcp_user_timeout"},
    {"ssl", Meaning::kSsl, "sslmode"},
    {"sslmode", Meaning::kLibpq, "sslmode"},
    {"sslrootcert", Meaning::kLibpq, "sslrootcert"},
    {"sslcert", Meaning::kLibpq, "sslcert"},
    {"sslkey", Meaning::kLibpq, "sslkey"},
    {"sslpassword", Meaning::kLibpq, "sslpassword"},
    {"ApplicationName", Meaning::kLibpq, "application_name"},
    {"options", Meaning::kLibpq, "options"},
    {"tcpKeepAlive", Meaning::kBoolean01, "keepalives"},
    {"targetServerType", Meaning::kServerType, "target_session_attrs"},
    {"reWriteBatchedInserts", Meaning::kNoEffect},
    {"stringtype", Meaning::kNoEffect},
    {"prepareThreshold", Meaning::kNoEffect},
    {"preparedStatementCacheQueries", Meaning::kNoEffect},
    {"defaultRowFetchSize", Meaning::kNoEffect},
    {"binaryTransfer", Meaning::kNoEffect},
    {"autosave", Meaning::kNoEffect},
};

std::string hint_for(const std::string& unknown) {
  std::vector<std::string> names;
  for (const Parameter& parameter : kParameters) names.emplace_back(parameter.name);
  std::string hint;
  if (unknown == "sslfactory")
    hint = "there are no Java classes here: sslmode=require encrypts without checking the certificate. ";
  else if (const auto near = nearest(unknown, names))
    hint = "did you mean '" + *near + "'? ";
  return hint + "Known: " + join(names, ", ");
}

Status apply(ConnectionSettings& settings, const std::string& name, const std::string& value) {
  const auto known = std::ranges::find(kParameters, name, &Parameter::name);
  if (known == std::end(kParameters)) return bad_url("unknown parameter '" + name + "'", hint_for(name));
  const auto number = [&]() -> Result<int64_t> {
    auto parsed = parse_integer(value);
    if (!parsed || *parsed < 0 || *parsed > 86'400)
      return bad_url("'" + name + "' is not a number of seconds: '" + value + "'");
    return *parsed;
  };
  // A parameter that is given again takes the place of the one before.
  const auto given = std::ranges::find(settings.libpq, known->libpq, &std::pair<std::string, std::string>::first);
  const auto set = [&](std::string to) {
    if (given != settings.libpq.end())
      given->second = std::move(to);
    else
      settings.libpq.emplace_back(known->libpq, std::move(to));
  };
  switch (known->meaning) {
    case Meaning::kUser:
      settings.user = value;
      break;
    case Meaning::kPassword:
      settings.password = value;
      break;
    case Meaning::kSchema:
      settings.schema = value;
      break;
    case Meaning::kConnectSeconds: {
      MS_ASSIGN(const int64_t seconds, number());
      if (seconds > 0) settings.connect_timeout = Millis(seconds * 1000);
      break;
    }
    case Meaning::kSocketSeconds: {
      MS_ASSIGN(const int64_t seconds, number());
      set(std::to_string(seconds * 1000));
      break;
    }
    case Meaning::kLibpq: {
      if (name == "sslmode") {
        const std::vector<std::string> modes{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
        if (std::ranges::find(modes, value) == modes.end()) return bad_url("sslmode is one of " + join(modes, ", "));
      }
      set(value);
      break;
    }
    case Meaning::kSsl:
    case Meaning::kBoolean01: {
      const auto parsed = value.empty() ? Result<bool>(true) : parse_boolean(value);
      if (!parsed) return bad_url("'" + name + "' is true or false");
      if (known->meaning == Meaning::kBoolean01)
        set(*parsed ? "1" : "0");
      else if (*parsed && given == settings.libpq.end())
        set("verify-full");
      break;
    }
    case Meaning::kServerType: {
      if (value == "any") break;
      if (value != "primary" && value != "master") return bad_url("targetServerType is any or primary: a sink writes");
      set("read-write");
      break;
    }
    case Meaning::kNoEffect:
      break;
  }
  return {};
}

}  // namespace

std::string ConnectionSettings::target() const {
  std::string text =
      "postgres:" + to_lower(address.host) + ":" + std::to_string(address.port) + "/" + database + "?" + user;
  if (!schema.empty()) text += "&currentSchema=" + schema;
  return text;
}

Result<ConnectionSettings> read_connection_settings(const catalog::Table& table) {
  const std::string url = table.option_or("url", "");
  if (!url.starts_with(kPrefix)) {
    return bad_url("only PostgreSQL databases can be written: the URL must begin with jdbc:postgresql://",
                   "for example jdbc:postgresql://localhost:5432/shop");
  }
  std::string_view rest = std::string_view(url).substr(kPrefix.size());
  std::string_view parameters;
  if (const size_t question = rest.find('?'); question != std::string_view::npos) {
    parameters = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  ConnectionSettings settings;
  std::string_view authority = "localhost";
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const size_t slash = rest.find('/');
    if (slash != 0) authority = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  if (authority.find(',') != std::string_view::npos) {
    return bad_url("a list of servers is not supported", "name the one that takes writes, or a proxy in front of them");
  }
  if (authority.find('@') != std::string_view::npos) {
    return bad_url("user and password do not belong in front of the host", "use the options 'username' and 'password'");
  }
  auto address = net::parse_host_port(authority, uint16_t{5432});
  if (!address) return bad_url(address.error().message);
  settings.address = *std::move(address);
  MS_ASSIGN(settings.database, percent_decoded(rest));

  for (const std::string_view pair : split(parameters, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    MS_ASSIGN(const std::string name, percent_decoded(pair.substr(0, equals)));
    MS_ASSIGN(const std::string value,
              percent_decoded(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1)));
    MS_TRY(apply(settings, name, value));
  }
  if (const std::string user = table.option_or("username", ""); !user.empty()) {
    if (!settings.user.empty() && settings.user != user) {
      return bad_url("its user differs from the option 'username'", "give the user in one place");
    }
    settings.user = user;
  }
  if (const std::string password = table.option_or("password", ""); !password.empty()) settings.password = password;
  if (settings.user.empty()) {
    return fail(ErrorCode::kInvalidArgument, "option 'username' is missing", "add 'username' = '…' to the WITH clause");
  }
  if (settings.database.empty()) settings.database = settings.user;
  if (const std::string limit = table.option_or("connection.max-retry-timeout", ""); !limit.empty()) {
    MS_ASSIGN(settings.connect_timeout, parse_duration(limit));
    if (settings.connect_timeout < Millis(1000)) {
      return fail(ErrorCode::kInvalidArgument, "option 'connection.max-retry-timeout' must be at least 1 s");
    }
  }
  return settings;
}

}  // namespace millstream::connector::postgres
