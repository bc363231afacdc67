/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The contract between kernel and user space: what a record looks like, and the names of its
 * kinds, flags and places. TypeScript's copy is generated from the compiled object's BTF.
 */
#ifndef PAHLEVAN_RECORDS_H
#define PAHLEVAN_RECORDS_H

/* One sort of fact. Loss is counted per kind; a rule may ask for every occurrence of one. */
enum kind {
	KIND_NONE,
	KIND_INSTANCE_START,
	KIND_INSTANCE_END,
	KIND_FORK,
	KIND_EXEC,
	KIND_EXIT,
	KIND_CREDENTIAL,
	KIND_OPEN,
	KIND_CREATE,
	KIND_UNLINK,
	KIND_RENAME,
	KIND_LINK,
	KIND_CHMOD,
	KIND_MOUNT,
	KIND_CONNECT,
	KIND_BIND,
	KIND_LISTEN,
	KIND_ACCEPT,
	KIND_SEND,
	KIND_DNS,
	KIND_FLOW,
	KIND_SYSCALL,
	KIND_CAPABILITY,
	KIND_PTRACE,
	KIND_BPF,
	KIND_MODULE,
	KIND_IO_URING,
	KIND_NAMESPACE,
	KIND_MAX,
};

/* Why a fact that was generated was neither delivered nor aggregated. */
enum drop {
	DROP_RING_FULL,
	DROP_SET_FULL,     /* the instance's seen-set is full, and its allowance spent */
	DROP_SCRATCH_BUSY, /* more hooks at work at once than there are scratch buffers */
	DROP_MAX,
};

enum flag {
	FLAG_CUT = 1 << 0, /* a text is longer than its buffer, or deeper than the walk goes */
	FLAG_UNRESOLVED = 1 << 1, /* a helper failed: the text is missing or partial */
	FLAG_USER_TEXT =
		1 << 2, /* the path is what the caller passed, not what the kernel resolved */
	FLAG_DELETED = 1 << 3,  /* the object has no name any more (unlinked, memfd) */
	FLAG_DETACHED = 1 << 4, /* the path ends at a mount that is in no namespace */
	FLAG_SET_FULL =
		1 << 5,      /* not remembered: the seen-set is full, so the next one is sent too */
	FLAG_EVERY = 1 << 6, /* a repeat, sent because a rule asked for every occurrence */
	FLAG_COMPAT = 1 << 7,     /* a 32-bit or x32 system call */
	FLAG_NO_PROCESS = 1 << 8, /* the hook ran outside the process: only the instance is known */
	FLAG_GRANTED = 1 << 9,    /* capability: the check said yes */
	FLAG_ADOPTED = 1 << 10,   /* it was there before the agent */
	FLAG_LOSSY = 1 << 11,     /* the instance has lost a record before */
	FLAG_SETUP = 1 << 12, /* before the instance's first exec: the work of what started it */
};

/* How a file is used; also what kind of create, link, attribute or mount operation it was. */
enum access {
	ACCESS_READ = 1 << 0,
	ACCESS_WRITE = 1 << 1,
	ACCESS_EXEC = 1 << 2,
	ACCESS_CREATED = 1 << 3,
	ACCESS_TRUNCATED = 1 << 4,
	ACCESS_DIRECTORY = 1 << 5,
	ACCESS_MAY_CREATE = 1 << 6, /* it would have been made, had it not been there */
};

enum operation {
	OPERATION_NONE,
	OPERATION_MKDIR,
	OPERATION_MKNOD,
	OPERATION_SYMLINK,
	OPERATION_RMDIR,
	OPERATION_CHMOD,
	OPERATION_CHOWN,
	OPERATION_TRUNCATE,
	OPERATION_MOUNT,
	OPERATION_UMOUNT,
	OPERATION_MOVE_MOUNT,
	OPERATION_PIVOT_ROOT,
	OPERATION_SETUID,
	OPERATION_SETGID,
	OPERATION_CAPSET,
	OPERATION_PTRACE_ATTACH,
	OPERATION_PTRACE_TRACEME,
	OPERATION_PTRACE_READ,
	OPERATION_USERNS_CREATE,
};

