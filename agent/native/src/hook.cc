/** The kinds of hooks a program can be for, and what libbpf and the kernel call them. */
#include "hook.h"

#include "arguments.h"
#include "error.h"
#include "kernel_btf.h"

#include <linux/btf.h>

namespace pahlevan {
namespace {

constexpr bpf_attach_type none{};

constexpr Hook hooks[] = {
    {HookKind::Lsm, "lsm", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf_lsm_", BTF_KIND_FUNC},
    {HookKind::Fentry, "fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "", BTF_KIND_FUNC},
    {HookKind::Fexit, "fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, "", BTF_KIND_FUNC},
    {HookKind::FmodRet, "fmod_ret", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, "", BTF_KIND_FUNC},
    {HookKind::TpBtf, "tp_btf", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "btf_trace_",
     BTF_KIND_TYPEDEF},
    {HookKind::Iter, "iter", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, "bpf_iter_", BTF_KIND_FUNC},
    {HookKind::RawTp, "raw_tp", BPF_PROG_TYPE_RAW_TRACEPOINT, none, nullptr, 0},
    {HookKind::Tracepoint, "tracepoint", BPF_PROG_TYPE_TRACEPOINT, none, nullptr, 0},
    {HookKind::Kprobe, "kprobe", BPF_PROG_TYPE_KPROBE, none, nullptr, 0},
    {HookKind::KprobeMulti, "kprobe_multi", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, nullptr,
     0},
    // Type and attach type depend on the target here; libbpf's section names give them.
    {HookKind::Cgroup, "cgroup", BPF_PROG_TYPE_UNSPEC, none, nullptr, 0},
};

} // namespace

const Hook &hookArgument(const Napi::CallbackInfo &info, size_t index)
{
  const std::string name = textArgument(info, index, "kind");
  std::string valid;
  for (const Hook &hook : hooks) {
    if (name == hook.name)
      return hook;
    valid += std::string(valid.empty() ? "" : ", ") + hook.name;
  }
  reject(info.Env(), "no hook kind " + name + "; there are: " + valid);
}

int32_t targetBtfId(const Hook &hook, const std::string &target)
{
  return hook.btfPrefix ? kernelTypeId(hook.btfPrefix + target, hook.btfKind) : -ENOENT;
}

} // namespace pahlevan
