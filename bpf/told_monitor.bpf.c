// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Acts that are seen when they have happened, or where nothing can refuse them: capabilities by the
 * answer that was given, doors that are open, modules that are loaded, what io_uring is asked for.
 * What a policy denies of them is told of as that.
 */
#define ONLY_OBSERVES
#include "program.h"
#include "call.h"
#include "capability.h"
#include "compat.h"
#include "endpoint.h"
#include "numbered.h"

/* The same as LSM's capable, where bpf is not an active one: the function's answer. */
SEC("fexit/security_capable")
int BPF_PROG(on_capable_answer, struct cred *cred, void *ns, int capability, unsigned int options,
	     int answer)
{
	struct self self;

	if (answer || options & CAP_OPT_NOAUDIT || !is_own(cred, capability) ||
	    !current_self(&self))
		return 0;
	return capability_used(&self, capability,
			       outcome_of_number(&self, FACET_CAPABILITY, capability));
}

#define CAP_SYS_ADMIN 21

/* Of namespaces, all but the user's: that one takes no capability. */
#define NEW_NAMESPACES                                                                             \
	(0x00020000 /* mnt */ | 0x02000000 /* cgroup */ | 0x04000000 /* uts */ |                   \
	 0x08000000 /* ipc */ | 0x20000000 /* pid */ | 0x40000000 /* net */)

enum asking_for_admin {
	ASKED_SOMEHOW,
	ASKED_QUIETLY, /* to account for memory, or to see more: none of these needs it */
	ASKED_ALOUD,   /* these cannot be made without it */
};

#define QUIETLY(name) [__NR_##name] = ASKED_QUIETLY
#define ALOUD(name) [__NR_##name] = ASKED_ALOUD

/* clone and clone3 are told apart by their flags. */
static const __u8 asking_for_admin[SYSCALLS] = {
#ifdef __NR_fork
	QUIETLY(fork),
	QUIETLY(vfork),
	QUIETLY(symlink),
#endif
	QUIETLY(mmap),
	QUIETLY(brk),
	QUIETLY(mremap),
	QUIETLY(mprotect),
	QUIETLY(pkey_mprotect),
	QUIETLY(execve),
	QUIETLY(execveat),
	QUIETLY(shmget),
	QUIETLY(shmat),
	QUIETLY(write),
	QUIETLY(pwrite64),
	QUIETLY(writev),
	QUIETLY(pwritev),
	QUIETLY(pwritev2),
	QUIETLY(sendfile),
	QUIETLY(splice),
	QUIETLY(copy_file_range),
	QUIETLY(fallocate),
	QUIETLY(ftruncate),
	QUIETLY(symlinkat),
	QUIETLY(listxattr),
	QUIETLY(llistxattr),
	QUIETLY(flistxattr),
	QUIETLY(seccomp),
	QUIETLY(prctl),
	ALOUD(unshare),
	ALOUD(setns),
	ALOUD(mount),
	ALOUD(umount2),
	ALOUD(pivot_root),
	ALOUD(move_mount),
	ALOUD(open_tree),
	ALOUD(fsopen),
	ALOUD(fsmount),
	ALOUD(fspick),
	ALOUD(mount_setattr),
	ALOUD(sethostname),
	ALOUD(setdomainname),
	ALOUD(swapon),
	ALOUD(swapoff),
	ALOUD(quotactl),
	ALOUD(fanotify_init),
	ALOUD(bpf),
	ALOUD(perf_event_open),
};

/* The tracepoint tells questions that the other hooks know for none (CAP_OPT_NOAUDIT). */
static __always_inline enum asking_for_admin how_asked(void)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	__u64 number = NUMBER_OF(regs);
	struct call call = CALL_OF(regs);

	if ((__s32)number < 0) /* no call: a page was missing */
		return ASKED_QUIETLY;
	if (number >= SYSCALLS || is_compat_task())
		return ASKED_SOMEHOW;
	if (number == __NR_clone3)
		bpf_probe_read_user(&call.a, sizeof(call.a), (void *)call.a);
	if (number == __NR_clone || number == __NR_clone3)
		return call.a & NEW_NAMESPACES ? ASKED_ALOUD : ASKED_QUIETLY;
	return asking_for_admin[number];
}

/* 6.14 and later: the tracepoint also tells the answer. */
SEC("tp_btf/cap_capable")
int BPF_PROG(on_cap_capable, struct cred *cred, void *target, void *capable_ns, int capability,
	     int answer)
{
	enum asking_for_admin asked = ASKED_ALOUD;
	enum outcome outcome = OUTCOME_ALLOW;
	struct self self;

	if (answer || !is_own(cred, capability))
		return 0;
	if (capability == CAP_SYS_ADMIN)
		asked = how_asked();
	if (asked == ASKED_QUIETLY || !current_self(&self))
		return 0;
	if (asked == ASKED_ALOUD)
		outcome = outcome_of_number(&self, FACET_CAPABILITY, capability);
	return capability_used(&self, capability, outcome);
}

/*
 * Where there is no hook for it: the function that makes one, when it has. Of an fexit program the
 * verifier takes no answer but 0.
 */
SEC("fexit/create_user_ns")
int BPF_PROG(on_user_namespace_made, struct cred *cred, int answer)
{
	if (!answer)
		numbered(KIND_NAMESPACE, OPERATION_USERNS_CREATE, 0, 0);
	return 0;
}

/* Where hooks refuse modules, they were judged there. */
SEC("tp_btf/module_load")
int BPF_PROG(on_module, struct module *module)
{
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;
	__u64 id[2];

	c = begin(&self, KIND_MODULE);
	if (!c)
		return 0;
	s = prepare(&self, c, KIND_MODULE, &index);
	if (!s)
		return 0;
	append_string(s, TEXT_OBJECT, module->name, true);
	if (settings.guard == GUARD_KILLS_EXEC)
		judge_number(&s->record, &self, FACET_MODULE, 0);
	sip_text(s, text_end(s), 0, id);
	conclude(s, index, &self, id, (void *)bpf_get_current_task());
	return 0;
}

static __always_inline int ring_operation(__u32 opcode)
{
	__u32 row = opcode & (RING_OPS - 1);
	struct self self;

	if (current_self(&self))
		use_few(&self, FACET_IO_URING, row, KIND_IO_URING,
			outcome_of_number(&self, FACET_IO_URING, row),
			&self.instance->ring_ops[row]);
	return 0;
}

/* 6.3 and later. */
SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_ring_request, struct io_kiocb *request)
{
	return ring_operation(READ(request, opcode));
}

/* 6.0 to 6.2. A typed load: where the first argument is something else, this is refused. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(on_ring_entry, struct io_kiocb *request)
{
	return ring_operation(request->opcode);
}

/*
 * Before, the opcode was an argument, and its place moved: 1 in the first 5.10, 2 in later 5.10 and
 * in 5.15, 3 in 5.18. The loader picks the one whose argument is a byte.
 */
#define OPCODE_AT(place)                                                                           \
	SEC("tp_btf/io_uring_submit_sqe")                                                          \
	int on_ring_opcode_##place(__u64 *arguments)                                               \
	{                                                                                          \
		return ring_operation((__u8)arguments[place]);                                     \
	}

OPCODE_AT(1)
OPCODE_AT(2)
OPCODE_AT(3)

PROGRAM_LICENSE;
