// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Processes: fork, exec, exit, whom they act as, and what privileged things they do (capabilities,
 * ptrace, bpf). Tracepoints where they give the whole fact on every kernel; LSM hooks, which the
 * loader may turn into fentry on the same function, for the rest.
 */
#include "program.h"
#include "capability.h"
#include "ended.h"
#include "numbered.h"
#include "script.h"
#include "setup.h"
#include "shield.h"
#include "traced.h"

static __always_inline struct task_struct *me(void)
{
	return (void *)bpf_get_current_task();
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct cgroup *cgroup;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;

	if (settings.guard != GUARD_OFF && is_stranger(parent))
		mark_stranger(child);
	if (READ(child, pid) != READ(child, tgid))
		return 0; /* a thread */
	/*
	 * clone3 may start the child in a cgroup of its own: it is watched from its first step on.
	 */
	cgroup = cgroup_of(child);
	if (cgroup != cgroup_of(parent))
		came_in(settle(cgroup, id_of(cgroup), true), child);
	c = begin(&self, KIND_FORK);
	if (!c)
		return 0;
	if (settings.guard != GUARD_OFF && self.instance->origin == ORIGIN_ELSEWHERE)
		mark_stranger(child);
	s = prepare_if_every(&self, c, KIND_FORK, &index);
	if (!s)
		return 0;
	s->record.object_pid = READ(child, tgid);
	s->record.object_start_ns = READ(child, start_boottime);
	deliver(s, &self, c, me());
	give_back(index);
	return 0;
}

/* The object is the program that runs in the end; for a script that is its interpreter. */
static __always_inline void describe_binary(struct scratch *s, struct file *file)
{
	append_file(s, TEXT_OBJECT, file);
	describe_inode(&s->record, file);
	s->record.access = ACCESS_EXEC;
}

/* What runs already; of a script first its text, which was appended last. */
static __always_inline enum action judge_begun(struct scratch *s, struct self *self,
					       struct file *file, __u32 pass)
{
	if (pass) {
		struct path path = {};

		take_apart(s, TEXT_SECOND);
		judge_program(s, self, PASS_SCRIPT);
		bpf_core_read(&path, sizeof(path), &file->f_path);
		walk_path(s, path.dentry, path.mnt);
	}
	return judge_program(s, self, pass);
}

#define HASH_BANG ('#' | '!' << 8)

/* For a script twice: itself, then its interpreter. */
SEC("lsm/bprm_check_security")
int BPF_PROG(on_exec_check, struct linux_binprm *binprm)
{
	__u16 first = 0;
	__u32 pass = READ(binprm, filename) == READ(binprm, interp) ? 0 : PASS_LATER;

	bpf_core_read(&first, sizeof(first), &binprm->buf);
	if (first == HASH_BANG)
		pass |= PASS_SCRIPT;
	return exec_checked(READ(binprm, file), pass);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	const char *filename = READ(binprm, filename), *interpreter = READ(binprm, interp);
	__u32 index = 0, pass = filename == interpreter ? 0 : PASS_LATER;
	struct file *file = READ(binprm, file);
	struct counters *c;
	struct scratch *s;
	struct self self;
	bool in_setup, is_judged;
	__u64 id[2];

	c = begin(&self, KIND_EXEC);
	if (!c)
		return 0;
	in_setup = is_setup(&self, file);
	if (in_setup)
		began_in_setup(self.instance, task);
	else if (self.instance->in_setup)
		end_setup(self.instance);
	if (settings.guard != GUARD_OFF && !in_setup) {
		learn_origin(&self, task);
		if (self.instance->origin == ORIGIN_ELSEWHERE || is_elsewhere(task))
			mark_stranger(task);
	}
	is_judged = settings.guard == GUARD_KILLS_EXEC && !in_setup;
	s = prepare(&self, c, KIND_EXEC, &index);
	if (!s)
		return 0;
	describe_binary(s, file);
	/* The script's own file is closed: its path was kept, or its name is known as passed. */
	if (pass && !append_script(s))
		append_passed_script(s, filename);
	if (is_judged)
		s->record.action = kill_if_denied(judge_begun(s, &self, file, pass));
	sip_text(s, text_end(s), 0, id);
	conclude(s, index, &self, id, task);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct signal_struct *signal = READ(task, signal);
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;

	/*
	 * Once per process: by its first thread. Whose is the last one is not to be told, as
	 * several that end at once all see a count of none left.
	 */
	if (READ(task, pid) != READ(task, tgid))
		return 0;
	/* A thread's exec ends the first one, and the process goes on. */
	if (bpf_core_field_exists(signal->group_exec_task) && READ(signal, group_exec_task))
		return 0;
	if (is_keeper(task))
		control.unattended = 1;
	c = begin(&self, KIND_EXIT);
	if (!c)
		return 0;
	note_end(&self, task, signal);
	s = prepare_if_every(&self, c, KIND_EXIT, &index);
	if (!s)
		return 0;
	s->record.number = READ(task, exit_code);
	deliver(s, &self, c, task);
	give_back(index);
	return 0;
}

