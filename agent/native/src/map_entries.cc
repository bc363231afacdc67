/** Reads all entries of a map, in batches where the kernel has them. */
#include "map_entries.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace pahlevan {
namespace {

constexpr uint32_t firstBatch = 1024;

void append(Entries &entries, const MapHandle &map, const uint8_t *keys, const uint8_t *values,
            size_t count)
{
  entries.keys.insert(entries.keys.end(), keys, keys + count * map.keySize);
  entries.values.insert(entries.values.end(), values, values + count * map.valueBytes);
  entries.count += count;
}

/** Nothing when this kernel has no batches for this type of map (per-CPU arrays before 5.13, LPM
 * tries …). */
std::optional<Entries> readBatches(const MapHandle &map, uint32_t limit)
{
  Entries entries;
  uint32_t size = std::min(std::min(limit, firstBatch), map.maxEntries);
  // The kernel's place in the map: a bucket's number for hashes, a key for the others.
  std::vector<uint8_t> place(std::max<size_t>(map.keySize, sizeof(uint32_t)));
  std::vector<uint8_t> nextPlace(place.size());
  std::vector<uint8_t> keys, values;
  for (bool first = true; entries.count < limit;) {
    keys.resize(size_t{size} * map.keySize);
    values.resize(size_t{size} * map.valueBytes);
    uint32_t count = size;
    const int result =
        bpf_map_lookup_batch(map.fd.get(), first ? nullptr : place.data(), nextPlace.data(),
                             keys.data(), values.data(), &count, nullptr);
    const int error = result == 0 ? 0 : errno;
    if (error == ENOSPC) { // one bucket holds more than asked for: same place, more room
      if (size >= map.maxEntries) {
        entries.error = error;
        return entries;
      }
      size = static_cast<uint32_t>(std::min<uint64_t>(uint64_t{size} * 2, map.maxEntries));
      continue;
    }
    if (error && error != ENOENT) {
      if (first)
        return std::nullopt;
      entries.error = error;
      return entries;
    }
    append(entries, map, keys.data(), values.data(),
           std::min<size_t>(count, limit - entries.count));
    if (error == ENOENT) // the end
      break;
    place = nextPlace;
    first = false;
  }
  return entries;
}

/** A key deleted meanwhile makes the kernel start over, so the number of steps is bounded, too. */
Entries readOneByOne(const MapHandle &map, uint32_t limit)
{
  Entries entries;
  std::vector<uint8_t> key(map.keySize), next(map.keySize), value(map.valueBytes);
  uint64_t steps = uint64_t{map.maxEntries} * 2;
  for (bool first = true; entries.count < limit && steps > 0; first = false, steps--) {
    if (bpf_map_get_next_key(map.fd.get(), first ? nullptr : key.data(), next.data()) != 0) {
      if (errno != ENOENT)
        entries.error = errno;
      break;
    }
    key = next;
    if (bpf_map_lookup_elem(map.fd.get(), key.data(), value.data()) == 0)
      append(entries, map, key.data(), value.data(), 1);
    else if (errno != ENOENT) {
      entries.error = errno;
      break;
    }
  }
  return entries;
}

} // namespace

Entries readEntries(const MapHandle &map, uint32_t limit)
{
  if (limit == 0)
    return {};
  if (map.keySize == 0 || map.valueBytes == 0)
    return {.error = EOPNOTSUPP, .count = 0, .keys = {}, .values = {}};
  if (auto entries = readBatches(map, limit))
    return std::move(*entries);
  return readOneByOne(map, limit);
}

} // namespace pahlevan
