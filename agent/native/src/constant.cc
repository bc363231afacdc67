/** Finds a `const volatile` variable of an object that is not loaded yet, and sets it. */
#include "constant.h"

#include <bpf/btf.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace pahlevan {

std::optional<Constant> findConstant(const bpf_object *object, const std::string &name)
{
  const btf *types = bpf_object__btf(object);
  const uint32_t typeCount = types ? btf__type_cnt(types) : 0;
  for (uint32_t id = 1; id < typeCount; id++) {
    const btf_type *section = btf__type_by_id(types, id);
    if (!btf_is_datasec(section))
      continue;
    const std::string sectionName = btf__name_by_offset(types, section->name_off);
    if (!sectionName.starts_with(".rodata"))
      continue;
    const btf_var_secinfo *variables = btf_var_secinfos(section);
    for (int i = 0; i < btf_vlen(section); i++) {
      const btf_type *variable = btf__type_by_id(types, variables[i].type);
      if (name != btf__name_by_offset(types, variable->name_off))
        continue;
      bpf_map *map = bpf_object__find_map_by_name(object, sectionName.c_str());
      if (map)
        return Constant{map, variables[i].offset, variables[i].size};
    }
  }
  return std::nullopt;
}

int writeConstant(const Constant &constant, const uint8_t *value)
{
  size_t size = 0;
  const auto *current =
      static_cast<const uint8_t *>(bpf_map__initial_value(constant.section, &size));
  if (!current || size_t{constant.offset} + constant.size > size)
    return -EINVAL;
  std::vector<uint8_t> changed(current, current + size);
  memcpy(changed.data() + constant.offset, value, constant.size);
  return bpf_map__set_initial_value(constant.section, changed.data(), changed.size());
}

} // namespace pahlevan
