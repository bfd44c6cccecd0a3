/* SPDX-License-Identifier: MIT */
/* IPC: what the host's processes share, by the keys that the host gives. */

static void shm(const char *arg)
{
	if (shmget((key_t)need_number(arg), 0, 0) != -1)
		exposed("the host's segment");
	closed("%s", strerror(errno));
}

static void sem(const char *arg)
{
	if (semget((key_t)need_number(arg), 0, 0) != -1)
		exposed("the host's semaphore");
	closed("%s", strerror(errno));
}

static void msg(const char *arg)
{
	if (msgget((key_t)need_number(arg), 0) != -1)
		exposed("the host's queue");
	closed("%s", strerror(errno));
}

static void mqueue(const char *arg)
{
	/* The system call takes the name without its slash. */
	if (syscall(SYS_mq_open, need(arg) + 1, O_RDONLY, 0, NULL) != -1)
		exposed("the host's queue");
	closed("%s", strerror(errno));
}

static void shm_file(const char *arg)
{
	const char *path = need(arg);

	if (holds_token(path, need("token")))
		exposed("%s", path);
	closed("%s", strerror(errno));
}

static void shm_list(const char *arg)
{
	char key[32];

	snprintf(key, sizeof key, "%10ld ", need_number("sysv_key"));
	if (holds_token(arg, key))
		exposed("%s lists the canary", arg);
	closed("not listed");
}

static const struct probe ipc_probes[] = {
	{ "ipc.shm", shm, "sysv_key", "System V shared memory" },
	{ "ipc.sem", sem, "sysv_key", "System V semaphores" },
	{ "ipc.msg", msg, "sysv_key", "System V message queues" },
	{ "ipc.mqueue", mqueue, "mqueue", "POSIX message queues" },
	{ "ipc.shm-file", shm_file, "shm_file", "POSIX shared memory" },
	{ "ipc.id-shm", same_folder, "/dev/shm", "/dev/shm is the host's" },
	{ "ipc.list", shm_list, "/proc/sysvipc/shm", "the host's segments are listed" },
};
