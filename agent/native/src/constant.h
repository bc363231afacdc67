/** Finds a `const volatile` variable of an object that is not loaded yet, and sets it. */
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <optional>
#include <string>

namespace pahlevan {

struct Constant {
  bpf_map *section;
  uint32_t offset;
  uint32_t size;
};

std::optional<Constant> findConstant(const bpf_object *object, const std::string &name);

/** 0, or a negative errno. `value` has the constant's size. */
int writeConstant(const Constant &constant, const uint8_t *value);

} // namespace pahlevan
