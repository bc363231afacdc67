/** BpfObject: opening a file, what may be changed before loading it, loading and closing. */
#include "object.h"

#include "arguments.h"
#include "classes.h"
#include "constant.h"
#include "error.h"
#include "signals.h"

#include <bpf/bpf.h>

#include <cerrno>

namespace pahlevan {

void Object::define(Napi::Env env, Napi::Object exports)
{
  exports.Set("BpfObject",
              DefineClass(env, "BpfObject",
                          {
                              InstanceAccessor<&Object::programs>("programs"),
                              InstanceAccessor<&Object::maps>("maps"),
                              InstanceMethod<&Object::setAutoload>("setAutoload"),
                              InstanceMethod<&Object::retarget>("retarget"),
                              InstanceMethod<&Object::setMaxEntries>("setMaxEntries"),
                              InstanceMethod<&Object::setMapFlags>("setMapFlags"),
                              InstanceMethod<&Object::reuseMap>("reuseMap"),
                              InstanceMethod<&Object::setConstant>("setConstant"),
                              InstanceMethod<&Object::load>("load"),
                              InstanceMethod<&Object::attach>("attach"),
                              InstanceMethod<&Object::attachCgroup>("attachCgroup"),
                              InstanceMethod<&Object::attachFunctions>("attachFunctions"),
                              InstanceMethod<&Object::readIterator>("readIterator"),
                              InstanceMethod<&Object::map>("map"),
                              InstanceMethod<&Object::programInfo>("programInfo"),
                              InstanceMethod<&Object::testRun>("testRun"),
                              InstanceMethod<&Object::close>("close"),
                          }));
}

Object::Object(const Napi::CallbackInfo &info)
    : ObjectWrap(info), path_(textArgument(info, 0, "path"))
{
  const Warnings heard;
  object_.reset(bpf_object__open_file(path_.c_str(), nullptr));
  if (!object_)
    fail(info.Env(), errno, "cannot open " + path_);
}

bpf_object *Object::open(Napi::Env env) const
{
  if (!object_)
    throw Napi::Error::New(env, "BpfObject " + path_ + " is closed");
  return object_.get();
}

bpf_object *Object::opened(Napi::Env env) const
{
  open(env);
  if (loaded_)
    throw Napi::Error::New(env,
                           "BpfObject " + path_ + " is loaded already; change it before load()");
  return object_.get();
}

bpf_program *Object::programArgument(const Napi::CallbackInfo &info, size_t index) const
{
  const std::string name = textArgument(info, index, "program");
  bpf_program *program = bpf_object__find_program_by_name(open(info.Env()), name.c_str());
  if (!program)
    throw Napi::Error::New(info.Env(), path_ + " has no program " + name);
  return program;
}

bpf_map *Object::mapArgument(const Napi::CallbackInfo &info, size_t index) const
{
  const std::string name = textArgument(info, index, "map");
  bpf_map *map = bpf_object__find_map_by_name(open(info.Env()), name.c_str());
  if (!map)
    throw Napi::Error::New(info.Env(), path_ + " has no map " + name);
  return map;
}

std::string Object::about(const bpf_program *program) const
{
  return path_ + ": program " + bpf_program__name(program);
}

Napi::Value Object::programs(const Napi::CallbackInfo &info)
{
  Napi::Array list = Napi::Array::New(info.Env());
  bpf_program *program;
  bpf_object__for_each_program (program, open(info.Env())) {
    Napi::Object entry = Napi::Object::New(info.Env());
    entry.Set("name", bpf_program__name(program));
    entry.Set("section", bpf_program__section_name(program));
    list.Set(list.Length(), entry);
  }
  return list;
}

Napi::Value Object::maps(const Napi::CallbackInfo &info)
{
  Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  bpf_map *map;
  bpf_object__for_each_map (map, open(env)) {
    MapHandle described;
    if (const int fd = bpf_map__fd(map); fd >= 0) {
      const std::string name = bpf_map__name(map);
      described = std::move(
          *adoptMap(env, Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3)), name, path_ + ": map " + name));
    } else {
      described.name = bpf_map__name(map);
      described.type = bpf_map__type(map);
      described.keySize = bpf_map__key_size(map);
      described.valueSize = bpf_map__value_size(map);
      described.maxEntries = bpf_map__max_entries(map);
    }
    list.Set(list.Length(), describeMap(env, described));
  }
  return list;
}

Napi::Value Object::setAutoload(const Napi::CallbackInfo &info)
{
  opened(info.Env());
  const Warnings heard;
  bpf_program *program = programArgument(info, 0);
  if (!info[1].IsBoolean())
    reject(info.Env(), "on must be a boolean");
  if (const int error = bpf_program__set_autoload(program, info[1].As<Napi::Boolean>()))
    fail(info.Env(), error, about(program) + ": cannot set autoload");
  return info.Env().Undefined();
}

