/** Asks the kernel whether it takes a program on one hook, by loading and attaching an empty one.
 */
#include "probe.h"

#include "arguments.h"
#include "error.h"
#include "hook.h"
#include "kernel_btf.h"
#include "perf_event.h"
#include "resource.h"
#include "signals.h"

#include <bpf/libbpf.h>

#include <array>
#include <cerrno>

namespace pahlevan {
namespace {

struct Answer {
  int error = 0;
  std::string reason;
};

Answer no(const std::string &what, int error)
{
  return {std::abs(error), what + ": " + errorText(error)};
}

/** The last line that the verifier wrote before its statistics. */
std::string lastLine(std::string log)
{
  if (const auto statistics = log.rfind("processed "); statistics != std::string::npos)
    log.erase(statistics);
  while (!log.empty() && log.back() == '\n')
    log.pop_back();
  return log.substr(log.rfind('\n') + 1);
}

/** Cgroup hooks come under "cgroup/connect4" and under "cgroup_skb/ingress". */
bool cgroupTypes(const std::string &target, bpf_prog_type &type, bpf_attach_type &attachType)
{
  return libbpf_prog_type_by_name(("cgroup/" + target).c_str(), &type, &attachType) == 0 ||
         libbpf_prog_type_by_name(("cgroup_" + target).c_str(), &type, &attachType) == 0;
}

Answer attach(const Hook &hook, const std::string &target, int program)
{
  switch (hook.kind) {
  case HookKind::Cgroup:
    return {}; // needs a cgroup; where the type loads, attaching works
  case HookKind::Iter: {
    if (target == "bpf_map_elem" || target == "bpf_sk_storage_map")
      return {}; // needs a map
    const Fd link(bpf_link_create(program, 0, BPF_TRACE_ITER, nullptr));
    return link.valid() ? Answer{} : no("attach", errno);
  }
  case HookKind::Tracepoint:
  case HookKind::Kprobe: {
    std::string why;
    const Fd event = hook.kind == HookKind::Kprobe ? attachKprobe(target, program, why)
                                                   : attachTracepoint(target, program, why);
    return event.valid() ? Answer{} : no(why, errno);
  }
  case HookKind::KprobeMulti: {
    const char *function = target.c_str();
    LIBBPF_OPTS(bpf_link_create_opts, options);
    options.kprobe_multi.syms = &function;
    options.kprobe_multi.cnt = 1;
    const Fd link(bpf_link_create(program, 0, BPF_TRACE_KPROBE_MULTI, &options));
    return link.valid() ? Answer{} : no("attach", errno);
  }
  default: {
    const char *name = hook.kind == HookKind::RawTp ? target.c_str() : nullptr;
    const Fd link(bpf_raw_tracepoint_open(name, program));
    return link.valid() ? Answer{} : no("attach", errno);
  }
  }
}

Answer probe(const Hook &hook, const std::string &target)
{
  bpf_prog_type type = hook.type;
  bpf_attach_type attachType = hook.attachType;
  LIBBPF_OPTS(bpf_prog_load_opts, options);
  if (hook.kind == HookKind::Cgroup && !cgroupTypes(target, type, attachType))
    return {EINVAL, "libbpf knows no section cgroup/" + target};
  if (hook.btfPrefix) {
    if (!kernelHasBtf())
      return {ENOENT, "the kernel offers no BTF (/sys/kernel/btf/vmlinux)"};
    const int32_t id = targetBtfId(hook, target);
    if (id <= 0)
      return {ENOENT, "the kernel's BTF has no " + (hook.btfPrefix + target)};
    options.attach_btf_id = static_cast<uint32_t>(id);
  }
  options.expected_attach_type = attachType;

  std::array<char, 16 * 1024> log{};
  options.log_buf = log.data();
  options.log_size = log.size();
  options.log_level = 1;
  // Cgroup programs answer 1 for "go on", every other kind 0 for "nothing to say".
  const int answer = hook.kind == HookKind::Cgroup ? 1 : 0;
  const std::array<bpf_insn, 2> instructions{{
      {.code = BPF_ALU64 | BPF_MOV | BPF_K,
       .dst_reg = BPF_REG_0,
       .src_reg = 0,
       .off = 0,
       .imm = answer},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  }};
  const Fd program(bpf_prog_load(type, "pahlevan_probe", "GPL", instructions.data(),
                                 instructions.size(), &options));
  if (!program.valid()) {
    Answer refused = no("load", errno);
    if (const std::string line = lastLine(log.data()); !line.empty())
      refused.reason += " (" + line + ")";
    return refused;
  }
  return attach(hook, target, program.get());
}

Napi::Value probeHookCall(const Napi::CallbackInfo &info)
{
  const Warnings quiet;
  const HeldSignals held;
  const Answer answer = probe(hookArgument(info, 0), textArgument(info, 1, "target"));
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("ok", answer.error == 0);
  result.Set("errno", answer.error);
  result.Set("code", answer.error ? errorCode(answer.error) : "");
  result.Set("reason", answer.reason);
  return result;
}

} // namespace

void exportProbe(Napi::Env env, Napi::Object exports)
{
  exports.Set("probeHook", Napi::Function::New(env, probeHookCall, "probeHook"));
}

} // namespace pahlevan
