/** Turns an errno and what libbpf said meanwhile into a JavaScript Error with a code. */
#include "error.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace pahlevan {
namespace {

constexpr size_t maxWarningBytes = 2048;
constexpr size_t maxLogBytes = 32 * 1024;
constexpr int kernelNotSupported = 524; // ENOTSUPP never left the kernel's own headers

struct Said {
  std::string warnings;
  std::string program;
  std::string log;
};
thread_local Said said; // per thread, because every Node worker has its own calls under way

void keepTail(std::string &text, size_t limit)
{
  if (text.size() <= limit)
    return;
  text.erase(0, text.size() - limit);
  text.insert(0, "…");
}

constexpr std::string_view logBegins = "-- BEGIN PROG LOAD LOG --\n";
constexpr std::string_view logEnds = "-- END PROG LOAD LOG --";

/** libbpf prints a failed program as "prog 'NAME': …", its verifier log between BEGIN and END
 * lines. */
void note(std::string_view text)
{
  if (text.starts_with("libbpf: "))
    text.remove_prefix(8);
  const auto begin = text.find(logBegins);
  if (text.starts_with("prog '"))
    said.program = text.substr(6, text.find('\'', 6) - 6);
  if (begin != std::string_view::npos) {
    said.log = text.substr(begin + logBegins.size());
    said.log.erase(std::min(said.log.rfind(logEnds), said.log.size()));
    keepTail(said.log, maxLogBytes);
    return;
  }
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  if (!said.warnings.empty())
    said.warnings += "; ";
  said.warnings += text;
  keepTail(said.warnings, maxWarningBytes);
}

int onPrint(libbpf_print_level level, const char *format, va_list arguments)
{
  if (level != LIBBPF_WARN)
    return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0)
    return 0;
  std::string text(static_cast<size_t>(length), '\0');
  vsnprintf(text.data(), text.size() + 1, format, arguments);
  note(text);
  return 0;
}

} // namespace

Warnings::Warnings() { said = {}; }

void Warnings::install() { libbpf_set_print(onPrint); }

std::string errorCode(int error)
{
  error = std::abs(error);
  if (error == kernelNotSupported)
    return "ENOTSUPP";
  const char *name = strerrorname_np(error);
  return name ? name : "ELIBBPF";
}

std::string errorText(int error)
{
  error = std::abs(error);
  if (error == kernelNotSupported)
    return "Not supported by this kernel";
  char text[256];
  libbpf_strerror(error, text, sizeof text);
  return text;
}

void fail(Napi::Env env, int error, const std::string &what)
{
  error = std::abs(error);
  const std::string code = errorCode(error);
  std::string message = what + ": " + errorText(error) + " (" + code + ")";
  if (!said.warnings.empty())
    message += "; libbpf: " + said.warnings;
  Napi::Error thrown = Napi::Error::New(env, message);
  thrown.Set("code", Napi::String::New(env, code));
  thrown.Set("errno", Napi::Number::New(env, error));
  if (!said.program.empty())
    thrown.Set("program", Napi::String::New(env, said.program));
  if (!said.log.empty())
    thrown.Set("log", Napi::String::New(env, said.log));
  said = {};
  throw thrown;
}

void reject(Napi::Env env, const std::string &what) { throw Napi::TypeError::New(env, what); }

} // namespace pahlevan