Napi::Value Object::retarget(const Napi::CallbackInfo &info)
{
  Napi::Env env = info.Env();
  opened(env);
  const Warnings heard;
  bpf_program *program = programArgument(info, 0);
  const Hook &hook = hookArgument(info, 1);
  const std::string target = textArgument(info, 2, "target");
  const std::string what = about(program) + ": cannot become " + hook.name + "/" + target;
  if (hook.kind == HookKind::Cgroup)
    reject(env, what + ": a cgroup program's context differs with every target");
  // Looked up first, so that a program whose new target is not there stays what it was.
  if (hook.btfPrefix && targetBtfId(hook, target) <= 0)
    fail(env, ENOENT, what + ": the kernel's BTF has no " + hook.btfPrefix + target);
  const std::string section = bpf_program__section_name(program);
  const bool sleepable = section.find(".s/") != std::string::npos;

  int error = bpf_program__set_type(program, hook.type);
  if (!error)
    error = bpf_program__set_expected_attach_type(program, hook.attachType);
  if (!error && hook.btfPrefix)
    error = bpf_program__set_attach_target(program, 0, target.c_str());
  // libbpf forgets the section's ".s" together with the section's type.
  if (!error && sleepable)
    error = bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_SLEEPABLE);
  if (error)
    fail(env, error, what);
  retargeted_[bpf_program__name(program)] = {hook.kind, target};
  return env.Undefined();
}

Napi::Value Object::setMaxEntries(const Napi::CallbackInfo &info)
{
  opened(info.Env());
  const Warnings heard;
  bpf_map *map = mapArgument(info, 0);
  if (const int error = bpf_map__set_max_entries(map, countArgument(info, 1, "entries")))
    fail(info.Env(), error, path_ + ": map " + bpf_map__name(map) + ": cannot resize");
  return info.Env().Undefined();
}

Napi::Value Object::setMapFlags(const Napi::CallbackInfo &info)
{
  opened(info.Env());
  const Warnings heard;
  bpf_map *map = mapArgument(info, 0);
  if (const int error = bpf_map__set_map_flags(map, countArgument(info, 1, "flags")))
    fail(info.Env(), error, path_ + ": map " + bpf_map__name(map) + ": cannot set flags");
  return info.Env().Undefined();
}

Napi::Value Object::reuseMap(const Napi::CallbackInfo &info)
{
  opened(info.Env());
  const Warnings heard;
  bpf_map *map = mapArgument(info, 0);
  const auto other = Map::argument(info, 1);
  if (const int error = bpf_map__reuse_fd(map, other->fd.get()))
    fail(info.Env(), error,
         path_ + ": map " + bpf_map__name(map) + ": cannot use the loaded map " + other->name);
  return info.Env().Undefined();
}

Napi::Value Object::setConstant(const Napi::CallbackInfo &info)
{
  Napi::Env env = info.Env();
  bpf_object *object = opened(env);
  const Warnings heard;
  const std::string name = textArgument(info, 0, "name");
  Napi::Uint8Array value = bytesArgument(info, 1, "value");
  const auto constant = findConstant(object, name);
  if (!constant)
    throw Napi::Error::New(env, path_ + " has no constant " + name +
                                    " (declare it `const volatile`, and use it)");
  if (constant->size != value.ByteLength())
    reject(env, path_ + ": constant " + name + " has " + std::to_string(constant->size) +
                    " bytes, not " + std::to_string(value.ByteLength()));
  if (const int error = writeConstant(*constant, value.Data()))
    fail(env, error, path_ + ": cannot set constant " + name);
  return env.Undefined();
}

namespace {

/**
 * What sections (.bss, .data, .rodata) begin with, libbpf keeps although the kernel has it now. A
 * newer libbpf shows the kernel's memory in the same place: that the kernel refuses to give up.
 */
void dropInitialValues(const bpf_object *object)
{
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  bpf_map *map;
  bpf_object__for_each_map (map, object) {
    size_t size = 0;
    if (void *copy = const_cast<void *>(bpf_map__initial_value(map, &size)))
      madvise(copy, (size + page - 1) / page * page, MADV_REMOVE);
  }
}

} // namespace

Napi::Value Object::load(const Napi::CallbackInfo &info)
{
  bpf_object *object = opened(info.Env());
  const Warnings heard;
  const HeldSignals held;
  loaded_ = true; // libbpf takes no second try: what failed once is opened anew
  if (const int error = bpf_object__load(object))
    fail(info.Env(), error, "cannot load " + path_);
  dropInitialValues(object);
  return info.Env().Undefined();
}

Napi::Value Object::map(const Napi::CallbackInfo &info)
{
  bpf_map *map = mapArgument(info, 0);
  const std::string name = bpf_map__name(map);
  const auto made = madeMaps_.find(name);
  if (made != madeMaps_.end() && Map::Unwrap(made->second.Value())->isOpen())
    return made->second.Value();
  const int fd = bpf_map__fd(map);
  if (fd < 0)
    throw Napi::Error::New(info.Env(), path_ + ": map " + name + " is not there before load()");
  Napi::Object wrapped =
      Map::wrap(info.Env(), adoptMap(info.Env(), Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3)), name,
                                     path_ + ": map " + name));
  madeMaps_[name] = Napi::Persistent(wrapped);
  return wrapped;
}

Napi::Value Object::close(const Napi::CallbackInfo &info)
{
  for (const auto &made : madeLinks_)
    if (const auto handle = made.lock())
      handle->link.reset();
  for (const auto &[name, made] : madeMaps_)
    Map::Unwrap(made.Value())->letGo();
  madeLinks_.clear();
  madeMaps_.clear();
  object_.reset();
  return info.Env().Undefined();
}

} // namespace pahlevan
