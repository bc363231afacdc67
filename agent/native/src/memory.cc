/** Shows mapped memory to JavaScript as an ArrayBuffer, and unmaps it when JavaScript has let go of
 * it. */
#include "memory.h"

#include <cstring>

namespace pahlevan {

Napi::ArrayBuffer exposeMemory(Napi::Env env, std::shared_ptr<Mapping> mapping, size_t offset,
                               size_t length)
{
  char *start = mapping->at(offset);
  auto owner = std::make_unique<std::shared_ptr<Mapping>>(std::move(mapping));
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(
      env, start, length, [](Napi::Env, void *, std::shared_ptr<Mapping> *held) { delete held; },
      owner.get());
  owner.release(); // from here on the finalizer above deletes it
  return buffer;
}

Napi::Uint8Array copyBytes(Napi::Env env, const void *bytes, size_t length)
{
  Napi::Uint8Array copy = Napi::Uint8Array::New(env, length);
  if (length > 0)
    memcpy(copy.Data(), bytes, length);
  return copy;
}

} // namespace pahlevan
