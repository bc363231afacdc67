/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Whose act a record tells of; see fact.h. */
#ifndef PAHLEVAN_PROCESS_H
#define PAHLEVAN_PROCESS_H

#include "load.h"
#include "scratch.h"

ONCE(describe_process)
{
	struct record *r = &s->record;
	struct task_struct *task = s->task;
	struct task_struct *leader = LOAD(task, group_leader);
	struct task_struct *parent = LOAD(task, real_parent);
	struct cred *cred = LOAD(task, cred);

	r->pid = LOAD(task, tgid);
	r->tid = LOAD(task, pid);
	r->start_ns = LOAD(leader, start_boottime);
	r->parent_pid = LOAD(parent, tgid);
	parent = LOAD(parent, group_leader);
	r->parent_start_ns = LOAD(parent, start_boottime);
	r->uid = LOAD(cred, uid.val);
	r->gid = LOAD(cred, gid.val);
	bpf_core_read(&r->capabilities, sizeof(r->capabilities), &cred->cap_effective);
	bpf_core_read(&r->comm, sizeof(r->comm), &task->comm);
}

/* The program that acts. By itself, for its small frame: below hooks there is little stack left. */
ONCE(append_program)
{
	struct mm_struct *mm = LOAD(s->task, mm);
	struct file *file = mm ? LOAD(mm, exe_file) : NULL;

	if (file)
		add_path(s, TEXT_EXE, LOAD(file, f_path.dentry), LOAD(file, f_path.mnt));
}

#endif