/* The texts that may follow the fixed part, in this order. */
enum text {
	TEXT_OBJECT, /* binary, file, name, cgroup path … : what the fact is about */
	TEXT_SECOND, /* new name of a rename or link, source of a mount, script of an exec */
	TEXT_EXE,    /* the acting process' own binary */
	TEXT_CWD,    /* exec: the working directory */
	TEXT_ARGS,   /* exec: argv, NUL separated */
	TEXT_MAX,
};

/* Where a helper failed: the error counter is keyed by place and errno. */
enum place {
	PLACE_NONE,
	PLACE_INSTANCE_SLOT,
	PLACE_INSTANCE_INSERT,
	PLACE_PATH_NAME,
	PLACE_PATH_DEPTH,
	PLACE_ARGS,
	PLACE_USER_PATH,
	PLACE_SEEN_INSERT,
	PLACE_ADDRESS,
	PLACE_DNS,
	PLACE_SCRATCH,
	PLACE_FD,
	PLACE_COUNTER,
	PLACE_MAX,
};

/* What a policy speaks of. Each has its own mode. */
enum facet {
	FACET_EXEC,
	FACET_FILE,
	FACET_NETWORK,
	FACET_SYSCALL,
	FACET_CAPABILITY,
	FACET_RUNTIME_SOCKET,
	FACET_CREDENTIAL,
	FACET_MOUNT,
	FACET_PTRACE,
	FACET_BPF,
	FACET_MODULE,
	FACET_NAMESPACE,
	FACET_IO_URING,
	FACET_MAX,
};

/* Whether there are policies at all, and what becomes of who runs what they deny. */
enum guard {
	GUARD_OFF, /* the verifier then leaves all judging out */
	GUARD_REFUSES_EXEC,
	GUARD_KILLS_EXEC, /* no hook refuses an exec on this kernel */
	GUARD_MAX,
};

/* What is done about an act that the tables deny. */
enum mode {
	MODE_OFF,
	MODE_MONITOR, /* counted as what would have been denied */
	MODE_ALERT,   /* let through, and told of */
	MODE_ENFORCE,
};

/* What befalls an act that no entry speaks of. */
enum unlisted {
	UNLISTED_ALLOW,
	UNLISTED_TELL,
	UNLISTED_DENY,
};

/* What was done. */
enum action {
	ACTION_ALLOW,
	ACTION_TELL,  /* unlisted, and the policy lets it through and wants to know */
	ACTION_WOULD, /* monitor: enforced, it would be denied */
	ACTION_ALERT,
	ACTION_DENY,
	ACTION_KILL, /* where a hook cannot refuse: who did it ends before it goes on */
	ACTION_MAX,
};

/* Uses of a path. An open for reading and writing is both, and needs both. */
enum use {
	USE_READ = 1 << 0,
	USE_WRITE = 1 << 1,
	USE_EXEC = 1 << 2,
	USE_CREATE = 1 << 3,
	USE_MKDIR = 1 << 4,
	USE_MKNOD = 1 << 5,
	USE_UNLINK = 1 << 6,
	USE_RMDIR = 1 << 7,
	USE_RENAME_FROM = 1 << 8,
	USE_RENAME_TO = 1 << 9,
	USE_LINK_FROM = 1 << 10,
	USE_LINK_TO = 1 << 11,
	USE_SYMLINK = 1 << 12,
	USE_CHMOD = 1 << 13,
	USE_CHOWN = 1 << 14,
	USE_TRUNCATE = 1 << 15,
};

/* Uses of an address. */
enum reach {
	REACH_CONNECT = 1 << 0,
	REACH_SEND = 1 << 1,
	REACH_BIND = 1 << 2,
	REACH_LISTEN = 1 << 3,
	REACH_ACCEPT = 1 << 4,
};

#define PATH_BYTES 4096
#define ARGS_BYTES 4096
#define COMM_BYTES 16
#define SYSCALLS 512
#define CAPABILITIES 64
#define RING_OPS 128
#define GENERATION_SHIFT 40 /* of the cache: above the ids of cgroups */
#define HIT_CPUS 256        /* a power of two */
#define HITS_PER_CPU 128    /* a counter per kind; see count_hit_in */

