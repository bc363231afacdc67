// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Files: open, create, unlink, rename, link, chmod and mounts, where the kernel has resolved the
 * path. LSM hooks; the loader turns them into fentry on security_* where bpf is not an active LSM.
 */
#include "program.h"
#include "opened.h"
#include "shield.h"

SEC("lsm/file_open")
int BPF_PROG(on_file_open, struct file *file)
{
	return file_opened(file);
}

/* What nobody remembers: a file's making is a fact when it is opened. */
#define MAKING (~0ULL)

struct change {
	/*
	 * Its kind, and what it is done for to the object; the generation is the one that the cache
	 * was asked for.
	 */
	struct named_act act;
	__u32 operation;
	__u32 mode;
	__u32 second_uses; /* of the second name */
	__u32 knowing;     /* enum knowing */
	struct dentry *dentry;
	struct vfsmount *mnt;
	/* A second name: by path (rename, link) or as a string of the kernel's (symlink, mount). */
	struct dentry *second;
	struct vfsmount *second_mnt;
	const char *string;
	struct path *where; /* where the cache is to know it by, if at all */
	__u64 subject;
};

static __always_inline void learn_change(struct change *change)
{
	if (change->second)
		learn_rename(change->dentry, change->second, change->where, change->act.generation);
	else
		learn_name(change->dentry, change->where, change->subject, change->act.generation);
}

/* Something of the guard's own: see shield.h. */
subprogram bool is_own_change(struct change *change)
{
	if (settings.guard == GUARD_OFF)
		return false;
	return is_own_pin(change->dentry) || (change->second && is_own_pin(change->second)) ||
	       (change->operation == OPERATION_UMOUNT && is_own_mount(change->mnt));
}

subprogram enum action tree_change_blindly(struct self *self, struct change *change)
{
	if (is_own_change(change))
		return action_on_own(self);
	return judge_blindly(self, change->act.uses ? FACET_FILE : FACET_MOUNT);
}

/* A change of one name, by its directory. True where that is all there is to say. */
subprogram bool known_change(struct change *change)
{
	struct self self;

	if (!known_as(&self, typed_cgroup_id(), NULL) || is_own_change(change))
		return false;
	change->knowing = know_by_folder(&self, change->dentry, change->where, &change->act);
	if (change->knowing == KNOWING_WELL && tree_settled(&self))
		learn_change(change);
	return change->knowing >= KNOWING_SEEN;
}

/* Judges what is done to the object, or between both, and finds the fact's id. */
static __always_inline void judge_change(struct scratch *s, struct self *self,
					 struct change *change)
{
	bool is_one_name = change->where && !change->second;

	if (is_one_name && change->knowing == KNOWING_NOTHING) {
		judge_named(s, self, change->act.uses, change->act.id);
		learn_folder(s, self, change->dentry, change->where, change->act.generation);
	} else if (!is_one_name && change->act.uses) {
		judge_path(s, self, FACET_FILE, change->act.uses);
	} else if (!is_one_name) {
		judge_number(&s->record, self, FACET_MOUNT, change->operation);
	}
	if (is_one_name) {
		s->how = change->act.how;
		return;
	}
	if (change->second)
		append_path(s, TEXT_SECOND, change->second, change->second_mnt);
	if (change->second && change->second_uses)
		judge_path(s, self, FACET_FILE, change->second_uses);
	else if (change->string)
		append_string(s, TEXT_SECOND, change->string, true);
	sip_text(s, text_end(s), change->act.how, change->act.id);
}

subprogram __u32 tree_change(struct change *change)
{
	__u32 index = 0, kind = change->act.kind, answer;
	struct counters *c;
	struct scratch *s;
	struct self self;

	if (kind >= KIND_MAX)
		return ACTION_ALLOW;
	c = begin(&self, kind);
	if (!c)
		return ACTION_ALLOW;
	s = prepare(&self, c, kind, &index);
	if (!s)
		return tree_change_blindly(&self, change);
	s->record.operation = change->operation;
	s->record.number = change->mode;
	append_path(s, TEXT_OBJECT, change->dentry, change->mnt);
	judge_change(s, &self, change);
	if (is_own_change(change))
		shielded(&s->record, &self);
	/* A name that is being made has no place in the tree yet. */
	if (kind == KIND_CREATE || kind == KIND_RENAME || kind == KIND_LINK)
		s->record.flags &= ~FLAG_DELETED;
	answer = s->record.action;
	if (conclude(s, index, &self, change->act.id, (void *)bpf_get_current_task()) &&
	    change->where && tree_settled(&self))
		learn_change(change);
	return answer;
}

