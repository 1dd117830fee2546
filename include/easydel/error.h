// Errors: the one exception type that the library throws.
//
//   try {
//     auto model = easydel::AutoEasyDeLModelForCausalLM::from_pretrained("missing-directory");
//   } catch (const easydel::Error& error) {
//     std::cerr << error.what() << '\n';   // "from_pretrained: missing-directory does not exist; ..."
//   }
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace easydel {

/// What kind of thing went wrong. Everything but kInternal is the caller's or the input's to mend.
enum class ErrorCode {
  kInvalidArgument,  ///< an option or argument is out of its range
  kNotFound,         ///< a file, tensor, model type or key does not exist
  kShapeMismatch,    ///< shapes or dtypes do not fit together
  kUnsupported,      ///< a known request that this build or engine cannot do
  kCorruptFile,      ///< a file's bytes contradict its format
  kIo,               ///< the operating system refused a read or a write, or the network failed
  kInternal,         ///< a defect of easydel itself
};

/// The code's name, such as "shape mismatch".
std::string_view to_string(ErrorCode code);

/// Says what failed (`operation`), and why and how to mend it (`detail`).
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string operation, std::string detail);

  ErrorCode code() const { return code_; }
  const std::string& operation() const { return operation_; }
  const std::string& detail() const { return detail_; }
  /// "operation: detail".
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string operation_, detail_, message_;
};

}  // namespace easydel
