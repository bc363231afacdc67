/** The JavaScript classes of one environment; a worker thread has its own. */
#pragma once

#include <napi.h>

#include <memory>

namespace pahlevan {

struct MapHandle;
struct LinkHandle;

struct Classes {
  Napi::FunctionReference map;
  Napi::FunctionReference link;
  // What the next constructor call wraps; null when it is JavaScript's own `new`, which is refused.
  // (An External argument would do, but Node leaks those that are alive when its process ends.)
  std::shared_ptr<MapHandle> mapToWrap;
  std::shared_ptr<LinkHandle> linkToWrap;
};

inline Classes &classes(Napi::Env env) { return *env.GetInstanceData<Classes>(); }

} // namespace pahlevan
