/** Gives back what only the start needed. */
#pragma once

#include <napi.h>

namespace pahlevan {

void exportTrim(Napi::Env env, Napi::Object exports);

} // namespace pahlevan