/* The fixed part. Texts follow it back to back; their lengths are in text_bytes. */
struct record {
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u64 cgroup_id;
	__u64 start_ns; /* start of the process: with pid, its identity */
	__u64 parent_start_ns;
	__u64 inode;
	__u64 object_start_ns; /* child of a fork, target of a ptrace */
	__u64 capabilities;    /* effective set after the fact (exec, credential) */
	__u64 bytes_sent;
	__u64 bytes_received;
	__u32 bytes; /* of the whole record */
	__u32 instance;
	__u32 instance_generation;
	__u32 pid;
	__u32 tid;
	__u32 parent_pid;
	__u32 uid;
	__u32 gid;
	__u32 object_pid;
	__u32 from_uid; /* credential: before */
	__u32 from_gid;
	__u32 number; /* syscall, capability, bpf command, io_uring operation, status, mode */
	__u32 device;
	__u32 flags;
	__u16 kind;
	__u16 operation;
	__u16 access;
	__u16 family;
	__u16 protocol;
	__u16 local_port;
	__u16 remote_port;
	__u16 text_bytes[TEXT_MAX];
	__u8 local[16];
	__u8 remote[16];
	char comm[COMM_BYTES];
	__u32 policy;      /* generation of the tables that judged it; 0: nobody did */
	__u16 judged_uses; /* of what was asked, what was not allowed */
	__u8 facet;
	__u8 action;
};
_Static_assert(sizeof(struct record) == 208, "struct record has no implicit padding");

/*
 * The kernel's profile of one instance. One slot of a mapped array: user space reads it in place.
 */
struct instance {
	__u64 cgroup_id; /* 0: the slot is free */
	__u64 started_ns;
	__u64 ended_ns;
	__u64 every_kinds;     /* bit per kind: send every occurrence of it for this instance */
	__u64 lost;            /* records of this instance that were dropped */
	__u64 facts;           /* first sights */
	__u64 full_window_ns;  /* see DROP_SET_FULL */
	__u64 tree_changed_ns; /* it moved a directory or a mount, which takes effect later */
	__u64 bytes_sent;      /* over its TCP connections that are closed */
	__u64 bytes_received;
	__u64 packets_cut; /* to and from beyond its loopback, while it was quarantined */
	__u32 full_sent;
	__u32 generation;   /* of the slot: part of every seen-set key */
	__u32 entries;      /* of the seen-set that are this instance's */
	__u32 spare;        /* of those, how many came out of the shared part */
	__u32 from_start;   /* the agent watched it from its first process on */
	__u32 in_setup;     /* and has seen no exec in it yet */
	__u32 came_in_exec; /* the process that was moved into it amid an exec, till that is over */
	__u32 began_exec;   /* the process that last began a program in it, before its first */
	__u32 is_settled;   /* its first process has come in whole */
	__u32 fences;       /* adding to it orders the writes and reads around it */
	__u32 policy;       /* row of `policies`; 0: none */
	__u32 phase;        /* enum phase */
	__u64 decision_window_ns; /* decisions told of in this second: `decisions_sent` */
	__u32 decisions_sent;
	__u32 decisions_untold; /* counted, and not told of */
	__u64 oldest_ns;        /* of those there before the agent: when its oldest process began */
	__u64 failed_ns;        /* the newest failure of a process that is waited for outside */
	__u32 failed_with;      /* its end, as wait() has it */
	__u32 failed_for_memory; /* the kernel killed it for want of memory */
	__u32 origin;            /* enum origin */
	__u32 chapter;           /* of what it has done: what another one held is told again */
	__u64 calls_missed;      /* system calls were not watched while its programs ran */
	__u64 decided[FACET_MAX * ACTION_MAX];
	/* How often, up to 255: 0 is "never", 1 is what an estimate of the unseen needs to know. */
	__u8 syscalls[SYSCALLS];
	__u8 compat_syscalls[SYSCALLS];
	__u8 capabilities[CAPABILITIES];
	__u8 ring_ops[RING_OPS];
};
_Static_assert(sizeof(struct instance) % 8 == 0, "array slots are eight-byte aligned");

