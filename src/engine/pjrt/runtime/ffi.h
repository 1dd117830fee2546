// XLA's foreign function interface: the structs of its C interface that a handler on host memory reads, and the PJRT
// extension through which a handler is registered. Field for field as in xla/ffi/api/c_api.h (FFI 0.2) and
// xla/pjrt/c/pjrt_c_api_ffi_extension.h (version 3, which dropped a field of version 2), which are not in the plugin's wheel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pjrt_c_api.h"

namespace easydel::pjrt::ffi {

/// Of the structs below. A plugin of another major or an older minor version takes no handler.
constexpr int kMajor = 0, kMinor = 2;

struct Error;  // made by Interface::create_error, destroyed by who gets it

enum class ExtensionType : uint32_t { kMetadata = 1 };
struct Extension {
  size_t struct_size;
  ExtensionType type;
  Extension* next;
};

struct Version {
  size_t struct_size;
  Extension* extensions;
  int major, minor;
};

/// What XLA asks a handler about itself before it first calls it.
struct Metadata {
  size_t struct_size;
  Version version;
  uint32_t traits;
};
struct MetadataExtension {
  Extension base;
  Metadata* metadata;
};

struct ErrorCreateArgs {
  size_t struct_size;
  Extension* extensions;
  const char* message;
  int code;
};
constexpr int kInternalError = 13;

/// The first functions of XLA_FFI_Api.
struct Interface {
  size_t struct_size;
  Extension* extensions;
  Version version;
  void* internal;
  Error* (*create_error)(ErrorCreateArgs*);
};

struct Tensor {
  size_t struct_size;
  Extension* extensions;
  int dtype;
  void* data;
  int64_t rank;
  int64_t* dims;
};

struct Bytes {
  const char* data;
  size_t size;
};

/// Of operands and of results; `values` point to Tensors.
struct Tensors {
  size_t struct_size;
  Extension* extensions;
  int64_t size;
  int* types;
  void** values;
};

enum class AttributeType : int { kString = 4 };
struct Attributes {
  size_t struct_size;
  Extension* extensions;
  int64_t size;
  AttributeType* types;
  Bytes** names;
  void** values;  ///< of kString: Bytes
};

enum class Stage : int { kExecute = 3 };
struct Call {
  size_t struct_size;
  Extension* extensions;
  const Interface* interface;
  void* context;
  Stage stage;
  Tensors operands, results;
  Attributes attributes;
};
using Handler = Error* (*)(Call*);

struct RegisterHandlerArgs {
  size_t struct_size;
  const char* target_name;
  size_t target_name_size;
  void* handler;
  const char* platform_name;
  size_t platform_name_size;
  uint32_t traits;
};

/// Of type PJRT_Extension_Type_FFI in PJRT_Api::extension_start.
struct PjrtExtension {
  PJRT_Extension_Base base;
  void* register_type_id;
  void* add_user_data;
  PJRT_Error* (*register_handler)(RegisterHandlerArgs*);
};

}  // namespace easydel::pjrt::ffi
