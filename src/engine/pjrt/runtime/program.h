// Program: a graph compiled for a plugin, with its weights bound.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/pjrt/emit/signature.h"
#include "engine/pjrt/runtime/loaded_executable.h"
#include "engine/pjrt/runtime/stacks.h"

namespace easydel::pjrt {

/// Times of programs, shared by those of an engine.
struct ProfileLog {
  std::mutex mutex;
  bool on = false;
  std::map<std::string, OpProfile> rows;
};

class Program final : public Executable {
 public:
  /// `executable` takes the signature's arguments; `options` has the bindings of the weights among them.
  Program(const Graph& graph, const Signature& signature, const CompileOptions& options,
          std::shared_ptr<const Client> client, LoadedExecutable executable, std::shared_ptr<Stacks> stacks,
          std::shared_ptr<ProfileLog> profile);

  std::vector<Buffer> run(std::span<const Buffer> arguments) override;
  MemoryReport memory() const override;
  bool from_cache() const { return executable_.from_cache(); }

 private:
  /// A parameter.
  struct Member {
    std::string name;
    Shape shape;
    NamedSharding sharding;
    size_t place = 0;  ///< in run()'s arguments, unless it is a weight
  };
  /// An argument of the executable.
  struct Slot {
    ParameterKind kind = ParameterKind::kInput;
    std::vector<Member> members;           ///< more than one: a stack
    std::shared_ptr<const Shards> weight;  ///< of kWeight parameters
  };
  /// A result of the executable.
  struct Output {
    Shape shape;  ///< of each row of a stack
    NamedSharding sharding;
    std::vector<size_t> places;  ///< in what run() returns; more than one: a stack
  };

  void bind(Slot& slot, const CompileOptions& options);
  std::shared_ptr<DeviceStorage> checked(const Member& member, const Buffer& argument) const;
  std::vector<Buffer> outputs(std::vector<std::vector<DeviceBuffer>> produced) const;

  std::shared_ptr<const Client> client_;
  std::vector<Slot> slots_;
  std::vector<Output> outputs_;
  size_t unbound_ = 0, output_count_ = 0;
  int64_t devices_ = 1;
  std::string title_;  ///< for profiles: the inputs' shapes
  LoadedExecutable executable_;
  std::shared_ptr<Stacks> stacks_;
  std::shared_ptr<ProfileLog> profile_;
};

}  // namespace easydel::pjrt
