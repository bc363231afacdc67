/** Turns an errno and what libbpf said meanwhile into a JavaScript Error with a code. */
#pragma once

#include <napi.h>

#include <string>

namespace pahlevan {

/** Keeps what libbpf warns about on this thread from here on; fail() puts it into the message. */
class Warnings {
public:
  Warnings();
  /** Makes libbpf print nothing by itself. Once per process is enough, more does no harm. */
  static void install();
};

/** "EPERM"; "ENOTSUPP" for the kernel's own 524; "ELIBBPF" for libbpf's own codes. */
std::string errorCode(int error);
std::string errorText(int error);

/**
 * Throws Error("<what>: <reason> (<CODE>); libbpf: <last warnings>") with `.code` and `.errno`,
 * and, where libbpf named the program at fault, `.program` and `.log`, the end of the verifier's
 * log. Takes errno with either sign.
 */
[[noreturn]] void fail(Napi::Env env, int error, const std::string &what);

/** Throws a TypeError: the caller passed something wrong. */
[[noreturn]] void reject(Napi::Env env, const std::string &what);

} // namespace pahlevan
