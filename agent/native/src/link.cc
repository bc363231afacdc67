/** BpfLink: one program attached to one place. */
#include "link.h"

#include "arguments.h"
#include "classes.h"
#include "error.h"

#include <bpf/bpf.h>

#include <cerrno>

namespace pahlevan {

void Link::define(Napi::Env env, Napi::Object exports)
{
  Napi::Function constructor = DefineClass(env, "BpfLink",
                                           {
                                               StaticMethod("fromPin", &Link::fromPin),
                                               InstanceAccessor<&Link::kind>("kind"),
                                               InstanceAccessor<&Link::id>("id"),
                                               InstanceAccessor<&Link::programId>("programId"),
                                               InstanceMethod<&Link::pin>("pin"),
                                               InstanceMethod<&Link::unpin>("unpin"),
                                               InstanceMethod<&Link::close>("close"),
                                           });
  classes(env).link = Napi::Persistent(constructor);
  exports.Set("BpfLink", constructor);
}

Napi::Value Link::wrap(Napi::Env env, std::shared_ptr<LinkHandle> handle)
{
  Napi::EscapableHandleScope scope(env);
  classes(env).linkToWrap = std::move(handle);
  return scope.Escape(classes(env).link.New({}));
}

Link::Link(const Napi::CallbackInfo &info)
    : ObjectWrap(info), handle_(std::move(classes(info.Env()).linkToWrap))
{
  if (!handle_)
    reject(info.Env(), "a BpfLink comes from BpfObject.attach() or BpfLink.fromPin()");
}

Napi::Value Link::fromPin(const Napi::CallbackInfo &info)
{
  const Warnings heard;
  const std::string path = textArgument(info, 0, "path");
  auto handle = std::make_shared<LinkHandle>();
  handle->program = "pinned at " + path;
  handle->link.reset(bpf_link__open(path.c_str()));
  if (!handle->link)
    fail(info.Env(), errno, "cannot open the link pinned at " + path);
  return wrap(info.Env(), std::move(handle));
}

bpf_link *Link::open(Napi::Env env) const
{
  if (!handle_)
    reject(env, "not a BpfLink");
  if (!handle_->link)
    throw Napi::Error::New(env, "BpfLink of " + handle_->program + " is closed");
  return handle_->link.get();
}

Napi::Value Link::kind(const Napi::CallbackInfo &info)
{
  bpf_link_info described{};
  uint32_t size = sizeof described;
  const char *kind = nullptr;
  if (bpf_obj_get_info_by_fd(bpf_link__fd(open(info.Env())), &described, &size) == 0)
    kind = libbpf_bpf_link_type_str(static_cast<bpf_link_type>(described.type));
  // Before 5.15 a tracepoint or kprobe is held by its perf event alone, which is no link.
  return Napi::String::New(info.Env(), kind ? kind : "perf_event");
}

/** All of it zero where it is no link. */
bpf_link_info Link::described(Napi::Env env) const
{
  bpf_link_info described{};
  uint32_t size = sizeof described;
  if (bpf_obj_get_info_by_fd(bpf_link__fd(open(env)), &described, &size) != 0)
    return {};
  return described;
}

Napi::Value Link::id(const Napi::CallbackInfo &info)
{
  return Napi::Number::New(info.Env(), described(info.Env()).id);
}

Napi::Value Link::programId(const Napi::CallbackInfo &info)
{
  return Napi::Number::New(info.Env(), described(info.Env()).prog_id);
}

Napi::Value Link::pin(const Napi::CallbackInfo &info)
{
  const Warnings heard;
  const std::string path = textArgument(info, 0, "path");
  if (const int error = bpf_link__pin(open(info.Env()), path.c_str()))
    fail(info.Env(), error, "cannot pin the link of " + handle_->program + " to " + path);
  return info.Env().Undefined();
}

Napi::Value Link::unpin(const Napi::CallbackInfo &info)
{
  const Warnings heard;
  if (const int error = bpf_link__unpin(open(info.Env())))
    fail(info.Env(), error, "cannot unpin the link of " + handle_->program);
  return info.Env().Undefined();
}

Napi::Value Link::close(const Napi::CallbackInfo &info)
{
  if (handle_)
    handle_->link.reset();
  return info.Env().Undefined();
}

} // namespace pahlevan
