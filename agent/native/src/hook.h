/** The kinds of hooks a program can be for, and what libbpf and the kernel call them. */
#pragma once

#include <bpf/bpf.h>
#include <napi.h>

#include <string>

namespace pahlevan {

enum class HookKind {
  Lsm,
  Fentry,
  Fexit,
  FmodRet,
  TpBtf,
  Iter,
  RawTp,
  Tracepoint,
  Kprobe,
  KprobeMulti,
  Cgroup
};

struct Hook {
  HookKind kind;
  const char *name;
  bpf_prog_type type;
  bpf_attach_type attachType; // 0 where the type alone says it
  const char *btfPrefix; // what precedes the target's name in kernel BTF; null: not found by BTF
  uint32_t btfKind;
};

/** The hook of a kind named by JavaScript; throws a TypeError with the valid names otherwise. */
const Hook &hookArgument(const Napi::CallbackInfo &info, size_t index);

/** BTF id of a hook's target, e.g. bpf_lsm_file_open; negative errno when the kernel has none. */
int32_t targetBtfId(const Hook &hook, const std::string &target);

} // namespace pahlevan
