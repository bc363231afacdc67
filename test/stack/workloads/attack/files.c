// Files that are none of the workload's business, by each of their names.
#include <sys/stat.h>
#include "attack.h"

#define LONGEST 4096

bool can_read(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool has_read = fd >= 0 && read(fd, &byte, 1) >= 0;

	if (fd >= 0)
		close(fd);
	return has_read;
}

static int do_read(char **word)
{
	return can_read(word[0]) ? DONE : -1;
}

// PATH, written to where it is there, made where it is not.
static int do_write(char **word)
{
	int fd = open(word[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return -1;
	return write(fd, "owned\n", 6) == 6 ? DONE : -1;
}

static int do_rename(char **word)
{
	return rename(word[0], word[1]) ? -1 : DONE;
}

// FILE NAME: another name for it, by which it is then read.
static int do_link(char **word)
{
	if (link(word[0], word[1]))
		return -1;
	return can_read(word[1]) ? DONE : -1;
}

static int do_symlink(char **word)
{
	if (symlink(word[0], word[1]))
		return -1;
	return can_read(word[1]) ? DONE : -1;
}

static int do_chmod(char **word)
{
	return chmod(word[0], 04755) ? -1 : DONE;
}

static int do_unlink(char **word)
{
	return unlink(word[0]) ? -1 : DONE;
}

// PATH, with so many slashes before it that a walk over its letters gives up.
static int do_read_long(char **word)
{
	char path[LONGEST];
	size_t bytes = strlen(word[0]);

	memset(path, '/', sizeof(path));
	memcpy(path + sizeof(path) - 1 - bytes, word[0], bytes + 1);
	return can_read(path) ? DONE : -1;
}

// DIRECTORY DEPTH NAME: a file so deep in directories of that name that its path is longer than
// any.
static int do_read_deep(char **word)
{
	if (chdir(word[0]))
		return -1;
	for (int left = atoi(word[1]); left > 0; left--)
		if (chdir(word[2]))
			return -1;
	return can_read("secret") ? DONE : -1;
}

// DIRECTORY: what is below it becomes everything.
static int do_chroot(char **word)
{
	return chroot(word[0]) ? -1 : DONE;
}

const struct deed file_deeds[] = {
	{"read", do_read},
	{"write", do_write},
	{"rename", do_rename},
	{"link", do_link},
	{"symlink", do_symlink},
	{"chmod", do_chmod},
	{"unlink", do_unlink},
	{"read-long", do_read_long},
	{"read-deep", do_read_deep},
	{"chroot", do_chroot},
	{0},
};
