// The table of client properties. Sources: the configuration pages of Apache Kafka's clients and of librdkafka.
#include "connector/kafka/properties.h"

#include <algorithm>

#include "base/text.h"

namespace millstream::connector::kafka {
namespace {

enum class Use {
  kSame,       // librdkafka has it under the same name
  kRenamed,    // under another
  kConnector,  // read by the connector, not by the client
  kTuning,  // bounds of the Java client's own buffers and threads: nothing to bound here, results do not depend on it
};
struct Property {
  std::string_view name;
  Use use;
  std::string_view client_name = {};
};

constexpr Property kProperties[] = {
    {"acks", Use::kSame},
    {"allow.auto.create.topics", Use::kSame},
    {"auto.offset.reset", Use::kConnector},
    {"batch.size", Use::kSame},
    {"bootstrap.servers", Use::kConnector},
    {"broker.address.family", Use::kSame},
    {"check.crcs", Use::kSame},
    {"client.dns.lookup", Use::kSame},
    {"client.id", Use::kSame},
    {"client.id.prefix", Use::kRenamed, "client.id"},
    {"client.rack", Use::kSame},
    {"compression.type", Use::kSame},
    {"connections.max.idle.ms", Use::kSame},
    {"debug", Use::kSame},
    {"delivery.timeout.ms", Use::kSame},
    {"enable.auto.commit", Use::kConnector},
    {"enable.idempotence", Use::kSame},
    {"enable.ssl.certificate.verification", Use::kSame},
    {"fetch.error.backoff.ms", Use::kSame},
    {"fetch.max.bytes", Use::kSame},
    {"fetch.max.wait.ms", Use::kRenamed, "fetch.wait.max.ms"},
    {"fetch.message.max.bytes", Use::kSame},
    {"fetch.min.bytes", Use::kSame},
    {"fetch.wait.max.ms", Use::kSame},
    {"group.id", Use::kConnector},
    {"heartbeat.interval.ms", Use::kSame},
    {"isolation.level", Use::kSame},
    {"linger.ms", Use::kSame},
    {"max.block.ms", Use::kTuning},
    {"max.in.flight.requests.per.connection", Use::kSame},
    {"max.partition.fetch.bytes", Use::kSame},
    {"max.poll.interval.ms", Use::kSame},
    {"max.poll.records", Use::kTuning},
    {"max.request.size", Use::kRenamed, "message.max.bytes"},
    {"message.max.bytes", Use::kSame},
    {"metadata.max.age.ms", Use::kSame},
    {"partition.discovery.interval.ms", Use::kConnector},
    {"receive.buffer.bytes", Use::kRenamed, "socket.receive.buffer.bytes"},
    {"reconnect.backoff.max.ms", Use::kSame},
    {"reconnect.backoff.ms", Use::kSame},
    {"request.timeout.ms", Use::kSame},
    {"retries", Use::kSame},
    {"retry.backoff.ms", Use::kSame},
    {"sasl.mechanism", Use::kSame},
    {"sasl.mechanisms", Use::kSame},
    {"sasl.oauthbearer.client.id", Use::kSame},
    {"sasl.oauthbearer.client.secret", Use::kSame},
    {"sasl.oauthbearer.config", Use::kSame},
    {"sasl.oauthbearer.extensions", Use::kSame},
    {"sasl.oauthbearer.method", Use::kSame},
    {"sasl.oauthbearer.scope", Use::kSame},
    {"sasl.oauthbearer.token.endpoint.url", Use::kSame},
    {"sasl.password", Use::kSame},
    {"sasl.username", Use::kSame},
    {"security.protocol", Use::kSame},
    {"send.buffer.bytes", Use::kRenamed, "socket.send.buffer.bytes"},
    {"session.timeout.ms", Use::kSame},
    {"socket.keepalive.enable", Use::kSame},
    {"socket.timeout.ms", Use::kSame},
    {"ssl.ca.location", Use::kSame},
    {"ssl.ca.pem", Use::kSame},
    {"ssl.certificate.location", Use::kSame},
    {"ssl.certificate.pem", Use::kSame},
    {"ssl.cipher.suites", Use::kSame},
    {"ssl.endpoint.identification.algorithm", Use::kSame},
    {"ssl.key.location", Use::kSame},
    {"ssl.key.password", Use::kSame},
    {"ssl.key.pem", Use::kSame},
    {"ssl.keystore.location", Use::kSame},
    {"ssl.keystore.password", Use::kSame},
    {"transaction.timeout.ms", Use::kSame},
    {"buffer.memory", Use::kTuning},
};

// The value of `name` in a JAAS line: … required username="u" password="p";
std::optional<std::string> jaas_value(std::string_view line, std::string_view name) {
  for (size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    if (at > 0 && (std::isalnum(static_cast<unsigned char>(line[at - 1])) != 0 || line[at - 1] == '.')) continue;
    std::string_view rest = trim(line.substr(at + name.size()));
    if (!rest.starts_with('=')) continue;
    rest = trim(rest.substr(1));
    if (rest.empty()) return std::nullopt;
    const char quote = rest[0];
    if (quote != '"' && quote != '\'') return std::string(trim(rest.substr(0, rest.find_first_of(" ;"))));
    const size_t end = rest.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(rest.substr(1, end - 1));
  }
  return std::nullopt;
}

using Settings = std::vector<std::pair<std::string, std::string>>;

Result<Settings> jaas_settings(const std::string& value) {
  if (value.find("OAuthBearerLoginModule") != std::string::npos) {
    Settings settings{{"sasl.oauthbearer.method", "oidc"}};
    if (const auto id = jaas_value(value, "clientId")) settings.emplace_back("sasl.oauthbearer.client.id", *id);
    if (const auto secret = jaas_value(value, "clientSecret"))
      settings.emplace_back("sasl.oauthbearer.client.secret", *secret);
    if (const auto scope = jaas_value(value, "scope")) settings.emplace_back("sasl.oauthbearer.scope", *scope);
    return settings;
  }
  const auto user = jaas_value(value, "username");
  const auto password = jaas_value(value, "password");
  if (!user || !password) {
    return fail(ErrorCode::kUnsupported, "'properties.sasl.jaas.config' names no username and password.",
                "PlainLoginModule, ScramLoginModule and OAuthBearerLoginModule are understood.");
  }
  return Settings{{"sasl.username", *user}, {"sasl.password", *password}};
}

}  // namespace

Result<Settings> client_settings(const std::string& key, const std::string& value) {
  if (key == "sasl.jaas.config") return jaas_settings(value);
  if (key == "ssl.truststore.location") {
    if (value.ends_with(".pem") || value.ends_with(".crt")) return Settings{{"ssl.ca.location", value}};
    return fail(ErrorCode::kUnsupported,
                "'properties.ssl.truststore.location' is a Java key store, which cannot be read here.",
                "Export the certificates to a PEM file and name it in 'properties.ssl.ca.location'.");
  }
  if (key == "sasl.login.callback.handler.class" || key == "sasl.client.callback.handler.class") {
    return fail(ErrorCode::kUnsupported, "'properties." + key + "' names a Java class.",
                "Use 'properties.sasl.oauthbearer.*' with method 'oidc' instead.");
  }
  if (key.ends_with(".deserializer") || key.ends_with(".serializer") || key == "interceptor.classes" ||
      key == "partitioner.class") {
    return fail(ErrorCode::kUnsupported, "'properties." + key + "' names a Java class.",
                "Use 'format', 'key.format' and 'sink.partitioner'.");
  }
  const auto found = std::ranges::find(kProperties, key, &Property::name);
  if (found == std::end(kProperties)) {
    std::vector<std::string> names;
    for (const Property& property : kProperties) names.emplace_back(property.name);
    const auto near = nearest(key, names);
    return fail(
        ErrorCode::kInvalidArgument, "Unknown Kafka client property 'properties." + key + "'.",
        near ? "Did you mean 'properties." + *near + "'?" : "Java's and librdkafka's property names are understood.");
  }
  switch (found->use) {
    case Use::kSame:
      return Settings{{key, value}};
    case Use::kRenamed:
      return Settings{{std::string(found->client_name), value}};
    case Use::kConnector:
    case Use::kTuning:
      break;
  }
  return Settings{};
}

}  // namespace millstream::connector::kafka
