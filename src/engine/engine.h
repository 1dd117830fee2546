// Engine: compiles graphs and runs them on devices. The native CPU engine is always there.
//
//   std::shared_ptr<Engine> engine = make_engine("native", {.threads = 2});   // or "pjrt:cpu", "pjrt:cuda", ...
//   auto program = engine->compile(std::move(graph), {.bindings = weights});
//   std::vector<Buffer> results = program->run(inputs);          // unbound parameters, in order
//   HostTensor logits = engine->download(results[0]);
//
// Over a mesh, every parameter and output has a PartitionSpec, and buffers are uploaded in that sharding:
//
//   const NamedSharding rows(mesh, {{"dp"}});
//   auto program = engine->compile(std::move(graph), {.mesh = mesh, .shardings = {{"x", rows.spec()}}});
//   program->run(std::vector{engine->upload(x, rows)});
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu_features.h"
#include "easydel/host_tensor.h"
#include "easydel/layer_layout.h"
#include "easydel/precision.h"
#include "easydel/sharding.h"
#include "graph/graph.h"

namespace easydel {

/// Bytes on an engine's devices. Copies share them. A buffer passed for a kState parameter is consumed by the
/// run: the aliased output holds its storage, and the caller must not use the old handle again.
class Buffer {
 public:
  /// What an engine keeps behind a buffer.
  class Storage {
   public:
    virtual ~Storage() = default;
  };

  Buffer() = default;
  Buffer(const Shape& shape, std::shared_ptr<Storage> storage)
      : shape_(shape), storage_(std::move(storage)) {}

  const Shape& shape() const { return shape_; }
  const std::shared_ptr<Storage>& storage() const { return storage_; }
  explicit operator bool() const { return storage_ != nullptr; }

 private:
  Shape shape_;
  std::shared_ptr<Storage> storage_;
};

struct CompileOptions {
  std::map<std::string, Buffer, std::less<>> bindings;  ///< values of all kWeight parameters, by name
  /// Of all weights of the model, also those that this program does not use: programs of one model share their stacks
  /// (LayerLayout::kLoop). Those that are bound need no entry.
  std::map<std::string, Shape, std::less<>> weight_shapes;
  bool optimize = true;               ///< run the graph passes; off for tests of single ops
  bool decompose_composites = false;  ///< lower composites through their decompositions
  Mesh mesh;                          ///< devices of the program; one without axes by default
  /// How parameters and outputs lie on the mesh, by name; those without an entry are whole on every device.
  std::map<std::string, PartitionSpec, std::less<>> shardings;
};

/// What a compiled program needs while it runs, in bytes.
struct MemoryReport {
  size_t arena_bytes = 0;      ///< intermediate values and scratch, after the liveness plan: the peak
  size_t unplanned_bytes = 0;  ///< what they would take without sharing
  size_t output_bytes = 0;     ///< fresh output buffers
  size_t weight_bytes = 0;     ///< bound weights
};

class Executable {
 public:
  virtual ~Executable() = default;
  /// Runs once. `arguments`: the kInput and kState parameters in the order of Graph::parameters(). Returns
  /// the outputs in the order of Graph::outputs(). Throws Error(kShapeMismatch) naming the parameter. Safe to
  /// call from several threads (runs take turns).
  virtual std::vector<Buffer> run(std::span<const Buffer> arguments) = 0;
  virtual MemoryReport memory() const = 0;
};

/// Time spent in one op over all runs since profiling was switched on.
struct OpProfile {
  std::string op;
  int64_t calls = 0;
  double seconds = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;
  /// One line for people: instruction set and threads, or platform and devices.
  virtual std::string description() const = 0;
  /// The dtype that activations should have when weights are stored as `weights`.
  virtual DType activation_dtype(DType weights) const = 0;

  virtual std::unique_ptr<Executable> compile(Graph graph, const CompileOptions& options) = 0;
  /// Begins in the background what compile() will be asked for, with the same options but for the bindings, which need
  /// not be there yet. Nothing to do where compiling is quick.
  virtual void prepare(Graph /*graph*/, const CompileOptions& /*options*/) {}
  /// Shares the tensor's bytes where the engine can read them in place.
  virtual Buffer upload(const HostTensor& tensor) = 0;
  virtual Buffer zeros(const Shape& shape) = 0;
  /// May share bytes with the buffer. Parts on several devices are put together.
  virtual HostTensor download(const Buffer& buffer) = 0;

  /// How many devices this engine drives; a mesh may not have more.
  virtual int64_t device_count() const { return 1; }
  /// Whether compiling takes long, so that a few padded lengths are better than a program for each.
  virtual bool prefers_buckets() const { return false; }
  /// Whether buffers are the host's own memory, so that upload() and download() share bytes and copy none.
  virtual bool is_in_host_memory() const { return false; }
  /// As upload() and zeros(), each device of the sharding's mesh getting its part, straight from the tensor's
  /// bytes. Error(kShapeMismatch) for a dimension that the axes do not divide, Error(kUnsupported) for more
  /// devices than the engine has.
  virtual Buffer upload(const HostTensor& tensor, const NamedSharding& sharding) = 0;
  virtual Buffer zeros(const Shape& shape, const NamedSharding& sharding) = 0;

  /// Starts (from zero) or stops the collection of profile().
  virtual void set_profiling(bool on) = 0;
  /// The ops by falling time; empty while profiling is off or where the engine cannot tell.
  virtual std::vector<OpProfile> profile() const = 0;
};

struct NativeEngineOptions {
  int threads = 0;         ///< 0: one per physical core that this process may use
  Isa isa = active_isa();  ///< kernels of this instruction set at most
};
std::unique_ptr<Engine> make_native_engine(const NativeEngineOptions& options = {});

/// Options of any engine; each takes those that concern it.
struct EngineConfig {
  int threads = 0;      ///< native, pjrt:cpu: 0 for one per core
  int64_t devices = 1;  ///< pjrt:cpu: how many devices to split the machine into; others use what there is
  bool preallocate = false;    ///< pjrt:cuda: reserve the memory when the client starts
  double memory_fraction = 0;  ///< pjrt:cuda: of the device's memory at most; 0: the plugin's own choice
  std::vector<int64_t> visible_devices;     ///< pjrt:cuda: by index; empty: all
  LayerLayout layers = LayerLayout::kAuto;  ///< pjrt
  bool native_kernels = true;  ///< pjrt:cpu, one device: XLA calls the native engine's kernels for heavy ops
  Precision precision = Precision::kHighest;  ///< pjrt: of products of f32
};

/// "native"; "pjrt:cpu", "pjrt:cuda", "pjrt:rocm", "pjrt:tpu" or "pjrt:/path/to/plugin.so"; "auto": an accelerator
/// whose plugin is installed and finds a device, else native; why one is passed over goes to the log (kInfo).
/// Error(kNotFound) says how to install a plugin, Error(kUnsupported) why one cannot be used or which engines
/// there are.
std::shared_ptr<Engine> make_engine(std::string_view name, const EngineConfig& config = {});

/// The engine of one of EasyDeL's backends: "cpu" is "native", "tpu" is "pjrt:tpu", and "gpu" is "pjrt:rocm" where only the
/// plugin of that is installed, else "pjrt:cuda". Error(kInvalidArgument) lists them for another.
std::string engine_of_backend(std::string_view backend);

/// Throws Error(kUnsupported) that shows both counts for a mesh of more devices than the engine of that name has.
void require_devices(std::string_view engine, int64_t available, int64_t wanted);

}  // namespace easydel
