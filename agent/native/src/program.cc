/** BpfObject: what is done with loaded programs: attach, iterate, run once, ask for their counters.
 */
#include "object.h"

#include "arguments.h"
#include "error.h"
#include "memory.h"
#include "signals.h"

#include <bpf/bpf.h>

#include <cerrno>

namespace pahlevan {
namespace {

constexpr size_t maxIteratorBytes = 256 * 1024 * 1024;

/** Reads an iterator to its end; false with errno set when it fails. */
bool readAll(int fd, std::vector<uint8_t> &bytes)
{
  constexpr size_t chunk = 64 * 1024;
  for (size_t used = 0;;) {
    bytes.resize(used + chunk);
    const ssize_t got = read(fd, bytes.data() + used, chunk);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) // EAGAIN: many objects, nothing said yet
      continue;
    if (got < 0)
      return false;
    used += static_cast<size_t>(got);
    bytes.resize(used);
    if (got == 0)
      return true;
    if (used > maxIteratorBytes) {
      errno = EFBIG;
      return false;
    }
  }
}

bool takesPacket(bpf_prog_type type)
{
  return type == BPF_PROG_TYPE_SCHED_CLS || type == BPF_PROG_TYPE_SCHED_ACT ||
         type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_CGROUP_SKB ||
         type == BPF_PROG_TYPE_SOCKET_FILTER;
}

} // namespace

bpf_program *Object::loadedProgram(const Napi::CallbackInfo &info, size_t index) const
{
  bpf_program *program = programArgument(info, index);
  if (bpf_program__fd(program) < 0)
    throw Napi::Error::New(info.Env(),
                           about(program) + " is not loaded (load() it, with autoload on)");
  return program;
}

Napi::Value Object::keepLink(Napi::Env env, bpf_link *link, const bpf_program *program)
{
  auto handle = std::make_shared<LinkHandle>();
  handle->link.reset(link);
  handle->program = bpf_program__name(program);
  std::erase_if(madeLinks_, [](const auto &made) { return made.expired(); });
  madeLinks_.push_back(handle);
  return Link::wrap(env, std::move(handle));
}

bpf_link *Object::attachTarget(Napi::Env env, const bpf_program *program,
                               const Target &target) const
{
  switch (target.kind) {
  case HookKind::Lsm:
    return bpf_program__attach_lsm(program);
  case HookKind::Iter:
    return bpf_program__attach_iter(program, nullptr);
  case HookKind::RawTp:
    return bpf_program__attach_raw_tracepoint(program, target.name.c_str());
  case HookKind::Kprobe:
    return bpf_program__attach_kprobe(program, false, target.name.c_str());
  case HookKind::Tracepoint: {
    const auto slash = target.name.find('/');
    if (slash == std::string::npos)
      reject(env, about(program) + ": a tracepoint is named category/name, not " + target.name);
    return bpf_program__attach_tracepoint(program, target.name.substr(0, slash).c_str(),
                                          target.name.substr(slash + 1).c_str());
  }
  default:
    return bpf_program__attach_trace(program);
  }
}

Napi::Value Object::attach(const Napi::CallbackInfo &info)
{
  const Warnings heard;
  const HeldSignals held;
  const bpf_program *program = loadedProgram(info, 0);
  const auto target = retargeted_.find(bpf_program__name(program));
  bpf_link *link = target == retargeted_.end() ? bpf_program__attach(program)
                                               : attachTarget(info.Env(), program, target->second);
  if (!link)
    fail(info.Env(), errno, about(program) + ": cannot attach");
  return keepLink(info.Env(), link, program);
}

