/** Reads JavaScript arguments, and says by name which one is wrong. */
#include "arguments.h"

#include "error.h"

#include <cmath>

namespace pahlevan {

std::string textOf(Napi::Value value, const char *name)
{
  if (!value.IsString())
    reject(value.Env(), std::string(name) + " must be a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos)
    reject(value.Env(), std::string(name) + " must not contain a NUL byte");
  return text;
}

std::string textArgument(const Napi::CallbackInfo &info, size_t index, const char *name)
{
  return textOf(info[index], name);
}

std::vector<std::string> textsArgument(const Napi::CallbackInfo &info, size_t index,
                                       const char *name)
{
  std::vector<std::string> texts;
  if (info[index].IsArray()) {
    const auto array = info[index].As<Napi::Array>();
    for (uint32_t at = 0; at < array.Length(); at++)
      texts.push_back(textOf(array.Get(at), name));
  }
  if (texts.empty())
    reject(info.Env(), std::string(name) + " must be an array of strings, at least one");
  return texts;
}

uint32_t countOf(Napi::Value value, const char *name)
{
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= UINT32_MAX) || std::floor(number) != number)
    reject(value.Env(), std::string(name) + " must be a whole number from 0 to 2^32 - 1");
  return static_cast<uint32_t>(number);
}

uint32_t countArgument(const Napi::CallbackInfo &info, size_t index, const char *name)
{
  return countOf(info[index], name);
}

Napi::Uint8Array bytesArgument(const Napi::CallbackInfo &info, size_t index, const char *name)
{
  if (!info[index].IsTypedArray() ||
      info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    reject(info.Env(), std::string(name) + " must be a Uint8Array");
  return info[index].As<Napi::Uint8Array>();
}

} // namespace pahlevan
