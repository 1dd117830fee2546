// SHA-256, the name that the Hub gives to large files (FIPS 180-4, by OpenSSL).
//
//   Sha256 hash;
//   hash.update(bytes);
//   hash.hex();   // 64 lower-case digits; starts over
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace easydel::hub {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  /// Forgets what was hashed.
  void reset();
  /// The digest of what was hashed; then starts over.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace easydel::hub
