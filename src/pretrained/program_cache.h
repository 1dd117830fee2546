// ProgramCache: the compiled programs of a model, one per shape of its inputs, the least recently used dropped first.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "nn/module.h"
#include "pretrained/passes.h"
#include "pretrained/placement.h"

namespace easydel {

class ProgramCache {
 public:
  Executable& get(const ProgramKey& key, const nn::Module& module, Engine& engine,
                  const std::map<std::string, Buffer, std::less<>>& weights, const Placement& placement,
                  const NamedShardings& shardings);
  /// Has the engine compile a program that get() will be asked for, in the background.
  static void prepare(const ProgramKey& key, const nn::Module& module, Engine& engine,
                      const Placement& placement, const NamedShardings& shardings);
  void clear();
  size_t peak_arena_bytes() const { return peak_arena_bytes_; }

 private:
  struct Entry {
    std::unique_ptr<Executable> program;
    std::list<ProgramKey>::iterator recency;
  };
  std::map<ProgramKey, Entry> entries_;
  std::list<ProgramKey> recency_;  // the latest first
  size_t peak_arena_bytes_ = 0;
};

}  // namespace easydel
