/** BpfMap: maps that belong to no object, made while programs run, and the maps that hold them. */
#include "arguments.h"
#include "error.h"
#include "map.h"
#include "signals.h"

#include <bpf/bpf.h>

#include <cerrno>

namespace pahlevan {
namespace {

bpf_map_type typeNamed(Napi::Env env, const std::string &name)
{
  if (name == "hash")
    return BPF_MAP_TYPE_HASH;
  if (name == "array")
    return BPF_MAP_TYPE_ARRAY;
  reject(env, "type must be hash or array, not " + name);
}

} // namespace

Napi::Value Map::create(const Napi::CallbackInfo &info)
{
  Napi::Env env = info.Env();
  if (!info[0].IsObject())
    reject(env, "expected {type, keySize, valueSize, maxEntries, flags, name}");
  const Napi::Object asked = info[0].As<Napi::Object>();
  const auto count = [&](const char *field) { return countOf(asked.Get(field), field); };
  const bpf_map_type type = typeNamed(env, textOf(asked.Get("type"), "type"));
  const std::string name = textOf(asked.Get("name"), "name");
  const uint32_t keySize = count("keySize"), valueSize = count("valueSize");
  const uint32_t maxEntries = count("maxEntries");
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = count("flags"));
  const Warnings heard;
  const HeldSignals held;
  Fd fd(bpf_map_create(type, name.c_str(), keySize, valueSize, maxEntries, &options));
  return wrap(env, adoptMap(env, std::move(fd), name, "cannot create the map " + name));
}

Napi::Value Map::updateInner(const Napi::CallbackInfo &info)
{
  const MapHandle &map = open(info.Env());
  if (map.type != BPF_MAP_TYPE_ARRAY_OF_MAPS && map.type != BPF_MAP_TYPE_HASH_OF_MAPS)
    reject(info.Env(), "map " + map.name + " holds no maps");
  uint8_t *at = key(info, 0);
  const std::shared_ptr<MapHandle> inner = argument(info, 1);
  const int fd = inner->fd.get();
  const HeldSignals held;
  if (bpf_map_update_elem(map.fd.get(), at, &fd, BPF_ANY) != 0)
    fail(info.Env(), errno, "map " + map.name + ": cannot hold the map " + inner->name);
  return info.Env().Undefined();
}

} // namespace pahlevan
