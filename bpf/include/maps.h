/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The maps every monitor shares. Weak, so that the linker makes one of each; sizes are defaults
 * that the loader may change.
 */
#ifndef PAHLEVAN_MAPS_H
#define PAHLEVAN_MAPS_H

#include "vmlinux.h"
#include "records.h"

#define WALK_PARTS 128 /* a power of two */
#define DECISIONS_PER_CPU 1024
#define FOLDERS_PER_CPU 256 /* rows behind all of those */
#define RECENT_PER_CPU 64
#define CALLS_PER_CPU 512
/* Texts start below TEXT_START_LIMIT, a power of two so that a mask proves it, and end in here. */
#define TEXT_START_LIMIT (4 * PATH_BYTES)
#define SCRATCH_TEXT (TEXT_START_LIMIT + PATH_BYTES)

/* Shared code that a program may or may not use; verified once per use, not inlined. */
#define subprogram static __noinline __attribute__((unused))

const volatile struct settings settings __attribute__((weak)) = {};
/*
 * Which kinds no better hook serves than a program that sees more than one; a bit each, never the
 * one of KIND_NONE.
 */
const volatile __u64 trace_kinds __attribute__((weak)) = 0;
struct control control __attribute__((weak)) __attribute__((aligned(8)));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} ring __attribute__((weak)) SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct instance);
} instances __attribute__((weak)) SEC(".maps");

/* Slots that nobody has. User space fills it at start and gives back what it has read out. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1024);
	__uint(value_size, sizeof(__u32));
} free_instances __attribute__((weak)) SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct cgroup_entry);
} cgroups __attribute__((weak)) SEC(".maps");

/* Those that were made lately: what happens in one of them first is its beginning. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u8);
} fresh_cgroups __attribute__((weak)) SEC(".maps");

/*
 * Services that may start again: by the path of their cgroup (no NUL where it takes all bytes), the
 * row of `policies` that each is held to from its first moment, whether an agent lives or not. What
 * has a longer path is held once user space has heard of it.
 */
#define BOUND_PATH 128

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, BOUND_PATH);
	__uint(value_size, sizeof(__u32));
} bound_paths __attribute__((weak)) SEC(".maps");

/*
 * A cache of `cgroups`, a row per CPU: cgroup id and slot in one word, so never half an entry.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RECENT_PER_CPU);
	__type(key, __u32);
	__type(value, __u64);
} recent __attribute__((weak)) SEC(".maps");

/* Nothing is ever evicted from here: what is full stays unseen. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__type(key, struct seen_key);
	__type(value, struct seen_value);
} seen __attribute__((weak)) SEC(".maps");

/*
 * What the seen-set is known to hold: a cache, and only that. A row answers if all its words are
 * the ones asked for, and it was not written anew in the meantime.
 */
#define DECISION_WORDS 15

struct decision {
	__u64 stamp; /* odd while it is written */
	__u64 what[DECISION_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DECISIONS_PER_CPU + FOLDERS_PER_CPU);
	__type(key, __u32);
	__type(value, struct decision);
} decisions __attribute__((weak)) SEC(".maps");

/* The same of system calls, which are few and frequent: they would crowd out the others. */
struct known_call {
	__u64 stamp;
	__u64 what[3]; /* as a decision's; the last is nought, so that no row lies in two lines */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CALLS_PER_CPU);
	__type(key, __u32);
	__type(value, struct known_call);
} known_calls __attribute__((weak)) SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters __attribute__((weak)) SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct failure_key);
	__type(value, __u64);
} failures __attribute__((weak)) SEC(".maps");

/* SipHash on its way. */
struct sip {
	__u64 v0, v1, v2, v3;
};

/* What all entries that hold an object say together. */
struct found {
	__u32 deny;
	__u32 allow;
	__u32 start;
};

/* A script, until its interpreter is asked for. */
struct begun {
	__u64 id[2]; /* of its path */
	__u32 allow; /* to run, always … */
	__u32 start; /* … and until the instance is steady */
	__u32 is_known;
	__u32 is_removed;
};

