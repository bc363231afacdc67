// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The tracepoint tier: where a kernel has neither LSM hooks nor fentry, one program on the end of
 * every system call stands in for them. It sees what succeeded. An opened file is resolved from
 * its descriptor; other paths are what the caller passed (FLAG_USER_TEXT), joined to their base.
 * What io_uring does without a system call, and 32-bit programs' files, it does not see.
 */
#define ONLY_OBSERVES
#include "program.h"
#include "call.h"
#include "compat.h"
#include "descriptor.h"
#include "endpoint.h"
#include "numbered.h"
#include "opened.h"
#include "passed.h"
#include "process.h"
#include "traced.h"
#include "walk.h"

/* Since 6.14. Without it, who is looked into is known by the number that the caller has for it. */
extern struct task_struct *bpf_task_from_vpid(__s32 pid) __ksym __attribute__((weak));
extern void bpf_task_release(struct task_struct *task) __ksym __attribute__((weak));

#ifdef BOUNDED_LOOPS
#define AT_CURRENT -100 /* AT_FDCWD */
#define known_call(task, call) false
#define learn_call(call, generation) (void)(generation)
#else
#include "called.h"
#endif

#define AT_REMOVEDIR 0x200

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
static __always_inline __u64 asked_flags(struct pt_regs *regs, __u64 number)
{
	struct call call = CALL_OF(regs);
	__u64 flags = 0;

	if (number == __NR_openat)
		return call.c;
#ifdef __NR_open
	if (number == __NR_open)
		return call.b;
	if (number == __NR_creat)
		return O_CREAT | O_TRUNC;
#endif
	if (number != __NR_openat2)
		return call.c;
	bpf_probe_read_user(&flags, sizeof(flags), (void *)call.c);
	return flags;
}

/*
 * As file_opened(), but that no overlay's layer has a descriptor. Where each return of the kernel's
 * is guarded against speculation, calls are what costs: on an AMD EPYC one of a helper takes 13 ns,
 * one of bpf_probe_read_kernel 53, and all of this 35 to 60. So it asks for the task, once.
 */
static __always_inline int opened_by(struct pt_regs *regs, __u64 number, __u32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file;
	__u64 mode, flags;

	if (is_compat(task))
		return 0;
	file = typed_file(task, fd);
	if (!file)
		return 0;
	mode = file->f_mode;
	if (mode & FMODE_PATH)
		return 0; /* no access to the file, and no LSM hook runs for it either */
	flags = asked_flags(regs, number) & (O_CREAT | O_TRUNC);
	if (known_file_of(cgroup_id_of_current(task), file,
			  raw_access(mode, file->f_flags | flags)))
		return 0;
	return tell_opened(file, flags);
}

/*
 * An absolute name as it is, a relative one behind the directory that it starts from; without a
 * name it is the descriptor's own file.
 */
subprogram void append_named(struct scratch *s, enum text which, __s32 directory, const char *name)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 before = text_end(s), end;
	__u64 error, is_named;
	char first = 0;
	long bytes;

	if ((__u32)which >= TEXT_MAX)
		return;
	/* Its page may be away. Without a branch, as the verifier would go on from both. */
	error = bpf_probe_read_user(&first, 1, name);
	is_named = ((__u64)name | -(__u64)name) >> 63;
	s->record.flags |= (error >> 63 & is_named) * FLAG_UNRESOLVED;
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
	if (first) {
		s->record.flags |= FLAG_USER_TEXT;
		append_string(s, which, name, false);
	}
	bytes = text_end(s) - before;
	s->record.text_bytes[which] = bytes;
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
		return answer_of(judge_blindly(&self, FACET_NETWORK));
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
	judge_unix(s, &self, id, reach_of(kind));
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

#define CLONE_NEWUSER 0x10000000

/* Of clone3 the flags are what its structure begins with. */
static __always_inline __u64 namespaces_made(struct call *call)
{
	__u64 flags = call->a;

	if (call->number == __NR_clone3)
		bpf_probe_read_user(&flags, sizeof(flags), (void *)call->a);
	return flags & (CLONE_NEWUSER | CLONE_NEWNS);
}

/* A call that changes the tree, as what it names. */
static __always_inline void names(struct call *call, struct named *n)
{
	const char *a = (void *)call->a, *b = (void *)call->b;

	*n = (struct named){};
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
	case __NR_fchmod:
		n->operation = OPERATION_CHMOD;
		n->mode = call->b;
		n->directory = call->a;
		n->name = NULL;
		break;
	case __NR_fchown:
		n->operation = OPERATION_CHOWN;
		n->directory = call->a;
		n->name = NULL;
		break;
	case __NR_fchmodat:
	case __NR_fchmodat2:
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
	}
}

/* As the hooks of file_monitor.bpf.c ask for it; what is none of a file is a mount's. */
static const __u16 uses_of_operation[32] = {
	[OPERATION_MKDIR] = USE_MKDIR,       [OPERATION_MKNOD] = USE_MKNOD,
	[OPERATION_SYMLINK] = USE_SYMLINK,   [OPERATION_RMDIR] = USE_RMDIR,
	[OPERATION_CHMOD] = USE_CHMOD,       [OPERATION_CHOWN] = USE_CHOWN,
	[OPERATION_TRUNCATE] = USE_TRUNCATE,
};

