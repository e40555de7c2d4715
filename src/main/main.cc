// The program `millstream`: checks the machine, parses the command line, runs one command.
#include <fmt/format.h>

#include "main/command_line.h"

namespace {

// The build is for Haswell and newer; an older machine would die on its first vector instruction without a word.
bool machine_is_new_enough() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#else
  return true;
#endif
}

}  // namespace

int main(int argc, char** argv) {
  if (!machine_is_new_enough()) {
    fmt::print(stderr, "error: this build needs a processor with AVX2 and BMI2 (Intel Haswell, AMD Zen, or newer)\n");
    return 1;
  }
  return millstream::run_command_line(argc, argv);
}
