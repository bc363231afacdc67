/** Ring: a BPF ring buffer's own pages, for JavaScript to walk. */
#include "ring.h"

#include "arguments.h"
#include "error.h"
#include "map.h"
#include "memory.h"

#include <cerrno>

namespace pahlevan {

void Ring::define(Napi::Env env, Napi::Object exports)
{
  exports.Set("Ring", DefineClass(env, "Ring",
                                  {
                                      InstanceAccessor<&Ring::data>("data"),
                                      InstanceAccessor<&Ring::sizeBytes>("sizeBytes"),
                                      InstanceMethod<&Ring::produced>("produced"),
                                      InstanceMethod<&Ring::consumed>("consumed"),
                                      InstanceMethod<&Ring::release>("release"),
                                      InstanceMethod<&Ring::start>("start"),
                                      InstanceMethod<&Ring::rearm>("rearm"),
                                      InstanceMethod<&Ring::stop>("stop"),
                                      InstanceMethod<&Ring::close>("close"),
                                  }));
}

Ring::Ring(const Napi::CallbackInfo &info) : ObjectWrap(info)
{
  const auto map = Map::argument(info, 0);
  if (map->type != BPF_MAP_TYPE_RINGBUF)
    reject(info.Env(), "map " + map->name + " is no ring buffer");
  name_ = map->name;
  const uint32_t longest =
      info[1].IsUndefined() ? map->maxEntries : countArgument(info, 1, "longestBytes");
  auto pages = std::make_shared<RingPages>(map->fd.duplicate(), map->maxEntries, longest);
  if (!pages->valid())
    fail(info.Env(), errno, "ring " + name_ + ": cannot map its pages");
  data_ = Napi::Persistent(
      exposeMemory(info.Env(), pages->producer, pages->dataOffset(), pages->dataBytes));
  pages_ = std::move(pages);
}

Ring::~Ring() = default;

const RingPages &Ring::open(Napi::Env env) const
{
  if (!pages_)
    throw Napi::Error::New(env, "Ring " + name_ + " is closed");
  return *pages_;
}

Napi::Value Ring::data(const Napi::CallbackInfo &info)
{
  open(info.Env());
  return data_.Value();
}

Napi::Value Ring::sizeBytes(const Napi::CallbackInfo &info)
{
  return Napi::Number::New(info.Env(), open(info.Env()).size);
}

// Positions only grow; as a double they are exact for the first 8 PiB.
Napi::Value Ring::produced(const Napi::CallbackInfo &info)
{
  return Napi::Number::New(info.Env(), static_cast<double>(open(info.Env()).produced()));
}

Napi::Value Ring::consumed(const Napi::CallbackInfo &info)
{
  return Napi::Number::New(info.Env(), static_cast<double>(open(info.Env()).consumed()));
}

Napi::Value Ring::release(const Napi::CallbackInfo &info)
{
  const RingPages &pages = open(info.Env());
  const double position = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
  const double from = static_cast<double>(pages.consumed());
  const double to = static_cast<double>(pages.produced());
  // A position past the producer's would make the kernel believe that the ring is full, for ever.
  if (!(position >= from && position <= to) || static_cast<uint64_t>(position) % 8 != 0)
    reject(info.Env(), "ring " + name_ + ": cannot release up to " + std::to_string(position) +
                           ", it holds " + std::to_string(from) + " to " + std::to_string(to));
  pages.release(static_cast<uint64_t>(position));
  return info.Env().Undefined();
}

Napi::Value Ring::start(const Napi::CallbackInfo &info)
{
  open(info.Env());
  if (!info[0].IsFunction())
    reject(info.Env(), "wake must be a function");
  if (wait_)
    throw Napi::Error::New(info.Env(), "Ring " + name_ + " is started already");
  wait_ = std::make_unique<RingWait>(info.Env(), pages_, info[0].As<Napi::Function>());
  Ref(); // a ring that waits must not be collected
  return info.Env().Undefined();
}

Napi::Value Ring::rearm(const Napi::CallbackInfo &info)
{
  open(info.Env());
  if (!wait_)
    throw Napi::Error::New(info.Env(), "Ring " + name_ + " is not started");
  wait_->rearm();
  return info.Env().Undefined();
}

Napi::Value Ring::stop(const Napi::CallbackInfo &info)
{
  if (wait_) {
    wait_.reset();
    Unref();
  }
  return info.Env().Undefined();
}

Napi::Value Ring::close(const Napi::CallbackInfo &info)
{
  stop(info);
  data_.Reset();
  pages_.reset();
  return info.Env().Undefined();
}

} // namespace pahlevan
