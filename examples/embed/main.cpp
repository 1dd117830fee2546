// Embed: prints 16 tokens after a prompt; a program outside easydel's tree.
//
//   embed /usr/local/share/easydel/tiny-shakespeare "ROMEO:"
#include <easydel/easydel.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: embed MODEL PROMPT\n";
    return 2;
  }
  try {
    const auto model = easydel::AutoEasyDeLModelForCausalLM::from_pretrained(argv[1]);
    const auto tokenizer = easydel::Tokenizer::from_pretrained(argv[1]);
    const auto rows = model->generate({tokenizer.encode(argv[2])}, {.max_new_tokens = 16}, &tokenizer);
    std::cout << rows[0].text << '\n';
  } catch (const easydel::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
