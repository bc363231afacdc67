/** This process' number in the initial pid namespace, as programs in the kernel see it. */
#include "own_pid.h"

#include "error.h"
#include "resource.h"
#include "signals.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <array>

namespace pahlevan {
namespace {

constexpr bpf_insn instruction(int code, int destination, int value)
{
  return {.code = static_cast<__u8>(code),
          .dst_reg = static_cast<__u8>(destination),
          .src_reg = 0,
          .off = 0,
          .imm = value};
}

/** Undefined where the kernel does not run such a program on its own: 5.10 is the first that does.
 */
Napi::Value ownPidCall(const Napi::CallbackInfo &info)
{
  const Warnings quiet;
  const HeldSignals held;
  const std::array<bpf_insn, 3> instructions{
      instruction(BPF_JMP | BPF_CALL, 0, BPF_FUNC_get_current_pid_tgid),
      instruction(BPF_ALU64 | BPF_RSH | BPF_K, 0, 32),
      instruction(BPF_JMP | BPF_EXIT, 0, 0),
  };
  const Fd program(bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "pahlevan_pid", "GPL",
                                 instructions.data(), instructions.size(), nullptr));
  LIBBPF_OPTS(bpf_test_run_opts, options);
  if (!program.valid() || bpf_prog_test_run_opts(program.get(), &options) != 0)
    return info.Env().Undefined();
  return Napi::Number::New(info.Env(), options.retval);
}

} // namespace

void exportOwnPid(Napi::Env env, Napi::Object exports)
{
  exports.Set("ownPid", Napi::Function::New(env, ownPidCall, "ownPid"));
}

} // namespace pahlevan
