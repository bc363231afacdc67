// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The tracepoint tier: where a kernel has neither LSM hooks nor fentry, one program on the end of
 * every system call stands in for them. It sees what succeeded. An opened file is resolved from
 * its descriptor; other paths are what the caller passed (FLAG_USER_TEXT), joined to their base.
 * What io_uring does without a system call, and 32-bit programs' files, it does not see.
 */
#define ONLY_OBSERVES
#include "program.h"
#include "compat.h"
#include "opened.h"
#include "traced.h"
#include <asm/unistd.h>

/* Which kinds no better hook serves; a bit each, never the one of KIND_NONE. */
const volatile __u64 trace_kinds = 0;

extern void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym __attribute__((weak));

/* Since 6.14. Without it, who is looked into is known by the number that the caller has for it. */
extern struct task_struct *bpf_task_from_vpid(__s32 pid) __ksym __attribute__((weak));
extern void bpf_task_release(struct task_struct *task) __ksym __attribute__((weak));

#define AT_CURRENT -100 /* AT_FDCWD */
#define AT_REMOVEDIR 0x200

struct call {
	__u64 a, b, c, d;
	__u32 number;
};

#ifdef __TARGET_ARCH_arm64
#define NUMBER_OF(regs) ((__u64)(__u32)(regs)->syscallno)
#define CALL_OF(regs)                                                                              \
	{                                                                                          \
		.a = (regs)->orig_x0, .b = (regs)->regs[1], .c = (regs)->regs[2],                  \
		.d = (regs)->regs[3]                                                               \
	}
#else
#define NUMBER_OF(regs) ((__u64)(regs)->orig_ax)
#define CALL_OF(regs)                                                                              \
	{                                                                                          \
		.a = (regs)->di, .b = (regs)->si, .c = (regs)->dx, .d = (regs)->r10                \
	}
#endif

static __always_inline struct file *file_of(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct files_struct *files = READ(task, files);
	struct fdtable *table = READ(files, fdt);
	struct file **list = READ(table, fd), *file = NULL;
	long error;

	if (fd >= READ(table, max_fds))
		return NULL;
	error = bpf_probe_read_kernel(&file, sizeof(file), list + fd);
	if (error)
		count_failure(PLACE_FD, error);
	return file;
}

/* The file itself forgets by then that it was emptied. */
static __always_inline __u32 asked_flags(struct call *call)
{
	__u64 flags = 0;

	switch (call->number) {
#ifdef __NR_open
	case __NR_open:
		return call->b;
	case __NR_creat:
		return O_TRUNC;
#endif
	case __NR_openat2:
		bpf_probe_read_user(&flags, sizeof(flags), (void *)call->c);
		return flags;
	default:
		return call->c;
	}
}

static __always_inline int opened_as(__u32 fd, __u32 flags)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct fdtable *table = task->files->fdt;
	struct file **list = table->fd, *file = NULL;

	if (fd >= table->max_fds)
		return 0;
	if (bpf_probe_read_kernel(&file, sizeof(file), list + fd) || !file)
		return 0;
	file = bpf_rdonly_cast(file, bpf_core_type_id_kernel(struct file));
	if (file->f_mode & FMODE_PATH)
		return 0; /* no access to the file, and no LSM hook runs for it either */
	return file_opened(file, flags & O_TRUNC);
}

/* An absolute name as it is, a relative one behind the directory that it starts from. */
subprogram void append_named(struct scratch *s, enum text which, __s32 directory, const char *name)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 before = text_end(s), end;
	char first = 0;
	long bytes;

	if ((__u32)which >= TEXT_MAX)
		return;
	s->record.flags |= FLAG_USER_TEXT;
	bpf_probe_read_user(&first, 1, name);
	if (first != '/') {
		struct path base = {};

		if (directory == AT_CURRENT) {
			struct fs_struct *fs = READ(task, fs);

			bpf_core_read(&base, sizeof(base), &fs->pwd);
		} else {
			struct file *file = file_of(directory);

			if (file)
				bpf_core_read(&base, sizeof(base), &file->f_path);
		}
		if (base.dentry && base.mnt)
			append_path(s, which, base.dentry, base.mnt);
		else
			s->record.flags |= FLAG_UNRESOLVED;
		if (first && text_room(s, &end)) {
			s->text[end] = '/';
			s->record.bytes++;
		}
	}
	if (first)
		append_string(s, which, name, false);
	bytes = text_end(s) - before;
	s->record.text_bytes[which] = bytes;
}

