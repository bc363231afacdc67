/** The running kernel's type information (BTF), kept while questions come. */
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

namespace pahlevan {

/** Id of a type of one BTF kind (BTF_KIND_FUNC …), or a negative errno: ENOENT when there is none
 * (or no BTF). */
int32_t kernelTypeId(const std::string &name, uint32_t kind);
bool kernelHasBtf();
/** Who asks again waits until it is parsed anew. */
void forgetKernelBtf();

void exportKernelBtf(Napi::Env env, Napi::Object exports);

} // namespace pahlevan
