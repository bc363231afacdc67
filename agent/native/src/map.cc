/** BpfMap: one loaded map. */
#include "map.h"

#include "arguments.h"
#include "classes.h"
#include "error.h"
#include "map_entries.h"
#include "memory.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <fstream>

namespace pahlevan {
namespace {

bool isPerCpu(uint32_t type)
{
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

size_t roundUp(size_t value, size_t multiple)
{
  return (value + multiple - 1) / multiple * multiple;
}

} // namespace

double chargedBytes(int fd)
{
  std::ifstream lines("/proc/self/fdinfo/" + std::to_string(fd));
  for (std::string word; lines >> word;)
    if (double bytes = 0; word == "memlock:" && lines >> bytes)
      return bytes;
  return 0;
}

std::shared_ptr<MapHandle> adoptMap(Napi::Env env, Fd fd, const std::string &name,
                                    const std::string &what)
{
  bpf_map_info info{};
  uint32_t size = sizeof info;
  if (!fd.valid() || bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0)
    fail(env, errno, what);
  auto map = std::make_shared<MapHandle>();
  map->fd = std::move(fd);
  map->name = name.empty() ? info.name : name;
  map->type = info.type;
  map->id = info.id;
  map->keySize = info.key_size;
  map->valueSize = info.value_size;
  map->maxEntries = info.max_entries;
  map->flags = info.map_flags;
  map->valueBytes = isPerCpu(info.type) ? roundUp(info.value_size, 8) *
                                              static_cast<size_t>(libbpf_num_possible_cpus())
                                        : info.value_size;
  return map;
}

Napi::Object describeMap(Napi::Env env, const MapHandle &map)
{
  Napi::Object result = Napi::Object::New(env);
  result.Set("name", map.name);
  result.Set("type", map.type);
  result.Set("keySize", map.keySize);
  result.Set("valueSize", map.valueSize);
  result.Set("maxEntries", map.maxEntries);
  result.Set("id", map.id);
  result.Set("memoryBytes", map.fd.valid() ? chargedBytes(map.fd.get()) : 0);
  return result;
}

void Map::define(Napi::Env env, Napi::Object exports)
{
  Napi::Function constructor = DefineClass(env, "BpfMap",
                                           {
                                               StaticMethod("fromPin", &Map::fromPin),
                                               StaticMethod("fromId", &Map::fromId),
                                               StaticMethod("create", &Map::create),
                                               InstanceAccessor<&Map::info>("info"),
                                               InstanceMethod<&Map::lookup>("lookup"),
                                               InstanceMethod<&Map::update>("update"),
                                               InstanceMethod<&Map::updateInner>("updateInner"),
                                               InstanceMethod<&Map::remove>("delete"),
                                               InstanceMethod<&Map::push>("push"),
                                               InstanceMethod<&Map::pop>("pop"),
                                               InstanceMethod<&Map::entries>("entries"),
                                               InstanceMethod<&Map::memory>("mmap"),
                                               InstanceMethod<&Map::freeze>("freeze"),
                                               InstanceMethod<&Map::pin>("pin"),
                                               InstanceMethod<&Map::unpin>("unpin"),
                                               InstanceMethod<&Map::close>("close"),
                                           });
  classes(env).map = Napi::Persistent(constructor);
  exports.Set("BpfMap", constructor);
}

Napi::Object Map::wrap(Napi::Env env, std::shared_ptr<MapHandle> handle)
{
  Napi::EscapableHandleScope scope(env);
  classes(env).mapToWrap = std::move(handle);
  return scope.Escape(classes(env).map.New({})).As<Napi::Object>();
}

std::shared_ptr<MapHandle> Map::argument(const Napi::CallbackInfo &info, size_t index)
{
  Napi::Env env = info.Env();
  if (!info[index].IsObject() ||
      !info[index].As<Napi::Object>().InstanceOf(classes(env).map.Value()))
    reject(env, "expected a BpfMap");
  Map *map = Unwrap(info[index].As<Napi::Object>());
  map->open(env);
  return map->handle_;
}

Map::Map(const Napi::CallbackInfo &info)
    : ObjectWrap(info), handle_(std::move(classes(info.Env()).mapToWrap))
{
  if (!handle_)
    reject(info.Env(), "a BpfMap comes from BpfObject.map(), BpfMap.create() or .fromPin()");
}

Napi::Value Map::fromPin(const Napi::CallbackInfo &info)
{
  const std::string path = textArgument(info, 0, "path");
  return wrap(info.Env(), adoptMap(info.Env(), Fd(bpf_obj_get(path.c_str())), "",
                                   "cannot open the map pinned at " + path));
}

Napi::Value Map::fromId(const Napi::CallbackInfo &info)
{
  const uint32_t id = countArgument(info, 0, "id");
  return wrap(info.Env(), adoptMap(info.Env(), Fd(bpf_map_get_fd_by_id(id)), "",
                                   "cannot open the map with id " + std::to_string(id)));
}

const MapHandle &Map::open(Napi::Env env) const
{
  if (!handle_)
    reject(env, "not a BpfMap");
  if (!handle_->fd.valid())
    throw Napi::Error::New(env, "BpfMap " + handle_->name + " is closed");
  return *handle_;
}

uint8_t *Map::key(const Napi::CallbackInfo &info, size_t index)
{
  const MapHandle &map = open(info.Env());
  Napi::Uint8Array key = bytesArgument(info, index, "key");
  if (key.ByteLength() != map.keySize)
    reject(info.Env(), "map " + map.name + ": a key has " + std::to_string(map.keySize) +
                           " bytes, not " + std::to_string(key.ByteLength()));
  return map.keySize ? key.Data() : nullptr; // queues have no key, and take only NULL for it
}

uint8_t *Map::value(const Napi::CallbackInfo &info, size_t index)
{
  const MapHandle &map = open(info.Env());
  Napi::Uint8Array value = bytesArgument(info, index, "value");
  if (value.ByteLength() != map.valueBytes)
    reject(info.Env(), "map " + map.name + ": a value has " + std::to_string(map.valueBytes) +
                           " bytes, not " + std::to_string(value.ByteLength()));
  return value.Data();
}

Napi::Value Map::info(const Napi::CallbackInfo &info)
{
  return describeMap(info.Env(), open(info.Env()));
}

Napi::Value Map::lookup(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  if (bpf_map_lookup_elem(map.fd.get(), key(info, 0), value(info, 1)) == 0)
    return Napi::Boolean::New(info.Env(), true);
  if (errno != ENOENT)
    fail(info.Env(), errno, "map " + map.name + ": cannot look up");
  return Napi::Boolean::New(info.Env(), false);
}

Napi::Value Map::update(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  const std::string mode = info[2].IsUndefined() ? "any" : textArgument(info, 2, "mode");
  uint64_t flags = BPF_ANY;
  if (mode == "noexist")
    flags = BPF_NOEXIST;
  else if (mode == "exist")
    flags = BPF_EXIST;
  else if (mode != "any")
    reject(info.Env(), "mode must be any, noexist or exist, not " + mode);
  if (bpf_map_update_elem(map.fd.get(), key(info, 0), value(info, 1), flags) == 0)
    return Napi::Boolean::New(info.Env(), true);
  const bool refused =
      (flags == BPF_NOEXIST && errno == EEXIST) || (flags == BPF_EXIST && errno == ENOENT);
  if (!refused)
    fail(info.Env(), errno, "map " + map.name + ": cannot update");
  return Napi::Boolean::New(info.Env(), false);
}

Napi::Value Map::remove(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  if (bpf_map_delete_elem(map.fd.get(), key(info, 0)) == 0)
    return Napi::Boolean::New(info.Env(), true);
  if (errno != ENOENT)
    fail(info.Env(), errno, "map " + map.name + ": cannot delete");
  return Napi::Boolean::New(info.Env(), false);
}

Napi::Value Map::push(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  if (bpf_map_update_elem(map.fd.get(), nullptr, value(info, 0), BPF_ANY) != 0)
    fail(info.Env(), errno, "map " + map.name + ": cannot push");
  return info.Env().Undefined();
}

Napi::Value Map::pop(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  if (bpf_map_lookup_and_delete_elem(map.fd.get(), nullptr, value(info, 0)) == 0)
    return Napi::Boolean::New(info.Env(), true);
  if (errno != ENOENT)
    fail(info.Env(), errno, "map " + map.name + ": cannot pop");
  return Napi::Boolean::New(info.Env(), false);
}

Napi::Value Map::entries(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  const uint32_t limit = countArgument(info, 0, "limit");
  const Entries found = readEntries(map, limit);
  if (found.error)
    fail(info.Env(), found.error, "map " + map.name + ": cannot list entries");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("count", static_cast<double>(found.count));
  result.Set("keys", copyBytes(info.Env(), found.keys.data(), found.count * map.keySize));
  result.Set("values", copyBytes(info.Env(), found.values.data(), found.count * map.valueBytes));
  return result;
}

Napi::Value Map::memory(const Napi::CallbackInfo &info)
{
  Napi::Env env = info.Env();
  const MapHandle &map = open(env);
  if (!memory_.IsEmpty() && info[0].IsUndefined())
    return memory_.Value();
  if (map.type != BPF_MAP_TYPE_ARRAY || !(map.flags & BPF_F_MMAPABLE))
    reject(env, "map " + map.name + ": only an array with BPF_F_MMAPABLE has memory to map");
  const size_t whole = roundUp(map.valueSize, 8) * map.maxEntries;
  const size_t length = info[0].IsUndefined() ? whole : countArgument(info, 0, "bytes");
  if (length == 0 || length > whole)
    reject(env, "map " + map.name + " has " + std::to_string(whole) + " bytes of memory, not " +
                    std::to_string(length));
  const size_t pages = roundUp(length, static_cast<size_t>(sysconf(_SC_PAGESIZE)));
  auto mapping = std::make_shared<Mapping>(map.fd.get(), 0, pages, PROT_READ | PROT_WRITE);
  if (!mapping->valid() && errno == EPERM) // frozen, as .rodata is: to be read only
    mapping = std::make_shared<Mapping>(map.fd.get(), 0, pages, PROT_READ);
  if (!mapping->valid())
    fail(env, errno, "map " + map.name + ": cannot map its memory");
  Napi::ArrayBuffer buffer = exposeMemory(env, std::move(mapping), 0, length);
  if (info[0].IsUndefined())
    memory_ = Napi::Persistent(buffer);
  return buffer;
}

Napi::Value Map::freeze(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  if (bpf_map_freeze(map.fd.get()) != 0)
    fail(info.Env(), errno, "map " + map.name + ": cannot freeze");
  return info.Env().Undefined();
}

Napi::Value Map::pin(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  const std::string path = textArgument(info, 0, "path");
  if (bpf_obj_pin(map.fd.get(), path.c_str()) != 0)
    fail(info.Env(), errno, "map " + map.name + ": cannot pin to " + path);
  return info.Env().Undefined();
}

Napi::Value Map::unpin(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  const std::string path = textArgument(info, 0, "path");
  if (::unlink(path.c_str()) != 0)
    fail(info.Env(), errno, "map " + map.name + ": cannot unpin from " + path);
  return info.Env().Undefined();
}

void Map::letGo()
{
  memory_.Reset();
  if (handle_)
    handle_->fd.reset();
}

Napi::Value Map::close(const Napi::CallbackInfo &info)
{
  letGo();
  return info.Env().Undefined();
}

} // namespace pahlevan
