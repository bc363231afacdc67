/** Reads JavaScript arguments, and says by name which one is wrong. */
#include "arguments.h"

#include "error.h"

#include <cmath>

namespace pahlevan {

std::string textArgument(const Napi::CallbackInfo &info, size_t index, const char *name)
{
  if (!info[index].IsString())
    reject(info.Env(), std::string(name) + " must be a string");
  std::string text = info[index].As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos)
    reject(info.Env(), std::string(name) + " must not contain a NUL byte");
  return text;
}

uint32_t countArgument(const Napi::CallbackInfo &info, size_t index, const char *name)
{
  const double value = info[index].IsNumber() ? info[index].As<Napi::Number>().DoubleValue() : -1;
  if (!(value >= 0 && value <= UINT32_MAX) || std::floor(value) != value)
    reject(info.Env(), std::string(name) + " must be a whole number from 0 to 2^32 - 1");
  return static_cast<uint32_t>(value);
}

Napi::Uint8Array bytesArgument(const Napi::CallbackInfo &info, size_t index, const char *name)
{
  if (!info[index].IsTypedArray() ||
      info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    reject(info.Env(), std::string(name) + " must be a Uint8Array");
  return info[index].As<Napi::Uint8Array>();
}

} // namespace pahlevan
