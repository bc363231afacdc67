/** The running kernel's type information (BTF), kept while questions come. */
#include "kernel_btf.h"

#include "arguments.h"
#include "error.h"

#include <bpf/btf.h>

#include <memory>
#include <mutex>
#include <optional>

namespace pahlevan {
namespace {

using SharedBtf = std::shared_ptr<const btf>;

std::mutex parsing;
SharedBtf parsed;

/** Parsing takes milliseconds and some 6 MB, so it is done at the first question and kept. */
SharedBtf kernelBtf()
{
  const std::lock_guard held(parsing);
  if (!parsed)
    parsed = SharedBtf(btf__load_vmlinux_btf(),
                       [](const btf *types) { btf__free(const_cast<btf *>(types)); });
  return parsed;
}

/** C lets a member of an anonymous struct or union be named as if it were the outer one's. */
bool hasMember(const btf *types, const btf_type *type, const std::string &name, int depth)
{
  const btf_member *member = btf_members(type);
  for (int i = 0; i < btf_vlen(type); i++, member++) {
    const std::string called = btf__name_by_offset(types, member->name_off);
    if (called == name)
      return true;
    const btf_type *inner = btf__type_by_id(types, member->type);
    if (called.empty() && depth > 0 && inner && btf_is_composite(inner) &&
        hasMember(types, inner, name, depth - 1))
      return true;
  }
  return false;
}

std::optional<double> enumValue(const btf *types, int32_t id, const std::string &name)
{
  const btf_type *type = btf__type_by_id(types, id);
  for (int i = 0; i < btf_vlen(type); i++) {
    if (btf_kind(type) == BTF_KIND_ENUM64) {
      const struct btf_enum64 *value = btf_enum64(type) + i;
      if (name == btf__name_by_offset(types, value->name_off))
        return static_cast<double>(btf_enum64_value(value));
    } else {
      const struct btf_enum *value = btf_enum(type) + i;
      if (name == btf__name_by_offset(types, value->name_off))
        return value->val;
    }
  }
  return std::nullopt;
}

Napi::Value hasTypeCall(const Napi::CallbackInfo &info)
{
  const std::string kind = textArgument(info, 0, "kind");
  const std::string name = textArgument(info, 1, "name");
  const auto has = [&](uint32_t btfKind) { return kernelTypeId(name, btfKind) > 0; };
  bool found = false;
  if (kind == "struct")
    found = has(BTF_KIND_STRUCT);
  else if (kind == "union")
    found = has(BTF_KIND_UNION);
  else if (kind == "enum")
    found = has(BTF_KIND_ENUM) || has(BTF_KIND_ENUM64);
  else if (kind == "func")
    found = has(BTF_KIND_FUNC);
  else if (kind == "typedef")
    found = has(BTF_KIND_TYPEDEF);
  else
    reject(info.Env(), "kind must be struct, union, enum, func or typedef, not " + kind);
  return Napi::Boolean::New(info.Env(), found);
}

Napi::Value hasMemberCall(const Napi::CallbackInfo &info)
{
  const std::string structName = textArgument(info, 0, "struct");
  const std::string member = textArgument(info, 1, "member");
  int32_t id = kernelTypeId(structName, BTF_KIND_STRUCT);
  if (id <= 0)
    id = kernelTypeId(structName, BTF_KIND_UNION);
  constexpr int maxNesting = 8;
  const SharedBtf types = kernelBtf();
  const bool found =
      id > 0 && hasMember(types.get(), btf__type_by_id(types.get(), id), member, maxNesting);
  return Napi::Boolean::New(info.Env(), found);
}

Napi::Value enumValueCall(const Napi::CallbackInfo &info)
{
  const std::string enumName = textArgument(info, 0, "enumName");
  const std::string enumerator = textArgument(info, 1, "enumerator");
  int32_t id = kernelTypeId(enumName, BTF_KIND_ENUM);
  if (id <= 0)
    id = kernelTypeId(enumName, BTF_KIND_ENUM64);
  const auto value = id > 0 ? enumValue(kernelBtf().get(), id, enumerator) : std::nullopt;
  return value ? Napi::Number::New(info.Env(), *value) : info.Env().Undefined();
}

} // namespace

bool kernelHasBtf() { return kernelBtf() != nullptr; }

int32_t kernelTypeId(const std::string &name, uint32_t kind)
{
  const SharedBtf types = kernelBtf();
  return types ? btf__find_by_name_kind(types.get(), name.c_str(), kind) : -ENOENT;
}

void forgetKernelBtf()
{
  const std::lock_guard held(parsing);
  parsed.reset();
}

void exportKernelBtf(Napi::Env env, Napi::Object exports)
{
  exports.Set("kernelHasType", Napi::Function::New(env, hasTypeCall, "kernelHasType"));
  exports.Set("kernelHasMember", Napi::Function::New(env, hasMemberCall, "kernelHasMember"));
  exports.Set("kernelEnumValue", Napi::Function::New(env, enumValueCall, "kernelEnumValue"));
}

} // namespace pahlevan
