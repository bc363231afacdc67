/** Owners of what the kernel lends: file descriptors, mappings and libbpf's links. */
#pragma once

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <utility>

namespace pahlevan {

class Fd {
public:
  Fd() = default;
  explicit Fd(int value) : value_(value) {}
  Fd(Fd &&other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Fd &operator=(Fd &&other) noexcept
  {
    reset();
    value_ = std::exchange(other.value_, -1);
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return value_; }
  bool valid() const { return value_ >= 0; }
  Fd duplicate() const { return Fd(fcntl(value_, F_DUPFD_CLOEXEC, 3)); }
  void reset()
  {
    if (value_ >= 0)
      close(value_);
    value_ = -1;
  }

private:
  int value_ = -1;
};

class Mapping {
public:
  Mapping() = default;
  Mapping(int fd, off_t offset, size_t size, int protection)
      : address_(mmap(nullptr, size, protection, MAP_SHARED, fd, offset)), size_(size)
  {
  }
  Mapping(Mapping &&other) noexcept
      : address_(std::exchange(other.address_, MAP_FAILED)), size_(other.size_)
  {
  }
  Mapping &operator=(Mapping &&other) noexcept
  {
    reset();
    address_ = std::exchange(other.address_, MAP_FAILED);
    size_ = other.size_;
    return *this;
  }
  ~Mapping() { reset(); }

  bool valid() const { return address_ != MAP_FAILED; }
  char *at(size_t offset) const { return static_cast<char *>(address_) + offset; }
  void reset()
  {
    if (valid())
      munmap(address_, size_);
    address_ = MAP_FAILED;
  }

private:
  void *address_ = MAP_FAILED;
  size_t size_ = 0;
};

/**
 * Destroying a link closes it: the kernel detaches the program unless the link is pinned. libbpf
 * would switch a pinned tracepoint's event off all the same: of that one only its fd is closed.
 */
struct DestroyLink {
  void operator()(bpf_link *link) const
  {
    if (bpf_link__pin_path(link)) {
      bpf_link__disconnect(link);
      ::close(bpf_link__fd(link));
    }
    bpf_link__destroy(link);
  }
};
using UniqueLink = std::unique_ptr<bpf_link, DestroyLink>;

} // namespace pahlevan
