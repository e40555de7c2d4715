// The connector's spec, and its rows as columns of generators.
#include "connector/datagen/datagen.h"

#include <algorithm>

#include "connector/datagen/generator.h"
#include "connector/paced_rows.h"

namespace millstream::connector::datagen {
namespace {

struct Columns {
  std::vector<std::unique_ptr<Generator>> generators;  // of the physical columns
  int64_t rows = std::numeric_limits<int64_t>::max();  // of the shortest sequence
};

Result<Columns> make_columns(const catalog::Table& table) {
  Columns columns;
  FieldOptions options(table);
  for (const auto& field : table.physical_schema().fields) {
    MS_ASSIGN(auto generator, make_generator(field.name, field.type, options));
    columns.rows = std::min(columns.rows, generator->rows().value_or(columns.rows));
    columns.generators.push_back(std::move(generator));
  }
  MS_TRY(options.check_all_used());
  return columns;
}

class DatagenRows final : public RowMaker {
 public:
  DatagenRows(Columns columns, std::vector<int> wanted) : columns_(std::move(columns)), wanted_(std::move(wanted)) {}
  Result<std::vector<column::VectorPtr>> make(const RowSpan& span) override {
    std::vector<column::VectorPtr> vectors;
    for (const int index : wanted_) vectors.push_back(columns_.generators[static_cast<size_t>(index)]->generate(span));
    return vectors;
  }

 private:
  Columns columns_;
  std::vector<int> wanted_;
};

bool is_bounded(const catalog::Table& table) {
  const auto columns = make_columns(table);
  return table.options.contains("number-of-rows") || (columns && columns->rows < std::numeric_limits<int64_t>::max());
}

}  // namespace

catalog::ConnectorSpec spec() {
  using catalog::OptionType;
  catalog::ConnectorSpec spec;
  spec.name = "datagen";
  spec.sentence = "Rows of random values and sequences, at a given rate.";
  spec.is_source = true;
  spec.options = pace_options("it ends with the first sequence, or never");
  spec.options.insert(
      spec.options.end(),
      {
          {"fields.#.kind", OptionType::kEnum, false, "random", {"random", "sequence"}, "Random values or a sequence."},
          {"fields.#.min", OptionType::kString, false, "", {}, "Smallest random number."},
          {"fields.#.max", OptionType::kString, false, "", {}, "Largest random number."},
          {"fields.#.max-past",
           OptionType::kDuration,
           false,
           "0",
           {},
           "How far a random timestamp lies behind the clock at most."},
          {"fields.#.length",
           OptionType::kInteger,
           false,
           "100",
           {},
           "Length of VARCHAR, STRING, VARBINARY and BYTES (100, or what the type says); entries of ARRAY, MAP and "
           "MULTISET (3)."},
          {"fields.#.var-len",
           OptionType::kBoolean,
           false,
           "false",
           {},
           "Whether strings have any length from 1 to 'length'."},
          {"fields.#.null-rate", OptionType::kDouble, false, "0.0", {}, "Share of NULLs among random values."},
          {"fields.#.start", OptionType::kInteger, false, "", {}, "First value of a sequence."},
          {"fields.#.end", OptionType::kInteger, false, "", {}, "Last value of a sequence."},
      });
  spec.validate = [](const catalog::Table& table, bool) -> Status {
    MS_TRY(read_pace(table));
    MS_TRY(make_columns(table));
    return {};
  };
  spec.is_bounded = is_bounded;
  return spec;
}

Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan, const ConnectorParts& parts) {
  MS_ASSIGN(Pace pace, read_pace(*scan.table));
  MS_ASSIGN(const Columns columns, make_columns(*scan.table));
  pace.rows = std::min(pace.rows, columns.rows);
  return make_paced_source(
      pace,
      [table = scan.table, wanted = scan.decoded]() -> Result<std::unique_ptr<RowMaker>> {
        MS_ASSIGN(Columns own, make_columns(*table));
        return std::make_unique<DatagenRows>(std::move(own), wanted);
      },
      parts);
}

}  // namespace millstream::connector::datagen
