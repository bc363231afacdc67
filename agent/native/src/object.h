/** BpfObject: one compiled BPF file, from opening it to detaching what it attached. */
#pragma once

#include "hook.h"
#include "link.h"
#include "map.h"

#include <bpf/libbpf.h>
#include <napi.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pahlevan {

class Object : public Napi::ObjectWrap<Object> {
public:
  static void define(Napi::Env env, Napi::Object exports);

  explicit Object(const Napi::CallbackInfo &info);

private:
  // object.cc: the object and what may be changed before it is loaded
  Napi::Value programs(const Napi::CallbackInfo &info);
  Napi::Value maps(const Napi::CallbackInfo &info);
  Napi::Value setAutoload(const Napi::CallbackInfo &info);
  Napi::Value retarget(const Napi::CallbackInfo &info);
  Napi::Value setMaxEntries(const Napi::CallbackInfo &info);
  Napi::Value setMapFlags(const Napi::CallbackInfo &info);
  Napi::Value reuseMap(const Napi::CallbackInfo &info);
  Napi::Value setConstant(const Napi::CallbackInfo &info);
  Napi::Value load(const Napi::CallbackInfo &info);
  Napi::Value map(const Napi::CallbackInfo &info);
  Napi::Value close(const Napi::CallbackInfo &info);

  // program.cc: what is done with loaded programs
  Napi::Value attach(const Napi::CallbackInfo &info);
  Napi::Value attachCgroup(const Napi::CallbackInfo &info);
  Napi::Value attachFunctions(const Napi::CallbackInfo &info);
  Napi::Value readIterator(const Napi::CallbackInfo &info);
  Napi::Value programInfo(const Napi::CallbackInfo &info);
  Napi::Value testRun(const Napi::CallbackInfo &info);

  struct CloseObject {
    void operator()(bpf_object *object) const { bpf_object__close(object); }
  };
  struct Target {
    HookKind kind;
    std::string name;
  };

  bpf_object *open(Napi::Env env) const;
  bpf_object *opened(Napi::Env env) const; // open and not yet loaded
  bpf_program *programArgument(const Napi::CallbackInfo &info, size_t index) const;
  bpf_program *loadedProgram(const Napi::CallbackInfo &info, size_t index) const;
  bpf_map *mapArgument(const Napi::CallbackInfo &info, size_t index) const;
  bpf_link *attachTarget(Napi::Env env, const bpf_program *program, const Target &target) const;
  Napi::Value keepLink(Napi::Env env, bpf_link *link, const bpf_program *program);
  std::string about(const bpf_program *program) const;

  std::string path_;
  bool loaded_ = false;
  std::unique_ptr<bpf_object, CloseObject> object_;
  std::map<std::string, Target> retargeted_;
  // One for each name, which closes with this: who asks for every use opens nothing.
  std::map<std::string, Napi::ObjectReference> madeMaps_;
  // Weak: a BpfLink that JavaScript forgot is closed when it is collected.
  std::vector<std::weak_ptr<LinkHandle>> madeLinks_;
};

} // namespace pahlevan