/* What the names do not say of it is a part of the fact's id. */
static __always_inline struct change described(struct change change)
{
	change.act.how = (__u64)change.operation << 32 | change.mode;
	return change;
}

#define CHANGE(...)                                                                                \
	({                                                                                         \
		struct change change = described((struct change){__VA_ARGS__});                    \
		answer_of(tree_change(&change));                                                   \
	})

static __always_inline int name_changed(struct dentry *dentry, struct path *where, __u64 subject,
					__u32 uses, __u64 generation)
{
	struct change change = described((struct change){
		.act = {.generation = generation, .kind = (__u8)subject, .uses = uses},
		.operation = (__u8)(subject >> 8),
		.mode = subject >> 32,
		.dentry = dentry,
		.mnt = where->mnt,
		.where = where,
		.subject = subject,
	});

	return known_change(&change) ? 0 : answer_of(tree_change(&change));
}

/*
 * The facts of one name go by the cache first. Their dentry is typed, and made or gone in the act.
 */
static __always_inline int name_change(struct dentry *dentry, struct path *where, __u32 kind,
				       __u32 operation, __u32 mode, __u32 uses)
{
	__u64 subject = (__u64)mode << 32 | operation << 8 | kind;
	__u64 generation = control.cache_generation;

	if (known_name(dentry, where, subject, generation))
		return 0;
	return name_changed(dentry, where, subject, uses, generation);
}

SEC("lsm/path_unlink")
int BPF_PROG(on_unlink, struct path *dir, struct dentry *dentry)
{
	return name_change(dentry, dir, KIND_UNLINK, 0, 0, USE_UNLINK);
}

SEC("lsm/path_rmdir")
int BPF_PROG(on_rmdir, struct path *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	/* Its number may soon be another directory's. */
	if (inode && !inode->i_generation)
		tree_changed();
	return name_change(dentry, dir, KIND_UNLINK, OPERATION_RMDIR, 0, USE_RMDIR);
}

SEC("lsm/path_mkdir")
int BPF_PROG(on_mkdir, struct path *dir, struct dentry *dentry)
{
	return name_change(dentry, dir, KIND_CREATE, OPERATION_MKDIR, 0, USE_MKDIR);
}

/*
 * Judges by itself a file that is about to be made. What is allowed is told of when it has
 * happened; so is one that is only to be alerted about.
 */
subprogram int judge_making(struct dentry *dentry, struct path *dir)
{
	struct named_act act = {.generation = control.cache_generation,
				.kind = KIND_CREATE,
				.how = MAKING,
				.uses = USE_CREATE};
	enum action action;
	struct counters *c;
	struct scratch *s;
	struct self self;
	__u32 index = 0;

	if (!known_as(&self, typed_cgroup_id(), NULL) || !policy_for(&self, FACET_FILE))
		return 0;
	if (know_by_folder(&self, dentry, dir, &act) == KNOWING_ALLOWED)
		return 0;
	c = my_counters();
	if (!c)
		return 0;
	s = take_scratch(&index);
	if (!s)
		return answer_of(judge_blindly(&self, FACET_FILE));
	s->record.kind = KIND_OPEN;
	append_path(s, TEXT_OBJECT, dentry, dir->mnt);
	s->record.flags &= ~FLAG_DELETED; /* it has no place in the tree yet */
	action = judge_named(s, &self, act.uses, act.id);
	learn_folder(s, &self, dentry, dir, act.generation);
	if (action == ACTION_DENY)
		tell_denied(s, &self, c, KIND_OPEN);
	give_back(index);
	return answer_of(action);
}

/*
 * A regular file is told of by the open that makes it, but judged here: it must not be made first.
 */
SEC("lsm/path_mknod")
int BPF_PROG(on_mknod, struct path *dir, struct dentry *dentry, umode_t mode)
{
	if ((mode & S_IFMT) == S_IFREG || !(mode & S_IFMT))
		return judge_making(dentry, dir);
	return name_change(dentry, dir, KIND_CREATE, OPERATION_MKNOD, mode, USE_MKNOD);
}

