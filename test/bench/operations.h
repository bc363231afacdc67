/*
 * What is measured, once by counting instructions and once by the clock: the operations themselves.
 */
#ifndef OPERATIONS_H
#define OPERATIONS_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/*
 * Each file by a path of nine parts: /run/tmp/ops/a/b/c/d/e/file where the directory is
 * /run/tmp/ops
 */
static char nine_parts[256], victim[256], here[256], there[256];
static const char *nothing;
static int listener, udp_sender, udp_receiver;
static struct sockaddr_in tcp_address, udp_address;

static void must(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
}

static void do_empty(int round)
{
	(void)round;
}

static void do_getppid(int round)
{
	(void)round;
	syscall(SYS_getppid);
}

static void do_open_close(int round)
{
	(void)round;
	int fd = open(nine_parts, O_RDONLY | O_CLOEXEC);
	must(fd, nine_parts);
	close(fd);
}

static void wait_for(pid_t child)
{
	int status;
	must(waitpid(child, &status, 0), "waitpid");
	if (status != 0)
		errx(1, "the child ended with status %d", status);
}

static void do_fork(int round)
{
	(void)round;
	pid_t child = fork();
	must(child, "fork");
	if (child == 0)
		_exit(0);
	wait_for(child);
}

static void do_exec(int round)
{
	(void)round;
	char *const arguments[] = {(char *)nothing, NULL};
	char *const environment[] = {NULL};
	pid_t child = vfork();
	must(child, "vfork");
	if (child == 0) {
		execve(nothing, arguments, environment);
		_exit(127);
	}
	wait_for(child);
}

static void do_connect(int round)
{
	(void)round;
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(client, "socket");
	must(connect(client, (struct sockaddr *)&tcp_address, sizeof(tcp_address)), "connect");
	int server = accept(listener, NULL, NULL);
	must(server, "accept");
	close(client);
	close(server);
}

static void do_sendto(int round)
{
	(void)round;
	must(sendto(udp_sender, "x", 1, 0, (struct sockaddr *)&udp_address, sizeof(udp_address)),
	     "sendto");
}

static void after_sendto(int round)
{
	(void)round;
	char byte;
	must(recv(udp_receiver, &byte, 1, 0), "recv");
}

static void make_file(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	must(fd, name);
	close(fd);
}

static void before_unlink(int round)
{
	(void)round;
	make_file(victim);
}

static void do_unlink(int round)
{
	(void)round;
	must(unlink(victim), "unlink");
}

static void do_rename(int round)
{
	must(round % 2 ? rename(there, here) : rename(here, there), "rename");
}

struct operation {
	const char *name;
	int samples; // even, so that rename ends where it began
	int batch;   // operations in one sample
	void (*before)(int round);
	void (*act)(int round);
	void (*after)(int round);
};

static const struct operation operations[] = {
	{"getppid", 1000, 10, NULL, do_getppid, NULL},
	{"open+close", 2000, 1, NULL, do_open_close, NULL},
	{"fork+exit+wait", 400, 1, NULL, do_fork, NULL},
	{"vfork+execve+wait", 400, 1, NULL, do_exec, NULL},
	{"tcp connect+accept+close", 600, 1, NULL, do_connect, NULL},
	{"udp sendto", 1000, 1, NULL, do_sendto, after_sendto},
	{"unlink", 1000, 1, before_unlink, do_unlink, NULL},
	{"rename", 1000, 1, NULL, do_rename, NULL},
};

static int bound_socket(int type, struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	must(fd, "socket");
	*address = (struct sockaddr_in){.sin_family = AF_INET};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(fd, (struct sockaddr *)address, sizeof(*address)), "bind");
	must(getsockname(fd, (struct sockaddr *)address, &length), "getsockname");
	return fd;
}

static void prepare(const char *directory)
{
	must(chdir(directory), directory);
	must(mkdir("a", 0700), "mkdir");
	must(mkdir("a/b", 0700), "mkdir");
	must(mkdir("a/b/c", 0700), "mkdir");
	must(mkdir("a/b/c/d", 0700), "mkdir");
	must(mkdir("a/b/c/d/e", 0700), "mkdir");
	snprintf(nine_parts, sizeof(nine_parts), "%s/a/b/c/d/e/file", directory);
	snprintf(victim, sizeof(victim), "%s/a/b/c/d/e/victim", directory);
	snprintf(here, sizeof(here), "%s/a/b/c/d/e/here", directory);
	snprintf(there, sizeof(there), "%s/a/b/c/d/e/there", directory);
	make_file(nine_parts);
	make_file(here);
	listener = bound_socket(SOCK_STREAM, &tcp_address);
	must(listen(listener, 16), "listen");
	udp_receiver = bound_socket(SOCK_DGRAM, &udp_address);
	udp_sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(udp_sender, "socket");
}

#endif
