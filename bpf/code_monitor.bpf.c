// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Files that are mapped as code, or made code where they are mapped: libraries, mostly. Each is one
 * more use of a file, to run it. LSM hooks; the loader turns them into fmod_ret on security_* where
 * bpf is not an active LSM.
 */
#include "program.h"
#include "compat.h"
#include "held.h"
#include "opened.h"

#define PROT_READ 1
#define PROT_EXEC 4
#define READ_IMPLIES_EXEC 0x0400000 /* a task's personality */

/* For the cache: no access that raw_access() tells, and no kind that others have there. */
#define MAPPED 0x40
_Static_assert(KIND_MAX <= MAPPED, "a kind is no access");

/* Code of a file without a name (a memfd, or removed since) is a program without a name. */
subprogram int nameless_mapped(struct file *file)
{
	enum action action;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;

	c = held(&self, FACET_EXEC);
	if (!c)
		return 0;
	s = take_scratch(&index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_EXEC));
	s->record.kind = KIND_OPEN;
	s->record.access = ACCESS_EXEC;
	append_file(s, TEXT_OBJECT, file);
	describe_inode(&s->record, file);
	s->flags |= FLAG_DELETED;
	action = judge_program(s, &self, 0);
	return decided(s, index, &self, c, KIND_OPEN, action);
}

/*
 * An overlay maps its layer's file, which since 6.7 has the layer's path. FMODE_BACKING says so,
 * but moved; of files that are mapped, those without an account are the same ones.
 */
static __always_inline struct path path_of(struct file *file)
{
	struct backing_file *backing = (void *)file;
	struct path path = {};

	if (file->f_mode & FMODE_NOACCOUNT && bpf_core_field_exists(backing->user_path))
		bpf_core_read(&path, sizeof(path), &backing->user_path);
	else
		bpf_core_read(&path, sizeof(path), &file->f_path);
	return path;
}

/* Describes what the cache did not know. */
subprogram int tell_mapped(struct file *file)
{
	__u64 generation = control.cache_generation, id[2];
	struct path path = path_of(file);
	struct counters *c;
	struct scratch *s;
	enum action action;
	struct self self;
	__u32 index = 0;

	c = begin(&self, KIND_OPEN);
	if (!c)
		return 0;
	s = prepare(&self, c, KIND_OPEN, &index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_FILE));
	append_path(s, TEXT_OBJECT, path.dentry, path.mnt);
	s->record.access = ACCESS_EXEC;
	s->record.inode = file->f_inode->i_ino;
	s->record.device = file->f_inode->i_sb->s_dev;
	s->how = ACCESS_EXEC;
	judge_named(s, &self, USE_EXEC, id);
	action = s->record.action; /* as in tell_opened */
	if (conclude(s, index, &self, id, (void *)bpf_get_current_task()) && tree_settled(&self))
		learn_file(file, MAPPED, generation);
	return answer_of(action);
}

static __always_inline int mapped(struct file *file)
{
	if (!file->f_inode->i_nlink)
		return settings.guard == GUARD_OFF ? 0 : nameless_mapped(file);
	if (known_file(file, MAPPED))
		return 0;
	return tell_mapped(file);
}

/*
 * By what was asked for: security_mmap_file(), where the loader puts this without the LSM, has the
 * flags where the hook has what comes of it. That is more where reading is to imply running.
 */
static __always_inline bool maps_code(unsigned long asked)
{
	return asked & PROT_EXEC ||
	       (asked & PROT_READ && OF_CURRENT(personality) & READ_IMPLIES_EXEC);
}

SEC("lsm/mmap_file")
int BPF_PROG(on_map, struct file *file, unsigned long asked)
{
	if (!file || !maps_code(asked))
		return 0;
	return mapped(file);
}

SEC("lsm/file_mprotect")
int BPF_PROG(on_protect, struct vm_area_struct *area, unsigned long asked, unsigned long protection)
{
	struct file *file = area->vm_file;

	if (!file || !(protection & PROT_EXEC))
		return 0;
	return mapped(file);
}

PROGRAM_LICENSE;
