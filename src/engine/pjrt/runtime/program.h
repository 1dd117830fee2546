// Program: a graph compiled for a plugin, with its weights bound.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/pjrt/runtime/loaded_executable.h"

namespace easydel::pjrt {

/// Times of programs, shared by those of an engine.
struct ProfileLog {
  std::mutex mutex;
  bool on = false;
  std::map<std::string, OpProfile> rows;
};

class Program final : public Executable {
 public:
  /// `executable` takes all of the graph's parameters in order; `options` has the bindings of its weights.
  Program(const Graph& graph, const CompileOptions& options, std::shared_ptr<const Client> client,
          LoadedExecutable executable, std::shared_ptr<ProfileLog> profile);

  std::vector<Buffer> run(std::span<const Buffer> arguments) override;
  MemoryReport memory() const override;
  bool from_cache() const { return executable_.from_cache(); }

 private:
  struct Slot {
    std::string name;
    Shape shape;
    ParameterKind kind;
    NamedSharding sharding;
    std::shared_ptr<DeviceStorage> weight;  ///< of kWeight parameters
  };
  struct Result {
    Shape shape;
    NamedSharding sharding;
  };

  std::shared_ptr<DeviceStorage> checked(const Slot& slot, const Buffer& argument) const;

  std::shared_ptr<const Client> client_;
  std::vector<Slot> slots_;
  std::vector<Result> results_;
  size_t unbound_ = 0;
  int64_t devices_ = 1;
  std::string title_;  ///< for profiles: the inputs' shapes
  LoadedExecutable executable_;
  std::shared_ptr<ProfileLog> profile_;
};

}  // namespace easydel::pjrt
