// `attack PID PROCS DEED WORD…`: joins the container of that process and does one deed in it.
//
// It enters the namespaces first and the cgroup last: so nothing of its way in is the container's,
// and everything after it is, like code that was injected into one of its processes. It prints
// "done", "refused ERRNO" or "killed SIGNAL".
#include <linux/sched.h>
#include <sched.h>
#include "attack.h"

int own_program;

static const struct deed *named(const char *name)
{
	static const struct deed *const tables[] = {program_deeds, file_deeds, network_deeds,
						    kernel_deeds};

	for (size_t table = 0; table < sizeof(tables) / sizeof(*tables); table++)
		for (const struct deed *deed = tables[table]; deed->name; deed++)
			if (!strcmp(deed->name, name))
				return deed;
	errx(2, "no deed is called %s", name);
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		err(2, "%s", path);
	return fd;
}

static void enter(const char *pid)
{
	static const char *const kinds[] = {"ipc", "uts", "net", "pid", "mnt"};
	int spaces[sizeof(kinds) / sizeof(*kinds)];
	char path[64];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kinds[i]);
		spaces[i] = opened(path, O_RDONLY);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (setns(spaces[i], 0))
			err(2, "setns %s", kinds[i]);
	if (chdir("/"))
		err(2, "/");
}

// The child's first read ends once it is in the cgroup.
static int in_cgroup(int procs, const struct deed *deed, char **word)
{
	int gate[2], status, outcome;
	pid_t child;
	char none;

	if (pipe2(gate, O_CLOEXEC))
		err(2, "pipe");
	child = fork();
	if (child < 0)
		err(2, "fork");
	if (child == 0) {
		close(gate[1]);
		if (read(gate[0], &none, 1) != 1)
			_exit(2);
		errno = 0;
		outcome = deed->run(word);
		if (outcome == DONE)
			_exit(DONE);
		dprintf(STDOUT_FILENO, "refused %d\n", errno);
		_exit(0);
	}
	if (dprintf(procs, "%d", child) < 0 || write(gate[1], "", 1) != 1)
		err(2, "cgroup.procs");
	if (waitpid(child, &status, 0) != child)
		err(2, "waitpid");
	return status;
}

int main(int argc, char **argv)
{
	int procs, status;

	// Run by one of its own deeds: that it runs at all is the trace.
	if (argc > 1 && !strcmp(argv[1], "mark"))
		return DONE;
	if (argc < 4)
		errx(2, "attack PID PROCS DEED WORD…");
	own_program = opened("/proc/self/exe", O_RDONLY);
	procs = opened(argv[2], O_WRONLY);
	enter(argv[1]);
	status = in_cgroup(procs, named(argv[3]), argv + 4);
	if (WIFSIGNALED(status))
		printf("killed %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status) == DONE)
		printf("done\n");
	else if (WEXITSTATUS(status))
		errx(2, "%s: exit status %d", argv[3], WEXITSTATUS(status));
	return 0;
}
