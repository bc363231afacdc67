/** Gives back what only the start needed: types of the kernel, free heap, pages of code. */
#include "trim.h"

#include "kernel_btf.h"

#include <malloc.h>
#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

namespace pahlevan {
namespace {

struct Mapping {
  uintptr_t start = 0;
  uintptr_t end = 0;
  bool readOnlyFile = false;
};

/** A mapping's first line in smaps; its others begin with a name and a colon. */
std::optional<Mapping> mappingIn(const std::string &line)
{
  Mapping mapping;
  std::array<char, 5> rights{};
  unsigned long inode = 0;
  if (std::sscanf(line.c_str(), "%lx-%lx %4s %*x %*s %lu", &mapping.start, &mapping.end,
                  rights.data(), &inode) != 4)
    return std::nullopt;
  mapping.readOnlyFile = inode != 0 && rights[1] == '-' && rights[3] == 'p';
  return mapping;
}

/**
 * Pages of files that nothing was ever written to: the kernel reads them anew when they are touched
 * again, from its cache. One with a page of its own (relocated, then made read-only) is left alone.
 */
void dropCleanFilePages()
{
  std::ifstream smaps("/proc/self/smaps");
  Mapping mapping;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long anonymous = 0;
    if (const auto next = mappingIn(line))
      mapping = *next;
    else if (std::sscanf(line.c_str(), "Anonymous: %lu kB", &anonymous) == 1 && anonymous == 0 &&
             mapping.readOnlyFile)
      madvise(reinterpret_cast<void *>(mapping.start), mapping.end - mapping.start, MADV_DONTNEED);
  }
}

void returnMemoryCall(const Napi::CallbackInfo &)
{
  forgetKernelBtf();
  malloc_trim(0);
  dropCleanFilePages();
}

} // namespace

void exportTrim(Napi::Env env, Napi::Object exports)
{
  exports.Set("returnMemory", Napi::Function::New(env, returnMemoryCall, "returnMemory"));
}

} // namespace pahlevan
