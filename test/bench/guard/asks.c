// Asks an HTTP server on loopback for one page, over connections that stay:
// asks PORT PATH CONNECTIONS REQUESTS, the last for each connection.
//
// One request is under way on each. Prints how many nanoseconds all of them took.
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define MOST_CONNECTIONS 64
#define MOST_BYTES 65536

struct connection {
	int fd;
	long left;
	size_t bytes;
	char answer[MOST_BYTES];
};

static struct connection connections[MOST_CONNECTIONS];
static char request[1024];

static void ask(struct connection *c)
{
	c->left--;
	c->bytes = 0;
	if (write(c->fd, request, strlen(request)) < 0)
		err(1, "write");
}

static void begin(struct connection *c, int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static int is_whole(struct connection *c)
{
	c->answer[c->bytes] = 0;
	char *end = strstr(c->answer, "\r\n\r\n"), *length = strstr(c->answer, "Content-Length:");

	if (!end || !length)
		return 0;
	return c->bytes >= (size_t)(end + 4 - c->answer) + strtoul(length + 15, NULL, 10);
}

static void hear(struct connection *c)
{
	ssize_t got = read(c->fd, c->answer + c->bytes, MOST_BYTES - 1 - c->bytes);

	if (got <= 0)
		err(1, "read: %zd", got);
	c->bytes += got;
	if (c->bytes >= 12 && memcmp(c->answer + 9, "200", 3))
		errx(1, "%.12s", c->answer);
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

int main(int count, char **arguments)
{
	struct epoll_event events[MOST_CONNECTIONS];
	int queue = epoll_create1(EPOLL_CLOEXEC);

	if (count != 5)
		errx(2, "usage: asks PORT PATH CONNECTIONS REQUESTS");
	int port = atoi(arguments[1]), many = atoi(arguments[3]), living = many;
	if (many < 1 || many > MOST_CONNECTIONS)
		errx(2, "%d connections: 1 to %d", many, MOST_CONNECTIONS);
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
		 arguments[2]);
	for (int i = 0; i < many; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		begin(&connections[i], port);
		connections[i].left = atol(arguments[4]);
		epoll_ctl(queue, EPOLL_CTL_ADD, connections[i].fd, &event);
	}
	uint64_t began = now_ns();
	for (int i = 0; i < many; i++)
		ask(&connections[i]);
	while (living > 0) {
		int ready = epoll_wait(queue, events, MOST_CONNECTIONS, -1);

		for (int i = 0; i < ready; i++) {
			struct connection *c = &connections[events[i].data.u32];

			hear(c);
			if (!is_whole(c))
				continue;
			if (c->left > 0) {
				ask(c);
			} else {
				close(c->fd);
				living--;
			}
		}
	}
	printf("%llu\n", (unsigned long long)(now_ns() - began));
	return 0;
}
