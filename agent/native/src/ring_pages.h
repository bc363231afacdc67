/** The memory that a ring buffer shares with the kernel, and the protocol on it. */
#pragma once

#include "resource.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

namespace pahlevan {

/** Set in a record's length word while the program that reserved it is still writing. */
constexpr uint32_t busyBit = 1u << 31;

class RingPages {
public:
  /**
   * Invalid with errno set when the kernel refuses. `sizeBytes` is the map's, a power of two; a
   * record of at most `longestBytes` that wraps is contiguous all the same.
   */
  RingPages(Fd map, uint32_t sizeBytes, uint32_t longestBytes)
      : fd(std::move(map)), size(sizeBytes), page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))),
        dataBytes(size_t{size} +
                  std::min<size_t>(size, (longestBytes + page_ - 1) / page_ * page_)),
        consumer_(fd.get(), 0, page_, PROT_READ | PROT_WRITE),
        // The producer's page, then the data pages, then the first of them again. Each page that
        // is mapped twice counts twice as memory of ours.
        producer(std::make_shared<Mapping>(fd.get(), static_cast<off_t>(page_), page_ + dataBytes,
                                           PROT_READ))
  {
  }

  bool valid() const { return consumer_.valid() && producer->valid(); }
  size_t dataOffset() const { return page_; }
  uint64_t produced() const { return position(producer->at(0)).load(std::memory_order_acquire); }
  uint64_t consumed() const { return position(consumer_.at(0)).load(std::memory_order_relaxed); }
  void release(uint64_t to) const
  {
    position(consumer_.at(0)).store(to, std::memory_order_release);
  }

  /**
   * Is there a finished record? The fence orders an earlier release() before the look at the
   * record's header: the kernel finishes the header, then looks whether we stand at it, and wakes
   * us only if so. Without the fence both could see the other's old value, and the wake-up would be
   * lost.
   */
  bool ready() const
  {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const uint64_t at = consumed();
    if (at == produced())
      return false;
    auto *header = reinterpret_cast<uint32_t *>(producer->at(page_ + (at & (size - 1))));
    return !(std::atomic_ref(*header).load(std::memory_order_acquire) & busyBit);
  }

  const Fd fd;
  const uint32_t size;

private:
  static std::atomic_ref<uint64_t> position(char *page)
  {
    return std::atomic_ref(*reinterpret_cast<uint64_t *>(page));
  }

  const size_t page_;

public:
  const size_t dataBytes;

private:
  const Mapping consumer_;

public:
  const std::shared_ptr<Mapping> producer;
};

} // namespace pahlevan
