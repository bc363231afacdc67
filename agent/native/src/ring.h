/** Ring: a BPF ring buffer's own pages, for JavaScript to walk. */
#pragma once

#include "ring_wait.h"

#include <napi.h>

#include <memory>

namespace pahlevan {

class Ring : public Napi::ObjectWrap<Ring> {
public:
  static void define(Napi::Env env, Napi::Object exports);

  explicit Ring(const Napi::CallbackInfo &info);
  ~Ring() override;

private:
  Napi::Value data(const Napi::CallbackInfo &info);
  Napi::Value sizeBytes(const Napi::CallbackInfo &info);
  Napi::Value produced(const Napi::CallbackInfo &info);
  Napi::Value consumed(const Napi::CallbackInfo &info);
  Napi::Value release(const Napi::CallbackInfo &info);
  Napi::Value start(const Napi::CallbackInfo &info);
  Napi::Value rearm(const Napi::CallbackInfo &info);
  Napi::Value stop(const Napi::CallbackInfo &info);
  Napi::Value close(const Napi::CallbackInfo &info);

  const RingPages &open(Napi::Env env) const;

  std::string name_;
  std::shared_ptr<const RingPages> pages_;
  Napi::Reference<Napi::ArrayBuffer> data_;
  std::unique_ptr<RingWait> wait_;
};

} // namespace pahlevan
