/** Reads all entries of a map, in batches where the kernel has them. */
#pragma once

#include "map.h"

#include <cstdint>
#include <vector>

namespace pahlevan {

struct Entries {
  int error = 0;
  size_t count = 0;
  std::vector<uint8_t> keys;
  std::vector<uint8_t> values;
};

/** At most `limit` entries, keys and values packed in the same order. */
Entries readEntries(const MapHandle &map, uint32_t limit);

} // namespace pahlevan
