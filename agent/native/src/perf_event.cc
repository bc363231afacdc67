/** Attaches a program to a tracepoint or kprobe the way that every kernel has: through a perf
 * event. */
#include "perf_event.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <fstream>

namespace pahlevan {
namespace {

long numberIn(const std::string &path)
{
  long value = -1;
  std::ifstream(path) >> value;
  return value;
}

Fd attachEvent(perf_event_attr &event, int program, std::string &why)
{
  event.size = sizeof event;
  event.sample_period = 1;
  event.wakeup_events = 1;
  Fd fd(static_cast<int>(syscall(SYS_perf_event_open, &event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!fd.valid()) {
    why = "perf_event_open";
    return fd;
  }
  if (ioctl(fd.get(), PERF_EVENT_IOC_SET_BPF, program) < 0) {
    const int error = errno;
    why = "attach";
    fd.reset();
    errno = error;
  }
  return fd;
}

} // namespace

Fd attachTracepoint(const std::string &categoryAndName, int program, std::string &why)
{
  perf_event_attr event{};
  event.type = PERF_TYPE_TRACEPOINT;
  for (const char *root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    if (access((std::string(root) + "/events").c_str(), F_OK) != 0)
      continue;
    const long id = numberIn(std::string(root) + "/events/" + categoryAndName + "/id");
    if (id < 0) {
      why = "no tracepoint " + categoryAndName;
      errno = ENOENT;
      return Fd();
    }
    event.config = static_cast<uint64_t>(id);
    return attachEvent(event, program, why);
  }
  why = "tracefs is not mounted on /sys/kernel/tracing";
  errno = ENOENT;
  return Fd();
}

Fd attachKprobe(const std::string &function, int program, std::string &why)
{
  const long type = numberIn("/sys/bus/event_source/devices/kprobe/type");
  if (type < 0) {
    why = "the kernel was built without kprobe events";
    errno = ENOENT;
    return Fd();
  }
  perf_event_attr event{};
  event.type = static_cast<uint32_t>(type);
  event.config1 = reinterpret_cast<uint64_t>(function.c_str());
  return attachEvent(event, program, why);
}

} // namespace pahlevan
