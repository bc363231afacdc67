/** BpfLink: one program attached to one place. */
#pragma once

#include "resource.h"

#include <napi.h>

#include <memory>
#include <string>

namespace pahlevan {

/** Shared by a BpfLink and the BpfObject that made it, so that closing the object detaches. */
struct LinkHandle {
  UniqueLink link;
  std::string program;
};

class Link : public Napi::ObjectWrap<Link> {
public:
  static void define(Napi::Env env, Napi::Object exports);
  static Napi::Value wrap(Napi::Env env, std::shared_ptr<LinkHandle> handle);

  explicit Link(const Napi::CallbackInfo &info);

private:
  static Napi::Value fromPin(const Napi::CallbackInfo &info);
  Napi::Value kind(const Napi::CallbackInfo &info);
  Napi::Value id(const Napi::CallbackInfo &info);
  Napi::Value programId(const Napi::CallbackInfo &info);
  Napi::Value pin(const Napi::CallbackInfo &info);
  Napi::Value unpin(const Napi::CallbackInfo &info);
  Napi::Value close(const Napi::CallbackInfo &info);
  bpf_link *open(Napi::Env env) const;
  bpf_link_info described(Napi::Env env) const;

  std::shared_ptr<LinkHandle> handle_;
};

} // namespace pahlevan
