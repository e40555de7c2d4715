// The choice between random values and sequences.
#include "connector/datagen/generator.h"

#include "base/text.h"
#include "connector/datagen/random_values.h"
#include "connector/datagen/sequence_values.h"

namespace millstream::connector::datagen {

Result<std::unique_ptr<Generator>> make_generator(const std::string& path, const column::Type& type,
                                                  FieldOptions& options) {
  const std::string key = "fields." + path + ".kind";
  const std::string kind = to_lower(options.text(key).value_or("random"));
  if (kind == "random") return make_random(path, type, options);
  if (kind == "sequence") return make_sequence(path, type, options);
  return fail(ErrorCode::kInvalidArgument, "Unsupported generator kind '" + kind + "' ('" + key + "').",
              "Use random or sequence.");
}

}  // namespace millstream::connector::datagen
