// Steps of processes: fork, exec, exit, credentials, single system calls.
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "act.h"

static char *const no_environment[] = {NULL};

static void do_exit(char **word)
{
	_exit(atoi(word[0]));
}

static void do_die(char **word)
{
	raise(atoi(word[0]));
	pause();
}

// The steps that follow run in a child; this process waits for it and ends.
static void do_child(char **word)
{
	pid_t child = fork();

	(void)word;
	if (child == 0)
		return;
	wait_for(child);
	exit(0);
}

// COUNT children in a row, each of which runs PATH with one word and ends.
static void do_spawn(char **word)
{
	char *const arguments[] = {word[1], word[2], NULL};
	pid_t child;

	for (int left = atoi(word[0]); left > 0; left--) {
		must(posix_spawn(&child, word[1], NULL, NULL, arguments, no_environment), word[1]);
		wait_for(child);
	}
}

// A child with this very pid, which ends at once.
static void do_fork_as(char **word)
{
	pid_t wanted = atoi(word[0]);
	struct clone_args arguments = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wanted, .set_tid_size = 1};
	pid_t child = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (child == 0) {
		execl("/proc/self/exe", "act", "exit", "0", NULL);
		_exit(127);
	}
	wait_for(child);
}

static void do_exec(char **word)
{
	execve(word[0], word, no_environment);
	err(1, "exec %s", word[0]);
}

static void do_exec_no_words(char **word)
{
	char *const none[] = {NULL};

	execve(word[0], none, no_environment);
	err(1, "exec %s", word[0]);
}

// PATH with COUNT words of so many BYTES each.
static void do_exec_many(char **word)
{
	int count = atoi(word[1]), bytes = atoi(word[2]);
	char **words = calloc(count + 2, sizeof(*words));

	words[0] = word[0];
	for (int i = 1; i <= count; i++) {
		words[i] = malloc(bytes + 1);
		memset(words[i], 'x', bytes);
		words[i][bytes] = 0;
	}
	execve(word[0], words, no_environment);
	err(1, "exec %s", word[0]);
}

// A copy of PATH that is in memory only, with the words that follow.
static void do_exec_memory(char **word)
{
	static char buffer[1 << 16];
	int from = open(word[0], O_RDONLY), to = memfd_create("ghost", MFD_CLOEXEC);
	ssize_t bytes;

	must(from, word[0]);
	must(to, "memfd_create");
	while ((bytes = read(from, buffer, sizeof(buffer))) > 0)
		must(write(to, buffer, bytes), "memfd");
	fexecve(to, word, no_environment);
	err(1, "fexecve");
}

// Where a child of `exec-moved` hears that it has been moved: it then ends.
#define MOVED 9

// A child that runs the words, and is moved into a cgroup (by its cgroup.procs) meanwhile.
static void do_exec_moved(char **word)
{
	int status, moved[2], procs = open(word[0], O_WRONLY);
	pid_t child;

	must(procs, word[0]);
	must(pipe2(moved, O_CLOEXEC), "pipe");
	child = fork();
	must(child, "fork");
	if (!child) {
		must(dup2(moved[0], MOVED), "dup2");
		execve(word[1], word + 1, no_environment);
		err(1, "exec %s", word[1]);
	}
	must(dprintf(procs, "%d", child), "cgroup.procs");
	close(moved[1]);
	must(waitpid(child, &status, 0), "waitpid");
	exit(WEXITSTATUS(status));
}

// As a program's first step: it runs itself again and again until it has been moved, then the
// words.
static void do_exec_until_moved(char **word)
{
	struct pollfd moved = {.fd = MOVED, .events = POLLIN};
	char **all = word - 2;

	must(poll(&moved, 1, 0), "poll");
	execve(word[0], moved.revents ? word : all, no_environment);
	err(1, "exec %s", word[0]);
}

static void do_setuid(char **word)
{
	must(setuid(atoi(word[0])), "setuid");
}

static void do_setgid(char **word)
{
	must(setgid(atoi(word[0])), "setgid");
}

void drop_capability(int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	must(syscall(SYS_capget, &header, data), "capget");
	data[capability / 32].effective &= ~(1u << capability % 32);
	must(syscall(SYS_capset, &header, data), "capset");
}

static void do_drop_capability(char **word)
{
	drop_capability(atoi(word[0]));
}

static void do_nice(char **word)
{
	must(setpriority(PRIO_PROCESS, 0, atoi(word[0])), "setpriority");
}

static void do_syscall(char **word)
{
	syscall(atoi(word[0]), 0, 0, 0, 0, 0, 0);
}

// By the numbers of 32-bit programs.
static void do_syscall32(char **word)
{
#ifdef __x86_64__
	long result = atoi(word[0]);

	asm volatile("int $0x80"
		     : "+a"(result)
		     : "b"(0), "c"(0), "d"(0)
		     : "r8", "r9", "r10", "r11", "memory");
#else
	errx(3, "syscall32: this machine has no such numbers (%s)", word[0]);
#endif
}

const struct step process_steps[] = {
	{"exit", 1, do_exit},
	{"die", 1, do_die},
	{"child", 0, do_child},
	{"spawn", 3, do_spawn},
	{"fork-as", 1, do_fork_as},
	{"exec", -1, do_exec},
	{"exec-no-words", 1, do_exec_no_words},
	{"exec-many", 3, do_exec_many},
	{"exec-memory", -1, do_exec_memory},
	{"exec-moved", -1, do_exec_moved},
	{"exec-until-moved", -1, do_exec_until_moved},
	{"setuid", 1, do_setuid},
	{"setgid", 1, do_setgid},
	{"drop-capability", 1, do_drop_capability},
	{"nice", 1, do_nice},
	{"syscall", 1, do_syscall},
	{"syscall32", 1, do_syscall32},
	{0},
};
