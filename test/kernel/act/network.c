// Steps of the network: TCP with a peer, UDP, a DNS question, unix sockets.
#include <arpa/inet.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "act.h"

#define BUFFER_BYTES 65536

int socket_address(const char *address, const char *port, void *into)
{
	struct sockaddr_in *four = into;
	struct sockaddr_in6 *six = into;

	if (strchr(address, ':')) {
		*six = (struct sockaddr_in6){.sin6_family = AF_INET6,
					     .sin6_port = htons(atoi(port))};
		if (inet_pton(AF_INET6, address, &six->sin6_addr) != 1)
			errx(2, "no address: %s", address);
		return sizeof(*six);
	}
	*four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	if (inet_pton(AF_INET, address, &four->sin_addr) != 1)
		errx(2, "no address: %s", address);
	return sizeof(*four);
}

static void send_bytes(int socket, long bytes)
{
	static char buffer[BUFFER_BYTES];

	while (bytes > 0) {
		ssize_t sent = write(socket, buffer, bytes < BUFFER_BYTES ? bytes : BUFFER_BYTES);

		must(sent, "send");
		bytes -= sent;
	}
}

static void receive_bytes(int socket, long bytes)
{
	static char buffer[BUFFER_BYTES];

	while (bytes > 0) {
		ssize_t got = read(socket, buffer, bytes < BUFFER_BYTES ? bytes : BUFFER_BYTES);

		must(got, "receive");
		if (got == 0)
			errx(1, "receive: %ld bytes too few", bytes);
		bytes -= got;
	}
}

static int stream_socket(struct sockaddr_storage *address)
{
	int one = 1, it = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(it, "socket");
	must(setsockopt(it, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), "SO_REUSEADDR");
	return it;
}

// ADDRESS PORT UP DOWN: a client, which is a child, sends UP bytes and gets DOWN bytes.
static void do_tcp(char **word)
{
	struct sockaddr_storage address;
	int bytes = socket_address(word[0], word[1], &address);
	long up = atol(word[2]), down = atol(word[3]);
	int listener = stream_socket(&address), peer;
	pid_t client;

	must(bind(listener, (void *)&address, bytes), "bind");
	must(listen(listener, 1), "listen");
	client = fork();
	if (client == 0) {
		int server = stream_socket(&address);

		must(connect(server, (void *)&address, bytes), "connect");
		send_bytes(server, up);
		receive_bytes(server, down);
		close(server);
		_exit(0);
	}
	peer = accept(listener, NULL, NULL);
	must(peer, "accept");
	receive_bytes(peer, up);
	send_bytes(peer, down);
	wait_for(client);
	close(peer);
}

// What comes of it is not asked: nobody need listen there.
static void do_connect(char **word)
{
	struct sockaddr_storage address;
	int bytes = socket_address(word[0], word[1], &address), it = stream_socket(&address);

	connect(it, (void *)&address, bytes);
	close(it);
}

static int datagram_socket(const struct sockaddr_storage *address)
{
	int it = socket(address->ss_family, SOCK_DGRAM, 0);

	must(it, "socket");
	return it;
}

static void do_connect_udp(char **word)
{
	struct sockaddr_storage address;
	int bytes = socket_address(word[0], word[1], &address);

	must(connect(datagram_socket(&address), (void *)&address, bytes), "connect");
}

static void do_send_udp(char **word)
{
	struct sockaddr_storage address;
	int bytes = socket_address(word[0], word[1], &address);

	must(sendto(datagram_socket(&address), "hello", 5, 0, (void *)&address, bytes), "sendto");
}

// ADDRESS NAME TYPE: one question, to port 53.
static void do_ask_dns(char **word)
{
	static const unsigned char header[] = {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	unsigned char packet[512], *at = packet + sizeof(header);
	struct sockaddr_storage address;
	int bytes = socket_address(word[0], "53", &address);

	memcpy(packet, header, sizeof(header));
	for (char *label = strtok(word[1], "."); label; label = strtok(NULL, ".")) {
		*at = strlen(label);
		memcpy(at + 1, label, *at);
		at += 1 + *at;
	}
	memcpy(at, (unsigned char[]){0, 0, atoi(word[2]), 0, 1}, 5);
	at += 5;
	must(sendto(datagram_socket(&address), packet, at - packet, 0, (void *)&address, bytes),
	     "sendto");
}

// "@name" is a name without a file.
static int unix_address(const char *name, struct sockaddr_un *into)
{
	*into = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(into->sun_path, name, strnlen(name, sizeof(into->sun_path)));
	if (*name == '@')
		into->sun_path[0] = 0;
	return offsetof(struct sockaddr_un, sun_path) + strlen(name);
}

// A server and, in the same process, its client.
static void do_unix(char **word)
{
	struct sockaddr_un address;
	int bytes = unix_address(word[0], &address);
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);

	must(bind(server, (void *)&address, bytes), "bind");
	must(listen(server, 1), "listen");
	must(connect(client, (void *)&address, bytes), "connect");
}

#define KNOCKERS 4
#define KNOCKS 64

struct tally {
	long knocks, refused_wrongly, let_through;
};

static void knock(struct tally *tally, const char *port, bool allowed)
{
	struct sockaddr_storage address;
	int bytes = socket_address("127.0.0.1", port, &address);
	int it = socket(AF_INET, SOCK_DGRAM, 0);
	bool reached;

	must(it, "socket");
	reached = !connect(it, (void *)&address, bytes);
	__sync_fetch_and_add(&tally->knocks, 1);
	if (allowed && !reached)
		__sync_fetch_and_add(&tally->refused_wrongly, 1);
	if (!allowed && reached)
		__sync_fetch_and_add(&tally->let_through, 1);
	close(it);
}

// Young processes try an allowed and a denied port by turns, wave after wave, until the file is
// there; then it says how often, and how often the answer was a wrong one.
static void do_hammer(char **word)
{
	struct tally *tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(tally == MAP_FAILED ? -1 : 0, "mmap");
	while (access(word[2], F_OK)) {
		for (int young = 0; young < KNOCKERS; young++) {
			int child = fork();

			must(child, "fork");
			if (child)
				continue;
			for (int turn = 0; turn < KNOCKS; turn++)
				knock(tally, word[turn % 2], turn % 2 == 0);
			_exit(0);
		}
		while (wait(NULL) > 0)
			continue;
	}
	printf("%ld %ld %ld\n", tally->knocks, tally->refused_wrongly, tally->let_through);
}

const struct step network_steps[] = {
	{"tcp", 4, do_tcp},
	{"connect", 2, do_connect},
	{"connect-udp", 2, do_connect_udp},
	{"send-udp", 2, do_send_udp},
	{"ask-dns", 3, do_ask_dns},
	{"unix", 1, do_unix},
	{"hammer", 3, do_hammer},
	{0},
};
