// ModelPart: the decoder or the encoder of a model, seen through its parameters.
//
//   easydel::MutableModelPart decoder = model->get_decoder();
//   decoder.parameter_names();                                   // "embed_tokens.weight", "layers.0...."
//   decoder.set_parameter("norm.weight", decoder.parameter("norm.weight"));
//   model->set_decoder(other->get_decoder());                    // all of them, or none
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "easydel/host_tensor.h"
#include "easydel/model.h"

namespace easydel {

/// A view: it holds no weights, and the model must outlive it. Names are those that the part has in Transformers, relative
/// to it. A parameter that the part shares with the rest of the model is one of both: T5's two stacks have the one
/// token embedding as "embed_tokens.weight", and it may be the tied head too.
class ModelPart {
 public:
  /// What the model's names have before those of the part, with its dot: "model.", "transformer.", "decoder."; empty
  /// where the part is the whole model.
  const std::string& prefix() const { return prefix_; }
  /// In the model's order.
  std::vector<std::string> parameter_names() const;
  /// As the model's functions of these names. Error(kNotFound) for a name that the part does not have.
  Shape parameter_shape(std::string_view name) const;
  HostTensor parameter(std::string_view name) const;
  int64_t num_parameters() const;
  /// Class, prefix and sizes, a line for people.
  std::string to_string() const;

 protected:
  friend class EDPretrainedModel;
  ModelPart(EDPretrainedModel::State& model, std::string name, std::string prefix)
      : model_(&model), name_(std::move(name)), prefix_(std::move(prefix)) {}
  /// The model's name of a parameter.
  std::string full_name(std::string_view name) const;

  EDPretrainedModel::State* model_;
  std::string name_, prefix_;
};

/// Of a model that may be changed.
class MutableModelPart : public ModelPart {
 public:
  /// As EDPretrainedModel::set_parameter().
  void set_parameter(std::string_view name, const HostTensor& value);

 private:
  friend class EDPretrainedModel;
  using ModelPart::ModelPart;
};

std::ostream& operator<<(std::ostream& stream, const ModelPart& part);

}  // namespace easydel
