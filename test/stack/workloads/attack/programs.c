// Running what is not the workload's: files, memory, scripts, shells, again and again.
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include "attack.h"

static char *const no_environment[] = {NULL};

// The child tells by its end: 43 and up are its errno.
int run_program(const char *path, char *const words[])
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execve(path, words, no_environment);
		_exit(DONE + 1 + errno);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	if (WEXITSTATUS(status) <= DONE)
		return DONE; // it ran, whatever came of it
	errno = WEXITSTATUS(status) - DONE - 1;
	return -1;
}

int copy_to(int into)
{
	struct stat file;

	if (fstat(own_program, &file) || lseek(own_program, 0, SEEK_SET))
		return -1;
	return sendfile(into, own_program, NULL, file.st_size) == file.st_size ? 0 : -1;
}

// PATH: a miner, written and run.
static int do_drop(char **word)
{
	char *const words[] = {word[0], "mark", NULL};
	int into = open(word[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (into < 0 || copy_to(into))
		return -1;
	close(into);
	return run_program(word[0], words);
}

// PATH WORD…
static int do_run(char **word)
{
	return run_program(word[0], word);
}

// PATH COUNT: nobody gets through, however often he tries.
static int do_run_often(char **word)
{
	char *const words[] = {word[0], "mark", NULL};
	int refused = 0, killed = 0, status;

	for (int left = atoi(word[1]); left > 0; left--) {
		pid_t child = fork();

		if (child == 0) {
			execve(word[0], words, no_environment);
			_exit(errno == EPERM ? 1 : 2);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			return -1;
		refused += WIFEXITED(status) && WEXITSTATUS(status) == 1;
		killed += WIFSIGNALED(status) && WTERMSIG(status) == 9;
	}
	if (refused + killed != atoi(word[1]))
		return DONE;
	errno = EPERM;
	return -1;
}

static int do_run_memory(char **word)
{
	char *const words[] = {"memory", "mark", NULL};
	int memory = memfd_create("ghost", MFD_CLOEXEC), status;
	pid_t child;

	(void)word;
	if (memory < 0 || copy_to(memory))
		return -1;
	child = fork();
	if (child == 0) {
		fexecve(memory, words, no_environment);
		_exit(DONE + 1 + errno);
	}
	if (waitpid(child, &status, 0) != child)
		return -1;
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	if (WEXITSTATUS(status) == DONE)
		return DONE;
	errno = WEXITSTATUS(status) - DONE - 1;
	return -1;
}

const struct deed program_deeds[] = {
	{"drop", do_drop},
	{"run", do_run},
	{"run-often", do_run_often},
	{"run-memory", do_run_memory},
	{0},
};
