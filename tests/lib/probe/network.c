/* SPDX-License-Identifier: MIT */
/*
 * The network: services that the host offers to itself. Only canaries on the
 * host's own addresses are called, never a gateway.
 */

static void connect_tcp(int family, const struct sockaddr *sa, socklen_t len, const char *what)
{
	struct pollfd p = { .events = POLLOUT };
	int           error = 0;
	socklen_t     n = sizeof error;

	p.fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p.fd == -1)
		closed("no socket: %s", strerror(errno));
	if (connect(p.fd, sa, len) == -1 && errno != EINPROGRESS)
		closed("%s: %s", what, strerror(errno));
	if (poll(&p, 1, 1500) < 1)
		closed("%s: no answer", what);
	if (getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &n) == -1 || error != 0)
		closed("%s: %s", what, strerror(error));
	exposed("%s answers", what);
}

/* The canary at the IPv4 address that the host gives as ARG. */
static void tcp4(const char *arg)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	const char        *address = need(arg);

	sin.sin_port = htons((uint16_t)need_number("tcp4_port"));
	inet_pton(AF_INET, address, &sin.sin_addr);
	connect_tcp(AF_INET, (struct sockaddr *)&sin, sizeof sin, address);
}

static void tcp6(const char *arg)
{
	struct sockaddr_in6 sin = { .sin6_family = AF_INET6 };

	/* A mapped address leads to the door of IPv4. */
	sin.sin6_port = htons((uint16_t)need_number(strchr(arg, '.') != NULL ? "tcp4_port" : "tcp6_port"));
	inet_pton(AF_INET6, arg, &sin.sin6_addr);
	connect_tcp(AF_INET6, (struct sockaddr *)&sin, sizeof sin, arg);
}

/* A datagram that the canary sends back. */
static void udp4(const char *arg)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct pollfd      p = { .events = POLLIN };
	char               c = 'x';

	sin.sin_port = htons((uint16_t)need_number("udp4_port"));
	inet_pton(AF_INET, arg, &sin.sin_addr);
	p.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (p.fd == -1 || connect(p.fd, (struct sockaddr *)&sin, sizeof sin) == -1)
		closed("%s", strerror(errno));
	if (send(p.fd, &c, 1, 0) == -1 || poll(&p, 1, 500) < 1 || recv(p.fd, &c, 1, 0) == -1)
		closed("no answer");
	exposed("%s answers", arg);
}

/* A socket of the abstract space, which goes with the network namespace. */
static void unix_abstract(const char *arg)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char        *name = need(arg);
	int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path + 1, sizeof sun.sun_path - 1, "%s", name);
	if (connect(fd, (struct sockaddr *)&sun, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))) == 0)
		exposed("@%s answers", name);
	closed("%s", strerror(errno));
}

static void unix_path(const char *arg)
{
	service_socket(need(arg));
}

/* Any socket in the folder DIR, DEPTH levels deep. */
static void find_socket(const char *dir, int depth)
{
	DIR           *d = opendir(dir);
	struct dirent *e;
	struct stat    st;
	char           path[PATH_MAX];

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(path, sizeof path, "%s/%s", dir, e->d_name) >= (int)sizeof path ||
		    lstat(path, &st) == -1)
			continue;
		if (S_ISSOCK(st.st_mode))
			exposed("%s", path);
		if (S_ISDIR(st.st_mode) && depth > 1)
			find_socket(path, depth - 1);
	}
	if (d != NULL)
		closedir(d);
}

static void any_socket(const char *arg)
{
	find_socket(arg, 6);
	closed("none");
}

/* The kernel's list ARG of sockets names the canary, or its port, in hexadecimal. */
static void listed(const char *arg)
{
	char word[128];

	if (strcmp(arg, "/proc/net/unix") == 0)
		snprintf(word, sizeof word, "%s", need("abstract"));
	else
		snprintf(word, sizeof word, ":%04lX 00000000", need_number("tcp4_port"));
	if (holds_token(arg, word))
		exposed("%s has %s", arg, word);
	closed("not in %s", arg);
}

/* With no network there is no interface but the loopback. */
static void interfaces(const char *arg)
{
	struct if_nameindex *list;

	(void)arg;
	if (strcmp(need("net"), "none") != 0)
		skip("a network was asked for");
	list = if_nameindex();
	for (struct if_nameindex *i = list; i != NULL && i->if_index != 0; i++)
		if (strcmp(i->if_name, "lo") != 0)
			exposed("interface %s", i->if_name);
	closed("only lo");
}

static void no_route(const char *arg)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(9) };
	int                fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (strcmp(need("net"), "none") != 0)
		skip("a network was asked for");
	/* connect(2) of a datagram socket looks up the route and sends nothing. */
	inet_pton(AF_INET, arg, &sin.sin_addr);
	if (connect(fd, (struct sockaddr *)&sin, sizeof sin) == 0)
		exposed("a route to %s", arg);
	closed("%s", strerror(errno));
}

/* Set the flags of the loopback that it has: it wants the right to set them. */
static void configure(const char *arg)
{
	struct ifreq ifr;
	int          fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(&ifr, 0, sizeof ifr);
	snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", arg);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr) == -1)
		closed("%s", strerror(errno));
	refused(ioctl(fd, SIOCSIFFLAGS, &ifr));
}

static const struct probe network_probes[] = {
	{ "network.loopback4", tcp4, "loopback4", "services on the host's 127.0.0.1" },
	{ "network.loopback6", tcp6, "::1", "services on the host's [::1]" },
	{ "network.mapped4", tcp6, "::ffff:127.0.0.1", "the same, as a mapped address" },
	{ "network.loopback-udp", udp4, "127.0.0.1", "datagrams to the host's 127.0.0.1" },
	{ "network.any4", tcp4, "any4", "the host by 0.0.0.0" },
	{ "network.host-address", tcp4, "host_address4", "services on the host's own address" },
	{ "network.abstract", unix_abstract, "abstract", "a socket in the host's abstract space" },
	{ "network.path-socket", unix_path, "socket_path", "a socket in a host's folder" },
	{ "network.sockets-run", any_socket, "/run", "any socket under /run" },
	{ "network.sockets-tmp", any_socket, "/tmp", "any socket under /tmp" },
	{ "network.list-tcp", listed, "/proc/net/tcp", "the host's services are listed" },
	{ "network.list-unix", listed, "/proc/net/unix", "the host's sockets are listed" },
	{ "network.interfaces", interfaces, NULL, "interfaces where none was asked for" },
	{ "network.route", no_route, "192.0.2.1", "a way out where none was asked for" },
	{ "network.configure", configure, "lo", "interfaces can be set" },
};
