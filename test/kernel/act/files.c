// Steps of files: open, create, unlink, rename, link, change of mode, owner and size.
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include "act.h"

// r read, w write, + both, c create, t truncate, d directory, p path only
static int flags_of(const char *letters)
{
	int flags = strchr(letters, '+') ? O_RDWR : strchr(letters, 'w') ? O_WRONLY : O_RDONLY;

	if (strchr(letters, 'c'))
		flags |= O_CREAT;
	if (strchr(letters, 't'))
		flags |= O_TRUNC;
	if (strchr(letters, 'd'))
		flags |= O_DIRECTORY;
	if (strchr(letters, 'p'))
		flags |= O_PATH;
	return flags;
}

static void do_open(char **word)
{
	opened = open(word[0], flags_of(word[1]), 0644);
	must(opened, word[0]);
}

// NAME, seen from the descriptor that was opened last.
static void do_open_at(char **word)
{
	opened = openat(opened, word[0], flags_of(word[1]), 0644);
	must(opened, word[0]);
}

// The file that was opened last, by its name in /proc.
static void do_reopen(char **word)
{
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", opened);
	opened = open(name, flags_of(word[0]));
	must(opened, name);
}

// COUNT times the same file, opened and closed.
static void do_open_often(char **word)
{
	for (int left = atoi(word[1]); left > 0; left--) {
		int fd = open(word[0], O_RDONLY);

		must(fd, word[0]);
		close(fd);
	}
}

// The same for so many milliseconds: longer than it takes until caches dare to answer.
static void do_open_for(char **word)
{
	struct timespec now, start;
	char *const often[] = {word[0], "100"};

	must(clock_gettime(CLOCK_MONOTONIC, &start), "clock");
	do {
		do_open_often((char **)often);
		must(clock_gettime(CLOCK_MONOTONIC, &now), "clock");
	} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <
		 atoi(word[1]));
}

// COUNT files, opened one after the other: PREFIX0, PREFIX1, …
static void do_open_many(char **word)
{
	char name[256];

	for (int i = 0; i < atoi(word[1]); i++) {
		int fd;

		snprintf(name, sizeof(name), "%s%d", word[0], i);
		fd = open(name, flags_of(word[2]), 0644);
		must(fd, name);
		close(fd);
	}
}

// PARENT COUNT: directories 0, 1, …, each with a file of the same name, opened until it is no news.
static void do_make_alike(char **word)
{
	char directory[256], name[300];

	must(mkdir(word[0], 0755), word[0]);
	for (int i = 0; i < atoi(word[1]); i++) {
		char *const often[] = {name, "5"};
		int fd;

		snprintf(directory, sizeof(directory), "%s/%d", word[0], i);
		snprintf(name, sizeof(name), "%s/secret", directory);
		must(mkdir(directory, 0755), directory);
		fd = open(name, O_CREAT | O_RDONLY, 0644);
		must(fd, name);
		close(fd);
		do_open_often((char **)often);
	}
}

// Removes what `make-alike` made, and waits until the kernel has given its memory back.
static void do_remove_alike(char **word)
{
	char name[300];

	for (int i = 0; i < atoi(word[1]); i++) {
		snprintf(name, sizeof(name), "%s/%d/secret", word[0], i);
		must(unlink(name), name);
		snprintf(name, sizeof(name), "%s/%d", word[0], i);
		must(rmdir(name), name);
	}
	must(rmdir(word[0]), word[0]);
	must(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), "membarrier");
}

// PREFIX FIRST COUNT TIMES: so many files whose names end in three digits, each made and removed.
static void do_make_and_remove(char **word)
{
	int first = atoi(word[1]), count = atoi(word[2]), times = atoi(word[3]);
	char name[300];

	for (int i = 0; i < count * times; i++) {
		int fd;

		snprintf(name, sizeof(name), "%s%03d", word[0], first + i % count);
		fd = open(name, O_CREAT | O_WRONLY, 0644);
		must(fd, name);
		close(fd);
		must(unlink(name), name);
	}
}

static void do_mkdir(char **word)
{
	must(mkdir(word[0], 0755), word[0]);
}

static void do_mkfifo(char **word)
{
	must(mknod(word[0], S_IFIFO | 0600, 0), word[0]);
}

static void do_mkdev(char **word)
{
	must(mknod(word[0], S_IFCHR | 0600, makedev(1, 3)), word[0]);
}

static void do_symlink(char **word)
{
	must(symlink(word[0], word[1]), word[1]);
}

static void do_unlink(char **word)
{
	must(unlink(word[0]), word[0]);
}

static void do_rmdir(char **word)
{
	must(rmdir(word[0]), word[0]);
}

static void do_rename(char **word)
{
	must(rename(word[0], word[1]), word[0]);
}

static void do_link(char **word)
{
	must(link(word[0], word[1]), word[1]);
}

static void do_chmod(char **word)
{
	must(chmod(word[0], strtol(word[1], NULL, 8)), word[0]);
}

static void do_chmod_open(char **word)
{
	int fd = open(word[0], O_RDONLY | O_CLOEXEC);

	must(fd, word[0]);
	must(fchmod(fd, strtol(word[1], NULL, 8)), word[0]);
}

static void do_chown(char **word)
{
	must(chown(word[0], atoi(word[1]), atoi(word[2])), word[0]);
}

static void do_truncate(char **word)
{
	must(truncate(word[0], atoi(word[1])), word[0]);
}

static void do_chdir(char **word)
{
	must(chdir(word[0]), word[0]);
}

// DEPTH directories of this NAME, each in the one before; stays in the last.
static void do_descend(char **word)
{
	for (int left = atoi(word[1]); left > 0; left--) {
		must(mkdir(word[0], 0755), word[0]);
		must(chdir(word[0]), word[0]);
	}
}

static void *mapped(const char *path, int protection)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	void *at;

	must(file, path);
	at = mmap(NULL, 1, protection, MAP_PRIVATE, file, 0);
	must(at == MAP_FAILED ? -1 : 0, "mmap");
	close(file);
	return at;
}

static void do_map_code(char **word)
{
	mapped(word[0], PROT_READ | PROT_EXEC);
}

// What is mapped already becomes code.
static void do_make_code(char **word)
{
	must(mprotect(mapped(word[0], PROT_READ), 1, PROT_READ | PROT_EXEC), "mprotect");
}

const struct step file_steps[] = {
	{"map-code", 1, do_map_code},
	{"make-code", 1, do_make_code},
	{"open", 2, do_open},
	{"open-at", 2, do_open_at},
	{"reopen", 1, do_reopen},
	{"open-often", 2, do_open_often},
	{"open-for", 2, do_open_for},
	{"open-many", 3, do_open_many},
	{"make-alike", 2, do_make_alike},
	{"remove-alike", 2, do_remove_alike},
	{"make-and-remove", 4, do_make_and_remove},
	{"mkdir", 1, do_mkdir},
	{"mkfifo", 1, do_mkfifo},
	{"mkdev", 1, do_mkdev},
	{"symlink", 2, do_symlink},
	{"unlink", 1, do_unlink},
	{"rmdir", 1, do_rmdir},
	{"rename", 2, do_rename},
	{"link", 2, do_link},
	{"chmod", 2, do_chmod},
	{"chmod-open", 2, do_chmod_open},
	{"chown", 3, do_chown},
	{"truncate", 2, do_truncate},
	{"chdir", 1, do_chdir},
	{"descend", 2, do_descend},
	{0},
};
