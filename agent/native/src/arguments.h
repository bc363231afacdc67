/** Reads JavaScript arguments, and says by name which one is wrong. */
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pahlevan {

std::string textArgument(const Napi::CallbackInfo &info, size_t index, const char *name);
uint32_t countArgument(const Napi::CallbackInfo &info, size_t index, const char *name);
/** An array of texts, at least one. */
std::vector<std::string> textsArgument(const Napi::CallbackInfo &info, size_t index,
                                       const char *name);
Napi::Uint8Array bytesArgument(const Napi::CallbackInfo &info, size_t index, const char *name);

/** The same of a value that is a part of an argument. */
std::string textOf(Napi::Value value, const char *name);
uint32_t countOf(Napi::Value value, const char *name);

} // namespace pahlevan
