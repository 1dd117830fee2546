// MlirProgram: StableHLO text in the form that PJRT's compile calls take.
//
//   MlirProgram program(stablehlo);
//   args.program = program.get();   // valid while `program` lives
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/pjrt/runtime/api.h"

namespace easydel::pjrt {

class MlirProgram {
 public:
  explicit MlirProgram(std::string text) : code_(std::move(text)), program_(make_args<PJRT_Program>()) {
    program_.code = code_.data();
    program_.code_size = code_.size();
    program_.format = kFormat.data();
    program_.format_size = kFormat.size();
  }
  MlirProgram(const MlirProgram&) = delete;
  MlirProgram& operator=(const MlirProgram&) = delete;

  const PJRT_Program* get() const { return &program_; }

 private:
  static constexpr std::string_view kFormat = "mlir";
  std::string code_;  // a copy: the C struct wants it writable
  PJRT_Program program_;
};

}  // namespace easydel::pjrt