struct named {
	__u32 kind;
	__u32 operation;
	__u32 mode;
	__s32 directory;
	const char *name;
	__s32 second_directory;
	const char *second; /* none: NULL */
	bool second_as_is;  /* what a link shall say, what is mounted: no name in the tree */
};

subprogram int named(struct named *named)
{
	__u32 index = 0, kind = named->kind;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u64 id[2];

	if (kind >= KIND_MAX)
		return 0;
	c = begin(&self, kind);
	if (!c)
		return 0;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return 0;
	s->record.operation = named->operation;
	s->record.number = named->mode;
	append_named(s, TEXT_OBJECT, named->directory, named->name);
	if (named->second && named->second_as_is)
		append_string(s, TEXT_SECOND, named->second, false);
	else if (named->second)
		append_named(s, TEXT_SECOND, named->second_directory, named->second);
	sip_text(s, text_end(s), (__u64)named->operation << 32 | named->mode, id);
	conclude(s, index, &self, id, (void *)bpf_get_current_task());
	return 0;
}

/* What the process is now; what it was is gone by the end of the call. */
static __always_inline int credential(enum operation operation)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct cred *cred = READ(task, cred);
	__u32 index = 0, uid = READ(cred, euid.val), gid = READ(cred, egid.val);
	struct counters *c;
	struct scratch *s;
	struct self self;
	struct sip sip;
	__u64 id[2], capabilities = 0;

	c = begin(&self, KIND_CREDENTIAL);
	if (!c)
		return 0;
	s = prepare(&self, c, KIND_CREDENTIAL, &index);
	if (!s)
		return 0;
	bpf_core_read(&capabilities, sizeof(capabilities), &cred->cap_effective);
	s->record.operation = operation;
	s->record.from_uid = s->record.from_gid = ~0u;
	s->record.number = uid;
	s->record.object_pid = gid;
	s->record.bytes_sent = capabilities;
	sip_start(&sip);
	sip_word(&sip, (__u64)uid << 32 | gid);
	sip_word(&sip, capabilities);
	sip_word(&sip, operation);
	sip_end(&sip, id);
	conclude(s, index, &self, id, task);
	return 0;
}

/* A fact that is two numbers. */
static __always_inline int numbered(__u32 kind, enum operation operation, __u32 number, __u32 pid)
{
	struct counters *c;
	struct scratch *s;
	struct self self;
	struct sip sip;
	__u32 index = 0;
	__u64 id[2];

	if (kind >= KIND_MAX)
		return 0;
	c = begin(&self, kind);
	if (!c)
		return 0;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return 0;
	s->record.operation = operation;
	s->record.number = number;
	s->record.object_pid = pid;
	if (pid)
		s->record.flags |= FLAG_USER_TEXT;
	sip_start(&sip);
	sip_word(&sip, (__u64)operation << 32 | number);
	sip_end(&sip, id);
	conclude(s, index, &self, id, (void *)bpf_get_current_task());
	return 0;
}

#define AF_UNIX 1
#define UNIX_PATH_BYTES 108

/* IP goes through the cgroup hooks; unix sockets only here. */
static __always_inline int unix_socket(__u32 kind, const void *address, __u32 bytes)
{
	__u16 family = 0;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	__u64 id[2];

	if (kind >= KIND_MAX || bpf_probe_read_user(&family, sizeof(family), address) ||
	    family != AF_UNIX)
		return 0;
	c = begin(&self, kind);
	if (!c)
		return 0;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return 0;
	s->record.family = AF_UNIX;
	s->record.flags |= FLAG_USER_TEXT;
	bytes -= sizeof(family);
	if (bytes > UNIX_PATH_BYTES)
		bytes = UNIX_PATH_BYTES;
	if (bytes && !bpf_probe_read_user(s->text, MASKED(bytes, 127), address + sizeof(family))) {
		if (s->text[0]) {
			s->text[MASKED(bytes, 127)] = 0; /* the address need not end in one */
			append_string(s, TEXT_OBJECT, s->text, true);
		} else {
			s->text[0] = '@';
			text_added(s, TEXT_OBJECT, MASKED(bytes, 127));
		}
	}
	sip_text(s, text_end(s), AF_UNIX, id);
	conclude(s, index, &self, id, (void *)bpf_get_current_task());
	return 0;
}

