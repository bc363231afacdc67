/** Asks the kernel whether it takes a program on one hook, by loading and attaching an empty one.
 */
#pragma once

#include <napi.h>

namespace pahlevan {

void exportProbe(Napi::Env env, Napi::Object exports);

} // namespace pahlevan
