// Settings of a state as its files hold them.
//
//   encode_value("optimizer", "adamw");      // {"str<*TYPE*>optimizer<*VALUE*>adamw", -1}: EasyDeL's streams
//   decode_value("float<*TYPE*>steps<*VALUE*>1000000.0", -1, source);   // {"steps", 1e6}; parsed, never evaluated
//   to_json(values);                         // metadata.json
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "easydel/error.h"
#include "easydel/state.h"
#include "io/flax_stream.h"

namespace easydel {

/// EasyDeL keeps booleans and integers as they are, and everything else in the key beside -1. Error(kInvalidArgument) for
/// a key that holds one of the marks.
std::pair<std::string, io::FlaxValue> encode_value(const std::string& key, const StateValue& value);
/// The other way. Error(kCorruptFile) for a text that is none of its type.
std::pair<std::string, StateValue> decode_value(const std::string& key, const io::FlaxValue& value,
                                                const std::string& source);

nlohmann::json to_json(const StateValues& values);
/// Error(kCorruptFile) for what is no object of values.
StateValues state_values(const nlohmann::json& json, const std::string& source);

/// The optimizer as settings: `optimizer`, `scheduler`, `steps` and the others.
StateValues to_values(const OptimizerOptions& options);
/// Throws an Error of that code, which lists what there is, for an unknown optimizer or scheduler.
OptimizerOptions optimizer_options(StateValues values, const std::string& source);
void check_optimizer(const OptimizerOptions& options, ErrorCode code, const std::string& source);

}  // namespace easydel