#define PTRACE_ATTACH 16
#define PTRACE_SEIZE 0x4206

/* Only how it begins: what a debugger does from then on is no news. */
static __always_inline int looked_into(struct call *call)
{
	enum operation operation = OPERATION_PTRACE_ATTACH;
	__u32 mode = PTRACE_MODE_ATTACH | PTRACE_MODE_REALCREDS;
	struct task_struct *task = (void *)bpf_get_current_task(), *target;
	__s32 pid = call->b;

	if (call->number != __NR_ptrace) {
		operation = OPERATION_PTRACE_READ;
		pid = call->a;
	} else if (!call->a) {
		return traced(READ(task, real_parent), OPERATION_PTRACE_TRACEME, 0);
	} else if (call->a != PTRACE_ATTACH && call->a != PTRACE_SEIZE) {
		return 0;
	}
	target = bpf_task_from_vpid ? bpf_task_from_vpid(pid) : NULL;
	if (!target)
		return numbered(KIND_PTRACE, operation, mode, pid);
	traced(target, operation, mode);
	bpf_task_release(target);
	return 0;
}

/* Calls that change the tree, as what they name; false for any other. */
static __always_inline bool names(struct call *call, struct named *n)
{
	const char *a = (void *)call->a, *b = (void *)call->b;

	n->directory = n->second_directory = AT_CURRENT;
	n->name = a;
	switch (call->number) {
#ifdef __NR_open /* calls without a directory, which newer architectures lack */
	case __NR_unlink:
		break;
	case __NR_rmdir:
		n->operation = OPERATION_RMDIR;
		break;
	case __NR_mkdir:
		n->operation = OPERATION_MKDIR;
		break;
	case __NR_mknod:
		n->operation = OPERATION_MKNOD;
		n->mode = call->b;
		break;
	case __NR_symlink:
		n->operation = OPERATION_SYMLINK;
		n->name = b;
		n->second = a;
		n->second_as_is = true;
		break;
	case __NR_link:
	case __NR_rename:
		n->second = b;
		break;
	case __NR_chmod:
		n->operation = OPERATION_CHMOD;
		n->mode = call->b;
		break;
	case __NR_chown:
	case __NR_lchown:
		n->operation = OPERATION_CHOWN;
		break;
#endif
	case __NR_unlinkat:
		n->operation = call->c & AT_REMOVEDIR ? OPERATION_RMDIR : OPERATION_NONE;
		n->directory = call->a;
		n->name = b;
		break;
	case __NR_mkdirat:
		n->operation = OPERATION_MKDIR;
		n->directory = call->a;
		n->name = b;
		break;
	case __NR_mknodat:
		n->operation = OPERATION_MKNOD;
		n->mode = call->c;
		n->directory = call->a;
		n->name = b;
		break;
	case __NR_symlinkat:
		n->operation = OPERATION_SYMLINK;
		n->directory = call->b;
		n->name = (void *)call->c;
		n->second = a;
		n->second_as_is = true;
		break;
	case __NR_linkat:
#ifdef __NR_renameat
	case __NR_renameat:
#endif
	case __NR_renameat2:
		n->directory = call->a;
		n->name = b;
		n->second_directory = call->c;
		n->second = (void *)call->d;
		break;
	case __NR_fchmodat:
		n->operation = OPERATION_CHMOD;
		n->mode = call->c;
		n->directory = call->a;
		n->name = b;
		break;
	case __NR_fchownat:
		n->operation = OPERATION_CHOWN;
		n->directory = call->a;
		n->name = b;
		break;
	case __NR_truncate:
		n->operation = OPERATION_TRUNCATE;
		break;
	case __NR_mount:
		n->operation = OPERATION_MOUNT;
		n->mode = call->d;
		n->name = b;
		n->second = a;
		n->second_as_is = true;
		break;
	case __NR_umount2:
		n->operation = OPERATION_UMOUNT;
		break;
	case __NR_move_mount:
		n->operation = OPERATION_MOVE_MOUNT;
		n->directory = call->c;
		n->name = (void *)call->d;
		n->second_directory = call->a;
		n->second = b;
		break;
	case __NR_pivot_root:
		n->operation = OPERATION_PIVOT_ROOT;
		n->second = b;
		break;
	default:
		return false;
	}
	return true;
}

