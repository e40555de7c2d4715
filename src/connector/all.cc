// The list of connectors and formats, one line each, and the lookup by name.
#include "connector/blackhole/blackhole.h"
#include "connector/connectors.h"
#include "connector/datagen/datagen.h"
#include "connector/dead_letter/dead_letter.h"
#include "connector/faker/faker.h"
#include "connector/filesystem/filesystem.h"
#include "connector/kafka/kafka.h"
#include "connector/postgres/postgres_sink.h"
#include "connector/print/print.h"

namespace millstream::connector {
namespace {

postgres::PostgresParts postgres_parts(const ConnectorParts& parts) {
  postgres::PostgresParts made{parts.env, parts.budget, parts.resolve_alias, nullptr};
  if (parts.local_topics != nullptr) {
    made.refused_row = [parts](const postgres::RefusedRow& row) { return dead_letter::write_refused_row(parts, row); };
  }
  return made;
}

Result<std::unique_ptr<stream::Sink>> make_postgres_sink(const plan::TableSink& sink, const column::Schema& input,
                                                         const ConnectorParts& parts) {
  return postgres::make_postgres_sink(sink, input, postgres_parts(parts));
}

}  // namespace

std::vector<Connector> all_connectors(const ConnectorParts& parts) {
  return {
      {blackhole::spec(), nullptr, blackhole::make_sink},
      {datagen::spec(), datagen::make_source, nullptr},
      {faker::spec(), faker::make_source, nullptr},
      {filesystem::spec(), filesystem::make_source, filesystem::make_sink},
      {kafka::spec(parts), kafka::make_source, kafka::make_sink},
      {postgres::postgres_spec(), nullptr, make_postgres_sink},
      {print::spec(), nullptr, print::make_sink},
  };
}

std::vector<catalog::FormatSpec> all_formats() {
  using catalog::OptionType;
  return {
      {"json",
       "One JSON object per record.",
       true,
       true,
       {
           {"ignore-parse-errors",
            OptionType::kBoolean,
            false,
            "false",
            {},
            "A field of the wrong form becomes NULL and a record that is no object is skipped; both are counted."},
           {"fail-on-missing-field",
            OptionType::kBoolean,
            false,
            "false",
            {},
            "A record that lacks a field is refused."},
           {"timestamp-format.standard",
            OptionType::kEnum,
            false,
            "SQL",
            {"SQL", "ISO-8601"},
            "How TIMESTAMP and TIMESTAMP_LTZ are spelt: 'yyyy-MM-dd HH:mm:ss.s' or 'yyyy-MM-ddTHH:mm:ss.s', a Z behind "
            "_LTZ."},
           {"map-null-key.mode",
            OptionType::kEnum,
            false,
            "FAIL",
            {"FAIL", "DROP", "LITERAL"},
            "What to write for a map's NULL key."},
           {"map-null-key.literal",
            OptionType::kString,
            false,
            "null",
            {},
            "The text for a NULL key with map-null-key.mode = LITERAL."},
           {"encode.decimal-as-plain-number",
            OptionType::kBoolean,
            false,
            "false",
            {},
            "Writes 0.0000001 and 100.00 rather than 1E-7 and 1E+2."},
           {"encode.ignore-null-fields",
            OptionType::kBoolean,
            false,
            "false",
            {},
            "Leaves NULL fields out of the object."},
           {"decode.json-parser.enabled",
            OptionType::kBoolean,
            false,
            "true",
            {"true"},
            "Records are always read by a streaming parser."},
       }},
      {"raw",
       "The record's bytes are the table's only column.",
       true,
       true,
       {
           {"charset", OptionType::kString, false, "UTF-8", {"UTF-8"}, "Of text."},
           {"endianness", OptionType::kEnum, false, "big-endian", {"big-endian", "little-endian"}, "Of numbers."},
       }},
  };
}

catalog::ConnectorDirectory make_directory(const ConnectorParts& parts) {
  std::vector<catalog::ConnectorSpec> specs;
  for (Connector& connector : all_connectors(parts)) specs.push_back(std::move(connector.spec));
  return {std::move(specs), all_formats()};
}

AllConnectors::AllConnectors(ConnectorParts parts) : parts_(std::move(parts)) {
  for (Connector& connector : all_connectors(parts_)) {
    std::string name = connector.spec.name;
    connectors_.emplace(std::move(name), std::move(connector));
  }
}

Result<std::unique_ptr<stream::Source>> AllConnectors::make_source(const plan::TableScan& scan) {
  const auto it = connectors_.find(scan.table->connector());
  if (it == connectors_.end() || it->second.make_source == nullptr) {
    return fail(ErrorCode::kUnsupported, "Connector '" + scan.table->connector() + "' cannot be read.");
  }
  return it->second.make_source(scan, parts_);
}

Result<std::unique_ptr<stream::Sink>> AllConnectors::make_sink(const plan::TableSink& sink,
                                                               const column::Schema& input) {
  const auto it = connectors_.find(sink.table->connector());
  if (it == connectors_.end() || it->second.make_sink == nullptr) {
    return fail(ErrorCode::kUnsupported, "Connector '" + sink.table->connector() + "' cannot be written.");
  }
  return it->second.make_sink(sink, input, parts_);
}

}  // namespace millstream::connector
