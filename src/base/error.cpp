#include "easydel/error.h"

namespace easydel {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kShapeMismatch:
      return "shape mismatch";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kCorruptFile:
      return "corrupt file";
    case ErrorCode::kIo:
      return "input/output";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string operation, std::string detail)
    : code_(code),
      operation_(std::move(operation)),
      detail_(std::move(detail)),
      message_(operation_.empty() ? detail_ : operation_ + ": " + detail_) {}

}  // namespace easydel