static __always_inline int privileged_call(struct call *call, __u32 kind)
{
	enum operation operation = OPERATION_NONE;
	__u32 number = call->a;

	if (kind == KIND_PTRACE)
		return looked_into(call);
	if (kind == KIND_CONNECT || kind == KIND_BIND)
		return unix_socket(kind, (void *)call->b, call->c);
	switch (call->number) {
	case __NR_setgid:
	case __NR_setregid:
	case __NR_setresgid:
		operation = OPERATION_SETGID;
		break;
	case __NR_capset:
		operation = OPERATION_CAPSET;
		break;
	case __NR_setuid:
	case __NR_setreuid:
	case __NR_setresuid:
		operation = OPERATION_SETUID;
		break;
	case __NR_init_module:
	case __NR_finit_module:
		number = 0;
		break;
	}
	if (kind == KIND_CREDENTIAL)
		return credential(operation);
	return numbered(kind, operation, number, 0);
}

/* Calls worth a look, and for which fact: everything else leaves after one load. */
static const __u8 kind_of_call[SYSCALLS] = {
#ifdef __NR_open
	[__NR_open] = KIND_OPEN,
	[__NR_creat] = KIND_OPEN,
	[__NR_unlink] = KIND_UNLINK,
	[__NR_rmdir] = KIND_UNLINK,
	[__NR_mkdir] = KIND_CREATE,
	[__NR_mknod] = KIND_CREATE,
	[__NR_symlink] = KIND_LINK,
	[__NR_link] = KIND_LINK,
	[__NR_rename] = KIND_RENAME,
	[__NR_chmod] = KIND_CHMOD,
	[__NR_chown] = KIND_CHMOD,
	[__NR_lchown] = KIND_CHMOD,
#endif
#ifdef __NR_renameat
	[__NR_renameat] = KIND_RENAME,
#endif
	[__NR_openat] = KIND_OPEN,
	[__NR_openat2] = KIND_OPEN,
	[__NR_open_by_handle_at] = KIND_OPEN,
	[__NR_unlinkat] = KIND_UNLINK,
	[__NR_mkdirat] = KIND_CREATE,
	[__NR_mknodat] = KIND_CREATE,
	[__NR_symlinkat] = KIND_LINK,
	[__NR_linkat] = KIND_LINK,
	[__NR_renameat2] = KIND_RENAME,
	[__NR_fchmodat] = KIND_CHMOD,
	[__NR_fchownat] = KIND_CHMOD,
	[__NR_truncate] = KIND_CHMOD,
	[__NR_mount] = KIND_MOUNT,
	[__NR_umount2] = KIND_MOUNT,
	[__NR_move_mount] = KIND_MOUNT,
	[__NR_pivot_root] = KIND_MOUNT,
	[__NR_setuid] = KIND_CREDENTIAL,
	[__NR_setreuid] = KIND_CREDENTIAL,
	[__NR_setresuid] = KIND_CREDENTIAL,
	[__NR_setgid] = KIND_CREDENTIAL,
	[__NR_setregid] = KIND_CREDENTIAL,
	[__NR_setresgid] = KIND_CREDENTIAL,
	[__NR_capset] = KIND_CREDENTIAL,
	[__NR_ptrace] = KIND_PTRACE,
	[__NR_process_vm_readv] = KIND_PTRACE,
	[__NR_process_vm_writev] = KIND_PTRACE,
	[__NR_bpf] = KIND_BPF,
	[__NR_init_module] = KIND_MODULE,
	[__NR_finit_module] = KIND_MODULE,
	[__NR_connect] = KIND_CONNECT,
	[__NR_bind] = KIND_BIND,
};

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	__u64 number = NUMBER_OF(regs);
	struct named n = {};
	__u8 kind;

	if (number >= SYSCALLS)
		return 0;
	kind = kind_of_call[number];
	if (!((trace_kinds >> (kind & 63)) & 1))
		return 0;
	if (result < 0 && number != __NR_connect) /* a connect that is under way is one */
		return 0;
	if (is_compat_task())
		return 0;

	struct call call = CALL_OF(regs);
	call.number = number;
	if (kind == KIND_OPEN)
		return opened_as(result, asked_flags(&call));
	if (!names(&call, &n))
		return privileged_call(&call, kind);
	n.kind = kind;
	/* Whether it was a directory is not to be seen from here; that it took effect is. */
	if (kind == KIND_RENAME || kind == KIND_MOUNT || n.operation == OPERATION_RMDIR)
		forget_decisions();
	return named(&n);
}

PROGRAM_LICENSE;
