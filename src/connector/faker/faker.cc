// The connector's spec, and its rows as columns of expressions.
#include "connector/faker/faker.h"

#include "connector/faker/column_maker.h"
#include "connector/paced_rows.h"

namespace millstream::connector::faker {
namespace {

using Makers = std::vector<std::unique_ptr<ColumnMaker>>;

Result<Makers> make_columns(const catalog::Table& table) {
  Makers makers;
  FieldOptions options(table);
  for (const auto& field : table.physical_schema().fields) {
    MS_ASSIGN(auto maker, make_column_maker(field.name, field.type, options));
    makers.push_back(std::move(maker));
  }
  MS_TRY(options.check_all_used());
  return makers;
}

class FakerRows final : public RowMaker {
 public:
  FakerRows(Makers makers, std::vector<int> wanted) : makers_(std::move(makers)), wanted_(std::move(wanted)) {}
  Result<std::vector<column::VectorPtr>> make(const RowSpan& span) override {
    std::vector<column::VectorPtr> vectors;
    for (const int index : wanted_) {
      MS_ASSIGN(auto vector, makers_[static_cast<size_t>(index)]->make(span));
      vectors.push_back(std::move(vector));
    }
    return vectors;
  }

 private:
  Makers makers_;
  std::vector<int> wanted_;
};

}  // namespace

catalog::ConnectorSpec spec() {
  using catalog::OptionType;
  catalog::ConnectorSpec spec;
  spec.name = "faker";
  spec.sentence = "Rows of made-up names, addresses, numbers and times, at a given rate.";
  spec.is_source = true;
  spec.options = pace_options("it never ends");
  spec.options.insert(
      spec.options.end(),
      {
          {"fields.#.expression",
           OptionType::kString,
           false,
           "",
           {},
           "What the column is made of: text with #{Provider.method 'argument'}. Every column needs one."},
          {"fields.#.null-rate", OptionType::kDouble, false, "0.0", {}, "Share of NULLs."},
          {"fields.#.length", OptionType::kInteger, false, "1", {}, "Entries of ARRAY, MAP and MULTISET."},
      });
  spec.validate = [](const catalog::Table& table, bool) -> Status {
    MS_TRY(read_pace(table));
    MS_TRY(make_columns(table));
    return {};
  };
  spec.is_bounded = [](const catalog::Table& table) { return table.options.contains("number-of-rows"); };
  return spec;
}

Result<std::unique_ptr<stream::Source>> make_source(const plan::TableScan& scan, const ConnectorParts& parts) {
  MS_ASSIGN(const Pace pace, read_pace(*scan.table));
  return make_paced_source(
      pace,
      [table = scan.table, wanted = scan.decoded]() -> Result<std::unique_ptr<RowMaker>> {
        MS_ASSIGN(Makers makers, make_columns(*table));
        return std::make_unique<FakerRows>(std::move(makers), wanted);
      },
      parts);
}

}  // namespace millstream::connector::faker
