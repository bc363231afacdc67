/** Shows mapped memory to JavaScript as an ArrayBuffer, and unmaps it when JavaScript has let go of
 * it. */
#pragma once

#include "resource.h"

#include <napi.h>

#include <memory>

namespace pahlevan {

/** `length` bytes of the mapping from `offset`; the ArrayBuffer shares the mapping's ownership. */
Napi::ArrayBuffer exposeMemory(Napi::Env env, std::shared_ptr<Mapping> mapping, size_t offset,
                               size_t length);

/** A copy of bytes in an ArrayBuffer of JavaScript's own. */
Napi::Uint8Array copyBytes(Napi::Env env, const void *bytes, size_t length);

} // namespace pahlevan