/* A path that is being looked up, name by name from the root on; see judge.h. */
struct asking {
	struct sip sip;
	struct found found;
	__u64 id[2];        /* of the whole path */
	struct begun begun; /* programs: what it is to run */
	struct found pair;  /* what is said of both together */
	__u32 asks_pair;
	__u32 row;
	__u32 facet;
	__u32 paths;
	__u32 shape;   /* SHAPES: the names as they are */
	__u32 name;    /* how many were taken in */
	__u32 at, end; /* what is left of this one */
	__u32 tail_at; /* then this, up to tail_end: behind a wildcard */
	__u32 tail_end;
	__u32 misfit; /* no path of this shape */
	__u32 guard;  /* whether the path is guarded: enum guarding, or nobody asked yet */
	__u32 state;  /* of struct guarded */
	/* How it stood before the last name, and whether patterns have as many names as it has. */
	struct sip folder;
	struct found folder_found;
	__u32 has_shapes;
};

struct endpoint {
	__u64 address[2]; /* IPv4 in the first four bytes */
	__u16 family;
	__u16 protocol;
	__u16 port; /* host order */
};

/* An address that is being looked up, range by range; see endpoint.h. */
struct reaching {
	struct endpoint e;
	struct endpoint own; /* accept: where he came to, as `e` is who came */
	struct found found;
	__u32 row;
	__u32 distance;
	__u32 ports; /* egress: allowed by a port of one list … */
	__u32 peers; /* … and by a peer of another */
};

/* What a system call names, where its end is all that is seen of it; see trace_monitor.bpf.c. */
struct named {
	__u32 operation;
	__u32 mode;
	__u32 uses;        /* of the object; none: it is a mount */
	__u32 second_uses; /* of the second name */
	__s32 directory;
	__s32 second_directory;
	const char *name;   /* none: NULL, and the directory is the file itself */
	const char *second; /* none: NULL */
	bool second_as_is;  /* what a link shall say, what is mounted: no name in the tree */
};

/*
 * A record under construction. LSM hooks can be preempted in the middle on a preemptible kernel,
 * so a per-CPU buffer is not one's own; a buffer taken from a stack of free ones is.
 */
struct scratch {
	struct record record;
	__u8 text[SCRATCH_TEXT];
	__u8 walk[PATH_BYTES + 256];
	/*
	 * Where a walk is. In memory, not in registers: the verifier forgets it, and loops
	 * converge.
	 */
	struct dentry *dentry;
	struct dentry *root;
	struct mount *mount;
	struct cgroup *cgroup;
	struct task_struct *task; /* whose act it is */
	__u32 at;
	__u32 flags;
	__u32 arrived;
	__u32 own; /* below /proc: the acting process' number there, else 0 … */
	__u32 unspelled;
	__u64 own_name[2]; /* … and its digits, as they lie in a name */
	__u64 how;         /* what makes another fact of the same path */
	__u64 met_name[2]; /* what is named there, as far as it could be that */
	__u32 personal;    /* whose number a path has depends on who acts: never cached */
	__u32 names; /* that were walked, and where each one's slash is: the last name's first */
	__u16 parts[WALK_PARTS];
	struct asking asking;
	struct reaching reaching;
	struct endpoint came_to; /* of who is let in; set by who judges that */
	struct named named;
	__u32 question_bytes; /* of a DNS question that lies in `walk` */
	__u32 hashed_bytes;   /* of `text`, and what is made of it: see sip_text */
	struct sip hashed;
#ifdef BOUNDED_LOOPS
	__u32 number;  /* its own, and … */
	__u32 is_over; /* … whether its loop is: see once.h */
#endif
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches __attribute__((weak)) SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 64);
	__uint(value_size, sizeof(__u32));
} free_scratches __attribute__((weak)) SEC(".maps");

#endif
