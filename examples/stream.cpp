// Stream: prints a continuation as it is generated.
//
//   example_stream data/tiny-shakespeare "ROMEO:"
#include <easydel/easydel.h>

#include <iostream>

namespace ed = easydel;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: example_stream MODEL PROMPT\n";
    return 2;
  }
  try {
    const auto model = ed::AutoEasyDeLModelForCausalLM::from_pretrained(argv[1]);
    const auto tokenizer = ed::Tokenizer::from_pretrained(argv[1]);
    ed::GenerationConfig config = model->generation_config();
    config.max_new_tokens = 64;
    for (const ed::TokenStep& step : model->stream(tokenizer.encode(argv[2]), config, &tokenizer))
      std::cout << step.text << std::flush;
    std::cout << '\n';
  } catch (const ed::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
