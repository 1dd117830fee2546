// Save: loads a model, changes a weight, and writes it so that Transformers loads it too.
//
//   example_save data/tiny-shakespeare /tmp/louder
#include <easydel/easydel.h>

#include <iostream>

namespace ed = easydel;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: example_save MODEL DIRECTORY\n";
    return 2;
  }
  try {
    const auto model = ed::AutoEasyDeLModelForCausalLM::from_pretrained(argv[1], {.dtype = ed::DType::kF32});
    const std::string name = "model.norm.weight";
    const ed::HostTensor norm = model->parameter(name);
    ed::HostTensor louder = ed::HostTensor::zeros(norm.shape());
    for (size_t i = 0; i < norm.data<float>().size(); ++i)
      louder.mutable_data<float>()[i] = 1.1f * norm.data<float>()[i];
    model->set_parameter(name, louder);
    model->save_pretrained(argv[2]);

    const auto again = ed::AutoEasyDeLModelForCausalLM::from_pretrained(argv[2]);
    std::cout << *again << '\n';
    return again->parameter(name).data<float>()[0] == louder.data<float>()[0] ? 0 : 1;
  } catch (const ed::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
