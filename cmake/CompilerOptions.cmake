# Warnings and sanitizers that every target of the project shares.

add_library(easydel_compiler_options INTERFACE)
target_compile_options(easydel_compiler_options INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
                                                          -Wno-psabi)
if(EASYDEL_WARNINGS_AS_ERRORS)
  target_compile_options(easydel_compiler_options INTERFACE -Werror)
endif()
if(EASYDEL_SANITIZE)
  target_compile_options(easydel_compiler_options INTERFACE -fsanitize=${EASYDEL_SANITIZE} -fno-omit-frame-pointer
                                                            -fno-sanitize-recover=all)
  target_link_options(easydel_compiler_options INTERFACE -fsanitize=${EASYDEL_SANITIZE})
endif()
