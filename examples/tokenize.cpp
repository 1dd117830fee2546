// Tokenize: shows how a model's tokenizer cuts a text.
//
//   example_tokenize data/tiny-shakespeare "ROMEO: wherefore art thou?"
#include <easydel/error.h>
#include <easydel/tokenizer.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: example_tokenize MODEL TEXT\n";
    return 2;
  }
  try {
    const auto tokenizer = easydel::Tokenizer::from_pretrained(argv[1]);
    const std::vector<int32_t> ids = tokenizer.encode(argv[2]);
    const std::vector<std::string> tokens = tokenizer.tokens(ids);
    for (size_t i = 0; i < ids.size(); ++i) std::cout << ids[i] << '\t' << tokens[i] << '\n';
    std::cout << tokenizer.decode(ids) << '\n';
  } catch (const easydel::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
