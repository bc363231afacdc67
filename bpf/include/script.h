/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A program before it runs. A script passes here twice: itself, then its interpreter; what is known
 * of it is kept with the thread in between, as the second time only its name is left.
 */
#ifndef PAHLEVAN_SCRIPT_H
#define PAHLEVAN_SCRIPT_H

#include "passed.h"
#include "setup.h"

#ifndef BOUNDED_LOOPS /* before 5.17 nothing is judged, and scripts are told as they were passed */

struct script {
	struct begun begun;
	__u32 flags; /* of its walk */
	__u32 bytes;
	__u8 path[PATH_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct script);
} scripts __attribute__((weak)) SEC(".maps");

static __always_inline struct script *own_script(__u64 flags)
{
	return bpf_task_storage_get(&scripts, bpf_get_current_task_btf(), NULL, flags);
}

/* False where it was kept nowhere. */
static __always_inline bool append_script(struct scratch *s)
{
	struct script *script = own_script(0);
	__u32 end, bytes;

	if (!script || !text_room(s, &end))
		return false;
	bytes = script->bytes;
	if (!bytes || bytes > PATH_BYTES)
		return false;
	bpf_probe_read_kernel(s->text + end, bytes, script->path);
	s->record.flags |= script->flags & (FLAG_CUT | FLAG_UNRESOLVED);
	text_added(s, TEXT_SECOND, bytes);
	return true;
}

/* What was walked and judged last is a script that begins. False: there is no memory for it. */
static __always_inline bool keep_script(struct scratch *s, __u32 pass)
{
	struct script *script = own_script(0);
	__u32 bytes = PATH_BYTES - s->at;

	if (!script)
		return false;
	script->begun = s->asking.begun;
	if (pass & PASS_LATER || bytes > PATH_BYTES)
		return true;
	bpf_probe_read_kernel(script->path, bytes, s->walk + PATH_BYTES - bytes);
	script->bytes = bytes;
	script->flags = s->flags;
	return true;
}

static __always_inline void recall_script(struct scratch *s, __u32 pass)
{
	struct script *script = own_script(0);

	s->asking.begun.is_known = 0;
	if (script && pass & PASS_LATER)
		s->asking.begun = script->begun;
}

/* Of an exec before this one, which failed. */
static __always_inline void forget_script(void)
{
	struct script *script = own_script(0);

	if (script)
		script->bytes = script->begun.is_known = 0;
}

subprogram int exec_checked(struct file *file, __u32 pass)
{
	struct path path = {};
	struct counters *c;
	enum action action;
	struct scratch *s;
	struct self self;
	__u32 index = 0;

	if (!(pass & PASS_LATER))
		forget_script();
	if (!current_self(&self) || (!policy_for(&self, FACET_EXEC) && pass != PASS_SCRIPT) ||
	    is_setup(&self, file))
		return 0;
	c = my_counters();
	if (!c)
		return 0;
	s = take_scratch(&index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_EXEC));
	s->record.kind = KIND_EXEC;
	if (pass & PASS_SCRIPT)
		own_script(BPF_LOCAL_STORAGE_GET_F_CREATE);
	recall_script(s, pass);
	bpf_core_read(&path, sizeof(path), &file->f_path);
	append_path(s, TEXT_OBJECT, path.dentry, path.mnt);
	describe_inode(&s->record, file);
	action = judge_program(s, &self, pass);
	if (pass & PASS_SCRIPT && !keep_script(s, pass))
		action = judge_unclear(s, &self, FACET_EXEC);
	if (action != ACTION_ALLOW) {
		if (pass & PASS_LATER)
			append_script(s);
		tell_denied(s, &self, c, KIND_EXEC);
	}
	give_back(index);
	return answer_of(action);
}

/*
 * Where nothing was asked before the program ran: the script by its name as it was passed, behind
 * the working directory where that is where it begins.
 */
subprogram void append_passed_script(struct scratch *s, const char *name)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 before = text_end(s), end;
	char first = 0;

	bpf_probe_read_kernel(&first, 1, name);
	if (first != '/') {
		struct fs_struct *fs = READ(task, fs);
		struct path cwd = {};

		bpf_core_read(&cwd, sizeof(cwd), &fs->pwd);
		if (cwd.dentry && cwd.mnt)
			append_path(s, TEXT_SECOND, cwd.dentry, cwd.mnt);
		if (text_room(s, &end)) {
			s->text[end] = '/';
			s->record.bytes++;
		}
	}
	append_string(s, TEXT_SECOND, name, true);
	s->record.text_bytes[TEXT_SECOND] = text_end(s) - before;
}

#else

static __always_inline bool append_script(struct scratch *s)
{
	return false;
}

static __always_inline int exec_checked(struct file *file, __u32 pass)
{
	return 0;
}

static __always_inline void take_apart(struct scratch *s, enum text which)
{
}

static __always_inline void append_passed_script(struct scratch *s, const char *name)
{
	append_string(s, TEXT_SECOND, name, true);
}

#endif

#endif
