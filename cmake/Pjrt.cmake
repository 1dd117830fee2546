# The PJRT engine needs one C header, pjrt_c_api.h, which lies in the wheel of the CPU plugin. Where neither the header
# nor pip and the network are at hand, the build goes on without the engine and says so.
option(EASYDEL_PJRT "Build the PJRT engine (fetches the CPU plugin's wheel with pip where it is not there)" ON)
set(EASYDEL_PJRT_INCLUDE_DIR "" CACHE PATH "Folder with pjrt_c_api.h; empty: from the CPU plugin's wheel")

set(EASYDEL_HAS_PJRT OFF)
if(EASYDEL_PJRT)
  set(pjrt_include "${EASYDEL_PJRT_INCLUDE_DIR}")
  set(pjrt_problem "EASYDEL_PJRT_INCLUDE_DIR has no pjrt_c_api.h")
  if(NOT pjrt_include)
    find_program(EASYDEL_PYTHON NAMES python3 python)
    if(EASYDEL_PYTHON)
      execute_process(COMMAND ${EASYDEL_PYTHON} ${PROJECT_SOURCE_DIR}/scripts/fetch_plugin.py cpu
                      OUTPUT_VARIABLE pjrt_folder ERROR_VARIABLE pjrt_problem OUTPUT_STRIP_TRAILING_WHITESPACE
                      ERROR_STRIP_TRAILING_WHITESPACE TIMEOUT 180)
      set(pjrt_include "${pjrt_folder}/xla_plugins/xla_cpu_pjrt/include")
      if(NOT pjrt_problem)
        set(pjrt_problem "scripts/fetch_plugin.py cpu gave no folder with the header")
      endif()
    else()
      set(pjrt_problem "there is no python3")
    endif()
  endif()
  if(EXISTS "${pjrt_include}/pjrt_c_api.h")
    set(EASYDEL_HAS_PJRT ON)
    message(STATUS "PJRT engine: with ${pjrt_include}/pjrt_c_api.h")
  else()
    # A notice, not a status line: it shows in a quiet configuration too.
    message(NOTICE "-- Building without the PJRT engine (--engine pjrt:...): ${pjrt_problem}. To add it, mend that and "
                   "configure again.")
  endif()
endif()

# easydel_use_pjrt(target): lets the target see whether there is an engine, and its header.
function(easydel_use_pjrt target)
  if(EASYDEL_HAS_PJRT)
    target_compile_definitions(${target} PRIVATE EASYDEL_HAS_PJRT)
    target_include_directories(${target} SYSTEM PRIVATE ${pjrt_include})
    target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
  endif()
endfunction()