static __always_inline int credential_changed(struct cred *now, struct cred *before,
					      enum operation operation)
{
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0, to_uid = READ(now, euid.val), to_gid = READ(now, egid.val);
	__u64 id[2], capabilities = 0;
	struct sip sip;

	c = begin(&self, KIND_CREDENTIAL);
	if (!c)
		return 0;
	s = prepare(&self, c, KIND_CREDENTIAL, &index);
	if (!s)
		return 0;
	bpf_core_read(&capabilities, sizeof(capabilities), &now->cap_effective);
	s->record.operation = operation;
	s->record.from_uid = READ(before, euid.val);
	s->record.from_gid = READ(before, egid.val);
	s->record.number = to_uid;
	s->record.object_pid = to_gid;
	s->record.bytes_sent = capabilities;
	sip_start(&sip);
	sip_word(&sip, (__u64)s->record.from_uid << 32 | to_uid);
	sip_word(&sip, (__u64)s->record.from_gid << 32 | to_gid);
	sip_word(&sip, capabilities);
	sip_word(&sip, operation);
	sip_end(&sip, id);
	conclude(s, index, &self, id, me());
	return 0;
}

SEC("lsm/task_fix_setuid")
int BPF_PROG(on_setuid, struct cred *now, struct cred *before)
{
	return credential_changed(now, before, OPERATION_SETUID);
}

SEC("lsm/task_fix_setgid")
int BPF_PROG(on_setgid, struct cred *now, struct cred *before)
{
	return credential_changed(now, before, OPERATION_SETGID);
}

SEC("lsm/capset")
int BPF_PROG(on_capset, struct cred *now, struct cred *before)
{
	return credential_changed(now, before, OPERATION_CAPSET);
}

/* Reached only when the capability module said yes. */
SEC("lsm/capable")
int BPF_PROG(on_capable, struct cred *cred, void *ns, int capability, unsigned int options)
{
	struct self self;

	if (options & CAP_OPT_NOAUDIT || !is_own(cred, capability) || !current_self(&self))
		return 0;
	return capability_used(&self, capability,
			       outcome_of_number(&self, FACET_CAPABILITY, capability));
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(on_ptrace, struct task_struct *child, unsigned int mode)
{
	return traced(child,
		      mode & PTRACE_MODE_ATTACH ? OPERATION_PTRACE_ATTACH : OPERATION_PTRACE_READ,
		      mode & 0x1f);
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(on_traceme, struct task_struct *parent)
{
	return traced(parent, OPERATION_PTRACE_TRACEME, 0);
}

SEC("lsm/bpf")
int BPF_PROG(on_bpf, int command)
{
	return numbered(KIND_BPF, 0, command, 0);
}

/* 6.1 and later. */
SEC("lsm/userns_create")
int BPF_PROG(on_user_namespace)
{
	return numbered(KIND_NAMESPACE, OPERATION_USERNS_CREATE, 0, 0);
}

/*
 * Processes that already run: their instances, and their binaries as facts that were there before.
 */
SEC("iter/task")
int adopt_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct mm_struct *mm;
	struct cgroup *cgroup;
	struct counters *c;
	struct scratch *s;
	struct file *file;
	struct self self;
	__u32 index = 0;
	bool is_thread;
	__u64 id[2];

	if (!task)
		return 0;
	is_thread = READ(task, pid) != READ(task, tgid);
	if (is_thread && settings.guard == GUARD_OFF)
		return 0;
	mm = READ(task, mm);
	if (!mm)
		return 0; /* a thread of the kernel */
	cgroup = cgroup_of(task);
	if (!known_as(&self, id_of(cgroup), cgroup))
		return 0;
	if (settings.guard != GUARD_OFF)
		adopt_origin(&self, task);
	if (is_thread)
		return 0;
	file = READ(mm, exe_file);
	c = my_counters();
	if (!c || !file)
		return 0;
	COUNT(c, generated, KIND_EXEC);
	s = prepare(&self, c, KIND_EXEC, &index);
	if (!s)
		return 0;
	s->record.flags |= FLAG_ADOPTED;
	describe_binary(s, file);
	sip_text(s, text_end(s), 0, id);
	conclude(s, index, &self, id, task);
	return 0;
}

PROGRAM_LICENSE;
