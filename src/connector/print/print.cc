// Printing changes: "identifier:task> +I[1, ann, NULL]", as Flink's print connector lays them out.
#include "connector/print/print.h"

#include <cstdio>

#include "column/value.h"

namespace millstream::connector::print {
namespace {

class PrintWriter final : public stream::SinkWriter {
 public:
  PrintWriter(column::Schema schema, std::string identifier, std::FILE* out)
      : schema_(std::move(schema)), identifier_(std::move(identifier)), out_(out) {}

  Status open(const stream::OperatorContext& context) override {
    prefix_ = identifier_;
    if (context.parallelism > 1) prefix_ += (prefix_.empty() ? "" : ":") + std::to_string(context.task_index + 1);
    if (!prefix_.empty()) prefix_ += "> ";
    return {};
  }

  Status write(const column::Batch& batch) override {
    std::string text;
    batch.rows().for_each([&](size_t position) {
      text += prefix_;
      text += column::short_name_of(batch.kind_at(position));
      text += '[';
      for (size_t i = 0; i < schema_.size(); ++i) {
        if (i > 0) text += ", ";
        const column::Value value = column::value_at(*batch.columns[i], position);
        text += value.is_null() ? "null" : column::to_text(schema_.fields[i].type, value);
      }
      text += "]\n";
    });
    if (std::fwrite(text.data(), 1, text.size(), out_) != text.size() || std::fflush(out_) != 0) {
      return fail(ErrorCode::kIo, "the print connector cannot write to its output");
    }
    return {};
  }
  Result<std::vector<stream::Committable>> prepare(CheckpointId) override { return std::vector<stream::Committable>{}; }

 private:
  column::Schema schema_;
  std::string identifier_;
  std::FILE* out_;
  std::string prefix_;
};

class PrintSink final : public stream::Sink {
 public:
  PrintSink(column::Schema schema, std::string identifier, std::FILE* out)
      : schema_(std::move(schema)), identifier_(std::move(identifier)), out_(out) {}
  Result<std::unique_ptr<stream::SinkWriter>> make_writer() override {
    return std::make_unique<PrintWriter>(schema_, identifier_, out_);
  }

 private:
  column::Schema schema_;
  std::string identifier_;
  std::FILE* out_;
};

}  // namespace

catalog::ConnectorSpec spec() {
  using catalog::OptionType;
  catalog::ConnectorSpec spec;
  spec.name = "print";
  spec.sentence = "Writes each change as a line to standard output or standard error.";
  spec.is_sink = true;
  spec.options = {
      {"print-identifier", OptionType::kString, false, "", {}, "Stands in front of every line."},
      {"standard-error", OptionType::kBoolean, false, "false", {}, "Writes to standard error instead."},
  };
  spec.sink_mode = [](const catalog::Table&, catalog::ChangelogMode offered) -> Result<catalog::ChangelogMode> {
    return offered;
  };
  spec.delivery = [](const catalog::Table&) { return std::string("at-least-once (lines cannot be taken back)"); };
  return spec;
}

Result<std::unique_ptr<stream::Sink>> make_sink(const plan::TableSink& sink, const column::Schema& input,
                                                const ConnectorParts&) {
  std::FILE* out = sink.table->option_or("standard-error", "false") == "true" ? stderr : stdout;
  return std::make_unique<PrintSink>(input, sink.table->option_or("print-identifier", ""), out);
}

}  // namespace millstream::connector::print
