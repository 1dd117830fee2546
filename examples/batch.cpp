// Batch: continues several prompts of unequal length at once, with sampling.
//
//   example_batch data/tiny-shakespeare "ROMEO:" "To be, or not to be"
#include <easydel/easydel.h>

#include <iostream>

namespace ed = easydel;

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: example_batch MODEL PROMPT...\n";
    return 2;
  }
  try {
    const auto model = ed::AutoEasyDeLModelForCausalLM::from_pretrained(argv[1]);
    const auto tokenizer = ed::Tokenizer::from_pretrained(argv[1]);
    ed::GenerationConfig config = model->generation_config();
    config.max_new_tokens = 24;
    config.do_sample = true;
    config.temperature = 0.8;
    config.top_p = 0.95;
    config.seed = 1;

    const std::vector<std::string> prompts(argv + 2, argv + argc);
    const auto rows = model->generate(tokenizer.encode_batch(prompts), config, &tokenizer);
    for (size_t i = 0; i < rows.size(); ++i)
      std::cout << prompts[i] << rows[i].text << " [" << to_string(rows[i].finish_reason) << "]\n\n";
  } catch (const ed::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
