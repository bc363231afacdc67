/** This process' number in the initial pid namespace, as programs in the kernel see it. */
#pragma once

#include <napi.h>

namespace pahlevan {

void exportOwnPid(Napi::Env env, Napi::Object exports);

} // namespace pahlevan