static __always_inline __u32 uses_of_change(__u32 kind, __u32 operation)
{
	if (operation)
		return uses_of_operation[MASKED(operation, 31)];
	return kind == KIND_UNLINK   ? USE_UNLINK
	       : kind == KIND_RENAME ? USE_RENAME_FROM
				     : USE_LINK_FROM;
}

static __always_inline __u32 uses_of_second(__u32 kind, __u32 operation)
{
	if (operation)
		return 0;
	return kind == KIND_RENAME ? USE_RENAME_TO : kind == KIND_LINK ? USE_LINK_TO : 0;
}

/* Whether a path that is known may be another's now; of what was renamed one cannot see what. */
static __always_inline bool moves_paths(struct call *call)
{
	return call->kind == KIND_RENAME || call->kind == KIND_MOUNT ||
#ifdef __NR_rmdir
	       call->number == __NR_rmdir ||
#endif
	       (call->number == __NR_unlinkat && call->c & AT_REMOVEDIR);
}

/*
 * What is named goes into memory: the verifier then takes what follows for one way, whichever call
 * it was.
 */
subprogram int tree_changed_by(struct call *call)
{
	struct counters *c;
	struct scratch *s;
	struct named *n;
	struct self self;
	__u32 index = 0, kind = call->kind;
	__u64 generation = control.cache_generation, id[2];

	if (kind >= KIND_MAX)
		return 0;
	c = begin(&self, kind);
	if (!c)
		return 0;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return answer_of(
			judge_blindly(&self, kind == KIND_MOUNT ? FACET_MOUNT : FACET_FILE));
	n = &s->named;
	names(call, n);
	n->uses = uses_of_change(kind, n->operation);
	n->second_uses = uses_of_second(kind, n->operation);
	s->record.operation = n->operation;
	s->record.number = n->mode;
	append_named(s, TEXT_OBJECT, n->directory, n->name);
	if (n->uses)
		judge_passed(s, &self, TEXT_OBJECT, n->uses);
	else
		judge_number(&s->record, &self, FACET_MOUNT, n->operation);
	if (n->second && n->second_as_is)
		append_string(s, TEXT_SECOND, n->second, false);
	else if (n->second)
		append_named(s, TEXT_SECOND, n->second_directory, n->second);
	if (n->second_uses)
		judge_passed(s, &self, TEXT_SECOND, n->second_uses);
	sip_text(s, text_end(s), (__u64)n->operation << 32 | n->mode, id);
	if (conclude(s, index, &self, id, (void *)bpf_get_current_task()) && tree_settled(&self))
		learn_call(call, generation);
	return 0;
}

static __always_inline int privileged_call(struct call *call, __u32 kind)
{
	enum operation operation = OPERATION_NONE;
	__u32 number = call->a;
	__u64 made;

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
	case __NR_clone:
	case __NR_clone3:
	case __NR_unshare:
		made = namespaces_made(call);
		/* Copied mounts may have addresses of some that ended with their namespace. */
		if (made & CLONE_NEWNS)
			forget_decisions();
		if (!(made & CLONE_NEWUSER))
			return 0;
		operation = OPERATION_USERNS_CREATE;
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
	[__NR_fchmod] = KIND_CHMOD,
	[__NR_fchown] = KIND_CHMOD,
	[__NR_fchmodat] = KIND_CHMOD,
	[__NR_fchmodat2] = KIND_CHMOD,
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
	[__NR_clone] = KIND_NAMESPACE,
	[__NR_clone3] = KIND_NAMESPACE,
	[__NR_unshare] = KIND_NAMESPACE,
	[__NR_connect] = KIND_CONNECT,
	[__NR_bind] = KIND_BIND,
};

#define EFAULT 14

/* A connect that is under way is one; and who is told that nothing is there was let look. */
static __always_inline bool is_done(__u32 kind, long result)
{
	return result >= 0 || kind == KIND_CONNECT || (kind == KIND_PTRACE && result == -EFAULT);
}

static __always_inline int call_ended(struct pt_regs *regs, __u64 number, __u32 kind, long result)
{
	struct task_struct *task;

	if (!stands_in_for(kind))
		return 0;
	if (!is_done(kind, result))
		return 0;
	/*
	 * A child comes out of the call, too: when it does, its parent may have put something else
	 * where clone3 was told its flags (threads of Redis and Node came with a user namespace).
	 */
	if (kind == KIND_NAMESPACE && !result && number != __NR_unshare)
		return 0;
	task = bpf_get_current_task_btf();
	if (is_compat(task))
		return 0;

	struct call call = CALL_OF(regs);
	call.number = number;
	call.kind = kind;
	if (moves_paths(&call))
		forget_decisions();
	if (kind >= KIND_CREATE && kind <= KIND_MOUNT)
		return known_call(task, &call) ? 0 : tree_changed_by(&call);
	return privileged_call(&call, kind);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	__u64 number = NUMBER_OF(regs);
	__u8 kind;

	if (number >= SYSCALLS)
		return 0;
	kind = kind_of_call[number];
	if (kind == KIND_NONE)
		return 0;
	/* Made most often of them: it comes first, in a straight line. */
	if (__builtin_expect(kind == KIND_OPEN, true))
		return result >= 0 && stands_in_for(KIND_OPEN) ? opened_by(regs, number, result)
							       : 0;
	return call_ended(regs, number, kind, result);
}

PROGRAM_LICENSE;