SEC("lsm/path_chmod")
int BPF_PROG(on_chmod, struct path *path, umode_t mode)
{
	return name_change(path->dentry, path, KIND_CHMOD, OPERATION_CHMOD, mode, USE_CHMOD);
}

SEC("lsm/path_chown")
int BPF_PROG(on_chown, struct path *path)
{
	return name_change(path->dentry, path, KIND_CHMOD, OPERATION_CHOWN, 0, USE_CHOWN);
}

SEC("lsm/path_truncate")
int BPF_PROG(on_truncate, struct path *path)
{
	return name_change(path->dentry, path, KIND_CHMOD, OPERATION_TRUNCATE, 0, USE_TRUNCATE);
}

SEC("lsm/path_symlink")
int BPF_PROG(on_symlink, struct path *dir, struct dentry *dentry, const char *target)
{
	return CHANGE(.act = {.kind = KIND_LINK, .uses = USE_SYMLINK},
		      .operation = OPERATION_SYMLINK, .dentry = dentry, .mnt = dir->mnt,
		      .string = target);
}

SEC("lsm/path_link")
int BPF_PROG(on_link, struct dentry *old, struct path *dir, struct dentry *dentry)
{
	return CHANGE(.act = {.kind = KIND_LINK, .uses = USE_LINK_FROM}, .dentry = old,
		      .mnt = dir->mnt, .second_uses = USE_LINK_TO, .second = dentry,
		      .second_mnt = dir->mnt);
}

static __always_inline bool is_directory(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return inode && (inode->i_mode & S_IFMT) == S_IFDIR;
}

/* A directory that moves takes the paths of all below it along. */
SEC("lsm/path_rename")
int BPF_PROG(on_rename, struct path *old_dir, struct dentry *old, struct path *new_dir,
	     struct dentry *dentry)
{
	__u64 generation;

	/* With RENAME_EXCHANGE the other one moves too. */
	if (is_directory(old) || is_directory(dentry))
		tree_changed();
	generation = control.cache_generation;
	if (known_rename(old, dentry, old_dir, generation))
		return 0;
	return CHANGE(.act = {.kind = KIND_RENAME,
			      .uses = USE_RENAME_FROM,
			      .generation = generation},
		      .dentry = old, .mnt = old_dir->mnt, .second_uses = USE_RENAME_TO,
		      .second = dentry, .second_mnt = old_dir->mnt, .where = old_dir);
}

#define MS_MOVE 0x2000

/*
 * One that moves or goes changes paths that are known. A new mount does not, but it may have the
 * address of one that ended with its namespace, of which no hook was told.
 */
SEC("lsm/sb_mount")
int BPF_PROG(on_mount, const char *source, struct path *path, const char *type, __u64 flags)
{
	if (flags & MS_MOVE)
		tree_changed();
	else
		forget_decisions();
	return CHANGE(.act = {.kind = KIND_MOUNT}, .operation = OPERATION_MOUNT,
		      .mode = (__u32)flags, .dentry = path->dentry, .mnt = path->mnt,
		      .string = source);
}

SEC("lsm/sb_umount")
int BPF_PROG(on_umount, struct vfsmount *mnt)
{
	tree_changed();
	return CHANGE(.act = {.kind = KIND_MOUNT}, .operation = OPERATION_UMOUNT,
		      .dentry = mnt->mnt_root, .mnt = mnt);
}

SEC("lsm/move_mount")
int BPF_PROG(on_move_mount, struct path *from, struct path *to)
{
	tree_changed();
	return CHANGE(.act = {.kind = KIND_MOUNT}, .operation = OPERATION_MOVE_MOUNT,
		      .dentry = to->dentry, .mnt = to->mnt, .second = from->dentry,
		      .second_mnt = from->mnt);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(on_pivot_root, struct path *old, struct path *new)
{
	tree_changed();
	return CHANGE(.act = {.kind = KIND_MOUNT}, .operation = OPERATION_PIVOT_ROOT,
		      .dentry = new->dentry, .mnt = new->mnt, .second = old->dentry,
		      .second_mnt = old->mnt);
}

/* Copies of all mounts, as new ones. */
SEC("fentry/copy_mnt_ns")
int BPF_PROG(on_mount_namespace, __u64 flags)
{
	if (flags & CLONE_NEWNS)
		forget_decisions();
	return 0;
}

PROGRAM_LICENSE;
