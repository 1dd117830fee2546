// Spec: every line of EasyDeL's EDPretrainedModel page as a call; docs/spec.md is the table that goes with it.
//
//   example_spec data/tiny-shakespeare /tmp/spec
#include <easydel/easydel.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace ed = easydel;

namespace {

void require(bool holds, const char* what) {
  if (!holds) throw ed::Error(ed::ErrorCode::kInternal, "spec", what);
}

ed::HostTensor row(const std::vector<int32_t>& ids) {
  return ed::HostTensor::from<int32_t>(std::vector<int64_t>{1, static_cast<int64_t>(ids.size())}, ids);
}

// Construction: config, input_shape, seed, dtype, do_init; the mesh and the named shardings need no weights.
void construct(const ed::EDPretrainedConfig& config) {
  ed::ModelOptions options;
  options.input_shape = {1, 8};
  options.seed = 1;
  options.dtype = ed::DType::kBF16;
  const ed::EDPretrainedModel fresh(config, options);
  require(fresh.dtype() == ed::DType::kBF16, "weights are of the dtype that was asked for");

  options.do_init = false;
  options.sharding.sharding_axis_dims = {1, 2, 2, 1};  // dp, fsdp, tp, sp
  const ed::EDPretrainedModel shapes(config, options);
  std::cout << "mesh " << shapes.mesh().to_string() << '\n';
  for (const auto& [name, sharding] : shapes.get_named_sharding(shapes.get_partition_rules()))
    if (name.find(".0.") != std::string::npos)
      std::cout << name << "  " << sharding.spec().to_string() << '\n';
}

// The embeddings, the decoder, and a vocabulary of another size.
void change(ed::EDPretrainedModel& model) {
  model.set_input_embeddings(model.get_input_embeddings());
  model.set_output_embeddings(model.get_output_embeddings());

  ed::MutableModelPart decoder = model.get_decoder();
  std::cout << decoder << '\n';
  const std::string last = decoder.parameter_names().back();
  decoder.set_parameter(last, decoder.parameter(last));
  ed::ModelOptions options;
  options.dtype = model.dtype();
  ed::EDPretrainedModel other(model.config(), options);
  other.set_decoder(model.get_decoder());
  const ed::HostTensor taken = other.get_decoder().parameter(last), given = decoder.parameter(last);
  require(std::ranges::equal(taken.bytes(), given.bytes()), "a decoder is copied");

  const int64_t size = model.vocab_size() + 1;
  ed::ResizeOptions resize;
  resize.pad_to_multiple_of = 64;
  require(other.resize_token_embeddings(size, resize) % 64 == 0, "a vocabulary is padded");
  require(other.get_output_embeddings().shape().dim(0) == other.vocab_size(), "the head follows");
}

// A cache, and a generation by hand: its inputs are prepared once and updated after each step.
void generate_by_hand(const ed::EDPretrainedModel& model) {
  const std::vector<int32_t> prompt = {5, 6, 7};
  require(model.can_generate(), "a language model generates");
  require(model.init_cache(1, 16).max_length() == 16, "a cache is of its length");
  ed::GenerationInputs inputs = model.prepare_inputs_for_generation(row(prompt), /*max_length=*/16);
  std::vector<int32_t> ids = prompt;
  for (int step = 0; step < 4; ++step) {
    ed::ForwardInputs forward;
    forward.input_ids = row(ids);
    forward.attention_mask = inputs.attention_mask;
    forward.position_ids = inputs.position_ids;
    forward.cache = &inputs.cache;
    forward.logits_to_keep = 1;
    const ed::HostTensor logits = model(forward).logits;  // __call__
    const std::span<const float> last = logits.data<float>();
    ids = {static_cast<int32_t>(std::max_element(last.begin(), last.end()) - last.begin())};
    std::cout << ids[0] << ' ';
    model.update_inputs_for_generation(inputs);
  }
  std::cout << '\n';
}

// States, other forms, and 8 bits.
void convert(const std::string& source, const std::filesystem::path& folder) {
  const auto model = ed::EDPretrainedModel::from_pretrained(source);
  std::cout << *model << '\n' << model->md_info();  // __repr__, _md_info
  const ed::EasyDeLState state = model->to_easydel_state();
  state.save_state(folder / "state.easy");
  require(ed::EasyDeLState::load_state(folder / "state.easy").step() == 0, "a state is read again");
  model->to_pytorch(folder / "pytorch");
  model->save_pretrained(folder / "easydel", {.format = ed::ModelFormat::kEasyDeL});
  const auto again = ed::EDPretrainedModel::from_pretrained(folder / "easydel");
  require(again->num_parameters() == model->num_parameters(), "both forms hold the model");
  const uint64_t bytes = again->weight_bytes();
  again->to_8bit();
  require(again->weight_bytes() < bytes, "8 bits are fewer");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: example_spec MODEL DIRECTORY\n";
    return 2;
  }
  try {
    std::filesystem::create_directories(argv[2]);
    construct(ed::EDPretrainedConfig::from_pretrained(argv[1]));
    const auto model = ed::AutoEasyDeLModelForCausalLM::from_pretrained(argv[1]);
    change(*model);
    generate_by_hand(*model);
    convert(argv[1], argv[2]);
    return 0;
  } catch (const ed::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
