// Steps of mounts and roots.
#include <sched.h>
#include <sys/mount.h>
#include "act.h"

static void do_mount_bind(char **word)
{
	must(mount(word[0], word[1], NULL, MS_BIND, NULL), word[1]);
}

static void do_mount_tmpfs(char **word)
{
	must(mount("nothing", word[0], "tmpfs", 0, NULL), word[0]);
}

// LOWER UPPER WORK TARGET
static void do_mount_overlay(char **word)
{
	char options[1024];

	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", word[0], word[1],
		 word[2]);
	must(mount("overlay", word[3], "overlay", 0, options), word[3]);
}

static void do_umount(char **word)
{
	must(umount2(word[0], MNT_DETACH), word[0]);
}

static void do_unshare_mounts(char **word)
{
	(void)word;
	must(unshare(CLONE_NEWNS), "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make / private");
}

static void do_chroot(char **word)
{
	must(chroot(word[0]), word[0]);
	must(chdir("/"), "/");
}

const struct step mount_steps[] = {
	{"mount-bind", 2, do_mount_bind},
	{"mount-tmpfs", 1, do_mount_tmpfs},
	{"mount-overlay", 4, do_mount_overlay},
	{"umount", 1, do_umount},
	{"unshare-mounts", 0, do_unshare_mounts},
	{"chroot", 1, do_chroot},
	{0},
};
