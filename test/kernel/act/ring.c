// Steps that go through io_uring: the work of a system call, without that system call.
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "act.h"

#define ENTRIES 4
#define NO_CAPABILITY (-1)

// Submits one entry and waits for its end; the result is the call's own. A capability that is given
// is dropped before, and used all the same: with the credentials that the ring was told of.
static int through_ring(struct io_uring_sqe entry, int capability)
{
	struct io_uring_params p = {0};
	int ring = syscall(SYS_io_uring_setup, ENTRIES, &p);
	int shared = PROT_READ | PROT_WRITE;
	size_t queue_bytes = p.sq_off.array + p.sq_entries * sizeof(unsigned);
	size_t results_bytes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	struct io_uring_sqe *entries;
	struct io_uring_cqe *results;
	unsigned *tail, *array;
	char *queue, *done;

	must(ring, "io_uring_setup");
	if (capability != NO_CAPABILITY) {
		int before =
			syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, 0, 0);

		must(before, "io_uring_register");
		entry.personality = before;
		drop_capability(capability);
	}
	queue = mmap(NULL, queue_bytes, shared, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	done = mmap(NULL, results_bytes, shared, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	entries =
		mmap(NULL, p.sq_entries * sizeof(entry), shared, MAP_SHARED, ring, IORING_OFF_SQES);
	if (queue == MAP_FAILED || done == MAP_FAILED || entries == MAP_FAILED)
		err(1, "io_uring: mmap");
	entries[0] = entry;
	array = (unsigned *)(queue + p.sq_off.array);
	tail = (unsigned *)(queue + p.sq_off.tail);
	array[0] = 0;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	must(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0),
	     "io_uring_enter");
	results = (struct io_uring_cqe *)(done + p.cq_off.cqes);
	return results[0].res;
}

static void do_ring_open(char **word)
{
	int fd = through_ring((struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
						    .fd = AT_FDCWD,
						    .addr = (unsigned long)word[0],
						    .open_flags = O_RDONLY},
			      NO_CAPABILITY);

	errno = -fd;
	must(fd, word[0]);
}

static void do_ring_connect(char **word)
{
	struct sockaddr_storage address;
	int bytes = socket_address(word[0], word[1], &address);
	int it = socket(address.ss_family, SOCK_DGRAM, 0);

	must(it, "socket");
	through_ring((struct io_uring_sqe){.opcode = IORING_OP_CONNECT,
					   .fd = it,
					   .addr = (unsigned long)&address,
					   .off = bytes},
		     NO_CAPABILITY);
}

static void do_ring_raw_socket(char **word)
{
	int it = through_ring((struct io_uring_sqe){.opcode = IORING_OP_SOCKET,
						    .fd = AF_INET,
						    .off = SOCK_RAW,
						    .len = IPPROTO_ICMP},
			      CAP_NET_RAW);

	(void)word;
	errno = -it;
	must(it, "socket");
}

const struct step ring_steps[] = {
	{"ring-open", 1, do_ring_open},
	{"ring-connect", 2, do_ring_connect},
	{"ring-raw-socket", 0, do_ring_raw_socket},
	{0},
};