Napi::Value Object::attachCgroup(const Napi::CallbackInfo &info)
{
  const Warnings heard;
  const HeldSignals held;
  const bpf_program *program = loadedProgram(info, 0);
  const std::string path = textArgument(info, 1, "cgroupPath");
  const Fd cgroup(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!cgroup.valid())
    fail(info.Env(), errno, about(program) + ": cannot open the cgroup " + path);
  bpf_link *link = bpf_program__attach_cgroup(program, cgroup.get());
  if (!link)
    fail(info.Env(), errno,
         about(program) + ": cannot attach to " + path + " (is it a cgroup of version 2?)");
  return keepLink(info.Env(), link, program);
}

Napi::Value Object::attachFunctions(const Napi::CallbackInfo &info)
{
  const Warnings heard;
  const HeldSignals held;
  const bpf_program *program = loadedProgram(info, 0);
  const std::vector<std::string> functions = textsArgument(info, 1, "functions");
  std::vector<const char *> names;
  for (const std::string &function : functions)
    names.push_back(function.c_str());
  LIBBPF_OPTS(bpf_kprobe_multi_opts, options);
  options.syms = names.data();
  options.cnt = names.size();
  bpf_link *link = bpf_program__attach_kprobe_multi_opts(program, nullptr, &options);
  if (!link)
    fail(info.Env(), errno,
         about(program) + ": cannot attach to " + std::to_string(names.size()) +
             " functions of the kernel (does it have, and trace, all of them?)");
  return keepLink(info.Env(), link, program);
}

Napi::Value Object::readIterator(const Napi::CallbackInfo &info)
{
  const Warnings heard;
  const HeldSignals held;
  const bpf_program *program = loadedProgram(info, 0);
  const UniqueLink link(bpf_program__attach_iter(program, nullptr));
  if (!link)
    fail(info.Env(), errno, about(program) + ": cannot attach the iterator");
  const Fd iterator(bpf_iter_create(bpf_link__fd(link.get())));
  if (!iterator.valid())
    fail(info.Env(), errno, about(program) + ": cannot start the iterator");
  std::vector<uint8_t> bytes;
  if (!readAll(iterator.get(), bytes))
    fail(info.Env(), errno, about(program) + ": cannot read the iterator");
  return copyBytes(info.Env(), bytes.data(), bytes.size());
}

Napi::Value Object::programInfo(const Napi::CallbackInfo &info)
{
  const bpf_program *program = loadedProgram(info, 0);
  const int fd = bpf_program__fd(program);
  bpf_prog_info described{};
  uint32_t size = sizeof described;
  if (bpf_obj_get_info_by_fd(fd, &described, &size) != 0)
    fail(info.Env(), errno, about(program) + ": cannot ask for its counters");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("name", bpf_program__name(program));
  result.Set("section", bpf_program__section_name(program));
  result.Set("id", described.id);
  result.Set("runCount", static_cast<double>(described.run_cnt));
  result.Set("runTimeNs", static_cast<double>(described.run_time_ns));
  result.Set("recursionMisses", static_cast<double>(described.recursion_misses));
  result.Set("verifiedInstructions", described.verified_insns); // 0 before 5.16
  result.Set("memoryBytes", chargedBytes(fd));
  return result;
}

Napi::Value Object::testRun(const Napi::CallbackInfo &info)
{
  const Warnings heard;
  const bpf_program *program = loadedProgram(info, 0);
  LIBBPF_OPTS(bpf_test_run_opts, options);
  if (!info[1].IsUndefined()) {
    Napi::Uint8Array input = bytesArgument(info, 1, "input");
    // Packets are data; for the other types the input is what the program gets as its context.
    if (takesPacket(bpf_program__type(program))) {
      options.data_in = input.Data();
      options.data_size_in = static_cast<uint32_t>(input.ByteLength());
    } else {
      options.ctx_in = input.Data();
      options.ctx_size_in = static_cast<uint32_t>(input.ByteLength());
    }
  }
  if (bpf_prog_test_run_opts(bpf_program__fd(program), &options) != 0)
    fail(info.Env(), errno, about(program) + ": cannot run it on its own");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("retval", options.retval);
  result.Set("durationNs", options.duration);
  return result;
}

} // namespace pahlevan
