/** BpfMap: one loaded map. */
#pragma once

#include "resource.h"

#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>

namespace pahlevan {

struct MapHandle {
  Fd fd;
  std::string name;
  uint32_t type = 0;
  uint32_t id = 0;
  uint32_t keySize = 0;
  uint32_t valueSize = 0;
  uint32_t maxEntries = 0;
  uint32_t flags = 0;
  /** What lookup fills and update reads: every possible CPU's value for per-CPU maps. */
  size_t valueBytes = 0;
};

/** Asks the kernel about the map; throws when `fd` is not valid or no map. An empty name takes the
 * kernel's. */
std::shared_ptr<MapHandle> adoptMap(Napi::Env env, Fd fd, const std::string &name,
                                    const std::string &what);

class Map : public Napi::ObjectWrap<Map> {
public:
  static void define(Napi::Env env, Napi::Object exports);
  static Napi::Object wrap(Napi::Env env, std::shared_ptr<MapHandle> handle);
  /** The handle of an argument that must be an open BpfMap. */
  static std::shared_ptr<MapHandle> argument(const Napi::CallbackInfo &info, size_t index);

  explicit Map(const Napi::CallbackInfo &info);

  bool isOpen() const { return handle_->fd.valid(); }
  /** Closes it; what is mapped stays so for as long as somebody has its memory. */
  void letGo();

private:
  static Napi::Value fromPin(const Napi::CallbackInfo &info);
  static Napi::Value fromId(const Napi::CallbackInfo &info);
  static Napi::Value create(const Napi::CallbackInfo &info);
  Napi::Value info(const Napi::CallbackInfo &info);
  Napi::Value lookup(const Napi::CallbackInfo &info);
  Napi::Value update(const Napi::CallbackInfo &info);
  Napi::Value updateInner(const Napi::CallbackInfo &info);
  Napi::Value remove(const Napi::CallbackInfo &info);
  Napi::Value push(const Napi::CallbackInfo &info);
  Napi::Value pop(const Napi::CallbackInfo &info);
  Napi::Value entries(const Napi::CallbackInfo &info);
  Napi::Value memory(const Napi::CallbackInfo &info);
  Napi::Value freeze(const Napi::CallbackInfo &info);
  Napi::Value pin(const Napi::CallbackInfo &info);
  Napi::Value unpin(const Napi::CallbackInfo &info);
  Napi::Value close(const Napi::CallbackInfo &info);

  const MapHandle &open(Napi::Env env) const;
  uint8_t *key(const Napi::CallbackInfo &info, size_t index);
  uint8_t *value(const Napi::CallbackInfo &info, size_t index);

  std::shared_ptr<MapHandle> handle_;
  Napi::Reference<Napi::ArrayBuffer> memory_;
};

/** What info() and BpfObject's list of maps show. `memoryBytes` is the kernel's own count, 0 when
 * not loaded. */
Napi::Object describeMap(Napi::Env env, const MapHandle &map);
/** "memlock" of /proc/self/fdinfo: what a map or a program takes. */
double chargedBytes(int fd);

} // namespace pahlevan