/* Where an instance's first program ran. */
enum origin {
	ORIGIN_UNKNOWN,
	ORIGIN_HOST,      /* in the host's mounts */
	ORIGIN_ELSEWHERE, /* in mounts and below a root of its own: a container's */
	ORIGIN_MAX,
};

/* What belongs to an instance's start alone is allowed only there. */
enum phase {
	PHASE_START,
	PHASE_STEADY,
	PHASE_MAX,
};

/* Which facets' paths a policy lists. */
enum paths {
	PATHS_EXEC,
	PATHS_FILE,
	PATHS_MAX,
};

/*
 * A wildcard for the middle of one name: of it only `head` bytes at its beginning and `tail` at its
 * end count, and there is at least one between them. Without a head the name has no dot first.
 */
struct wildcard {
	__u8 at; /* which name of the path, from 0 */
	__u8 head;
	__u8 tail;
	__u8 reserved;
};

/* What patterns have in common: how many names, and where their wildcards are. */
#define SHAPE_WILDCARDS 6
#define SHAPES 16

struct shape {
	__u32 names; /* 0: no shape */
	__u16 wildcards;
	__u16 spares_guarded; /* its entries hold no path that is guarded */
	struct wildcard wildcard[SHAPE_WILDCARDS];
};

/*
 * Which paths are guarded, of whatever policy: an automaton that takes a path byte by byte. A state
 * is where its row begins: first whether a path that ends there is open (not guarded), then by the
 * byte's class the next state. Not filled, it guards everything.
 */
#define GUARDED_CELLS 65536

struct guarded {
	__u8 class_of[256]; /* from 1 on */
	__u16 next[GUARDED_CELLS];
};

/* What ranges have in common: an entry is found under the part of the address and port it keeps. */
enum range_list {
	RANGE_LIST_NONE,
	RANGE_LIST_BOTH,   /* entries of an address and a port */
	RANGE_LIST_PORT,   /* egress: a port of this list … */
	RANGE_LIST_REMOTE, /* … and a peer of this one */
};

#define RANGES 64

struct range {
	__u8 list;         /* enum range_list */
	__u8 family;       /* 4 or 6; 0: any address */
	__u8 address_bits; /* that count, from the first on */
	__u8 port_bits;    /* 16: one port, 0: any */
	__u8 any_protocol;
	__u8 is_distance; /* instead of an address: how far it is (enum distance) */
	__u8 is_own;      /* accept: of one's own address, not of the peer's */
	__u8 reserved;
};

/* A row of `policies`: all of one policy but its entries, which are in `rules` by the same row. */
struct policy {
	__u32 generation;
	__u32 names_peers; /* of who comes in: some entry is about one's address, or the own one */
	__u8 mode[16];     /* by facet */
	__u8 unlisted[16]; /* by facet */
	/* By facet and phase, of what is one of few (capability, operation): a bit is a number. */
	__u64 denied[16 * PHASE_MAX];
	__u64 told[16 * PHASE_MAX];
	__u64 denied_syscalls[2 * PHASE_MAX * (SYSCALLS / 64)]; /* by table (native, compat) */
	/* Bit n: there is a tree, or a directory's children, of n names; 63: or more. */
	__u64 tree_depths[PATHS_MAX];
	__u64 child_depths[PATHS_MAX];
	__u32 shapes_used[PATHS_MAX];
	__u32 ranges_used;
	__u32 has_denies; /* bit per facet: some entry denies */
	struct shape shapes[PATHS_MAX * SHAPES];
	struct range ranges[RANGES];
};
_Static_assert(sizeof(struct policy) % 8 == 0, "rows are eight-byte aligned");

enum rule_kind {
	RULE_KIND_EXACT,    /* of a path: id is that of all its names */
	RULE_KIND_TREE,     /* the path itself and everything below it */
	RULE_KIND_CHILDREN, /* what lies directly in the directory */
	RULE_KIND_SHAPE,    /* + shape: id of the names as the shape leaves them */
	RULE_KIND_RANGE = RULE_KIND_SHAPE + SHAPES, /* + range */
	RULE_KIND_UNIX = RULE_KIND_RANGE + RANGES,  /* id of the socket's path */
	RULE_KIND_SCRIPT, /* exec: this interpreter (id) for that script (more: see script_id) */
};

