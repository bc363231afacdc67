// Out of the container and into it, by sockets and by io_uring.
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "attack.h"

#define ENTRIES 4

static struct sockaddr_in endpoint(char **word)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(word[1]))};

	if (inet_pton(AF_INET, word[0], &address.sin_addr) != 1)
		errx(2, "no address: %s", word[0]);
	return address;
}

static int do_connect(char **word)
{
	struct sockaddr_in address = endpoint(word);
	int it = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(it, (void *)&address, sizeof(address)) ? -1 : DONE;
}

static int do_send(char **word)
{
	struct sockaddr_in address = endpoint(word);
	int it = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return sendto(it, "secret", 6, 0, (void *)&address, sizeof(address)) == 6 ? DONE : -1;
}

// A door of one's own.
static int do_listen(char **word)
{
	struct sockaddr_in address = endpoint(word);
	int it = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(it, (void *)&address, sizeof(address)))
		return -1;
	return listen(it, 1) ? -1 : DONE;
}

// ADDRESS PORT SHELL: it talks with whoever is there.
static int do_reverse_shell(char **word)
{
	char *const words[] = {word[2], "-c", "exit 0", NULL};

	if (do_connect(word) != DONE)
		return -1;
	return run_program(word[2], words);
}

// The work of a system call, without that system call. The result is the call's own.
static int through_ring(struct io_uring_sqe entry)
{
	struct io_uring_params p = {0};
	int ring = syscall(SYS_io_uring_setup, ENTRIES, &p);
	int shared = PROT_READ | PROT_WRITE;
	struct io_uring_sqe *entries;
	struct io_uring_cqe *results;
	unsigned *tail, *array;
	char *queue, *done;

	if (ring < 0)
		return -errno;
	queue = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned), shared, MAP_SHARED,
		     ring, IORING_OFF_SQ_RING);
	done = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*results), shared, MAP_SHARED, ring,
		    IORING_OFF_CQ_RING);
	entries =
		mmap(NULL, p.sq_entries * sizeof(entry), shared, MAP_SHARED, ring, IORING_OFF_SQES);
	if (queue == MAP_FAILED || done == MAP_FAILED || entries == MAP_FAILED)
		return -errno;
	entries[0] = entry;
	array = (unsigned *)(queue + p.sq_off.array);
	tail = (unsigned *)(queue + p.sq_off.tail);
	array[0] = 0;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	results = (struct io_uring_cqe *)(done + p.cq_off.cqes);
	return results[0].res;
}

static int of_ring(int result)
{
	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : DONE;
}

static int do_ring_open(char **word)
{
	return of_ring(through_ring((struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
							  .fd = AT_FDCWD,
							  .addr = (unsigned long)word[0],
							  .open_flags = O_RDONLY}));
}

static int do_ring_connect(char **word)
{
	struct sockaddr_in address = endpoint(word);
	int it = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return of_ring(through_ring((struct io_uring_sqe){.opcode = IORING_OP_CONNECT,
							  .fd = it,
							  .addr = (unsigned long)&address,
							  .off = sizeof(address)}));
}

const struct deed network_deeds[] = {
	{"connect", do_connect},
	{"send", do_send},
	{"listen", do_listen},
	{"reverse-shell", do_reverse_shell},
	{"ring-open", do_ring_open},
	{"ring-connect", do_ring_connect},
	{0},
};
