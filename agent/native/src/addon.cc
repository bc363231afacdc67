/** Puts the addon's classes and functions together. */
#include "arguments.h"
#include "classes.h"
#include "error.h"
#include "kernel_btf.h"
#include "link.h"
#include "map.h"
#include "object.h"
#include "own_pid.h"
#include "probe.h"
#include "resource.h"
#include "ring.h"
#include "trim.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>

namespace pahlevan {
namespace {

Napi::Value possibleCpusCall(const Napi::CallbackInfo &info)
{
  const int count = libbpf_num_possible_cpus();
  if (count < 0)
    fail(info.Env(), count, "cannot count the possible CPUs");
  return Napi::Number::New(info.Env(), count);
}

/** The kernel counts run times for as long as somebody holds the descriptor. */
Napi::Value enableRunStatsCall(const Napi::CallbackInfo &info)
{
  auto fd = std::make_shared<Fd>(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!fd->valid())
    fail(info.Env(), errno, "cannot turn run time statistics on");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("close", Napi::Function::New(
                          info.Env(), [fd](const Napi::CallbackInfo &) { fd->reset(); }, "close"));
  return result;
}

/** By its neighbour: who opens a program holds it, and the guard's own are not opened to everybody.
 */
Napi::Value hasProgramCall(const Napi::CallbackInfo &info)
{
  const uint32_t id = countArgument(info, 0, "id");
  if (id == 0)
    reject(info.Env(), "no program has the id 0");
  uint32_t next = 0;
  const int error = bpf_prog_get_next_id(id - 1, &next);
  if (error != 0 && errno != ENOENT)
    fail(info.Env(), errno, "cannot ask for the program " + std::to_string(id));
  return Napi::Boolean::New(info.Env(), error == 0 && next == id);
}

Napi::Object describeVersions(Napi::Env env)
{
  Napi::Object versions = Napi::Object::New(env);
  versions.Set("libbpf", libbpf_version_string());
  versions.Set("addon", PAHLEVAN_VERSION);
  return versions;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports)
{
  Warnings::install();
  env.SetInstanceData(new Classes);
  Object::define(env, exports);
  Map::define(env, exports);
  Link::define(env, exports);
  Ring::define(env, exports);
  exportProbe(env, exports);
  exportTrim(env, exports);
  exportOwnPid(env, exports);
  exportKernelBtf(env, exports);
  exports.Set("possibleCpus", Napi::Function::New(env, possibleCpusCall, "possibleCpus"));
  exports.Set("enableRunStats", Napi::Function::New(env, enableRunStatsCall, "enableRunStats"));
  exports.Set("hasProgram", Napi::Function::New(env, hasProgramCall, "hasProgram"));
  exports.Set("versions", describeVersions(env));
  return exports;
}

} // namespace

NODE_API_MODULE(pahlevan, initialise)

} // namespace pahlevan