/* An entry's key in its policy's own table. */
struct rule_key {
	__u64 id[2];
	__u32 kind;  /* enum rule_kind */
	__u32 facet; /* of paths; of ranges: port << 8 | protocol */
};

/* Bits of enum use, or of enum reach. What none of them holds is unlisted. */
struct rule {
	__u16 deny;
	__u16 allow;
	__u16 start; /* allowed until the instance is steady */
	__u16 reserved;
};

/* What is the guard's own. */
enum own {
	OWN_MAP,
	OWN_PROGRAM,
	OWN_LINK,
	OWN_FOLDER, /* of pins: device << 32 | inode */
	OWN_MOUNT,  /* that the pins go with */
};

struct own_key {
	__u64 id;
	__u32 sort;
	__u32 reserved;
};

#define OWN_NAME_BYTES 64

struct own_object {
	char name[OWN_NAME_BYTES]; /* as it is told of */
};

/* What the runtime did is not the workload's own behaviour. */
#define SETUP_CHAPTER 0

/* What has been seen: by whom, of which kind, and a keyed 128-bit id of what. */
struct seen_key {
	__u32 instance;
	__u32 generation;
	__u32 kind;
	__u32 chapter; /* SETUP_CHAPTER, or its instance's and one */
	__u64 id[2];
	__u64 how; /* of one path, what makes another fact: the access, the mode */
};

struct seen_value {
	__u32 count;
	__u32 reserved;
};

struct cgroup_entry {
	__u32 instance;
	__u32 grouping; /* holds instances but is none for what is made below it */
};

/*
 * generated = delivered + aggregated + dropped, per kind and CPU. What the decision cache answers
 * is generated and aggregated in one: it is counted once, in the control's `hits`.
 */
struct counters {
	__u64 generated[KIND_MAX];
	__u64 delivered[KIND_MAX];
	__u64 aggregated[KIND_MAX];
	__u64 dropped[KIND_MAX][DROP_MAX];
};

struct failure_key {
	__u32 place;
	__s32 error;
};

/* What user space may change while programs run. */
struct control {
	__u64 every_kinds; /* bit per kind, for all instances */
	/* By GENERATION_STEP, when what the decision cache holds may be wrong. */
	__u64 cache_generation;
	__u64 tree_changed_ns; /* when somebody last moved a directory or a mount */
	__u64 spare_used;      /* seen-set entries taken beyond the instances' own parts */
	__u64 failures_uncounted;
	__u64 host_root;        /* of process 1: its root, an address */
	__u64 host_mounts;      /* and its mount namespace */
	__u64 keeper_elsewhere; /* the agent is in a container itself */
	__u64 unattended;       /* the agent has ended, its programs have not */
	__u64 names_peers;      /* some policy does: who comes in is not known by his distance */
	__u64 calls_watched;    /* the program at the entry of system calls is attached */
	/*
	 * What the cache answered. A plain variable, as its address costs no lookup; beyond
	 * HIT_CPUS processors share a row, which costs them time and no count.
	 */
	__u64 hits[HIT_CPUS * HITS_PER_CPU];
};

/* Set before load. */
struct settings {
	__u64 secret[2];       /* per boot of the agent: ids cannot be crafted */
	__u64 spare;           /* seen-set entries beyond the instances' own parts */
	__u32 own_entries;     /* each instance's own part of the seen-set */
	__u32 most_entries;    /* more than this one instance never gets */
	__u32 cpus;            /* possible CPUs: the decision cache has a row each */
	__u32 full_per_second; /* records an instance with a full set may send */
	__s32 hierarchy_id;    /* of the cgroups that count: 0 is v2 */
	__s32 subsystem;       /* v1: index into css_set.subsys; -1 on v2 */
	__u32 agent_pid; /* what the agent itself does is counted, and no behaviour of its cgroup */
	__u32 guard;     /* enum guard */
	__u64 agent_start; /* with its pid, who it is: in hundredths of a second after boot */
};

#endif
