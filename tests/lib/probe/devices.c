/* SPDX-License-Identifier: MIT */
/* Devices: /dev holds the harmless ones only, and no more can be made. */

static const char harmless[] = "null zero full random urandom tty pts ptmx shm console fd stdin "
                               "stdout stderr core mqueue";

static void dev_listing(const char *arg)
{
	const char *e = entry_beyond("/dev", harmless);

	(void)arg;
	if (e != NULL)
		exposed("/dev/%s", e);
	closed("harmless ones only");
}

static void dev_there(const char *arg)
{
	struct stat st;

	if (stat(arg, &st) == 0)
		exposed("%s", arg);
	closed("%s", strerror(errno));
}

static void dev_block(const char *arg)
{
	DIR           *d = opendir("/dev");
	struct dirent *e;
	struct stat    st;

	(void)arg;
	if (d == NULL)
		closed("no /dev");
	while ((e = readdir(d)) != NULL)
		if (fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISBLK(st.st_mode))
			exposed("/dev/%s", e->d_name);
	closed("none");
}

/* A node for the null device, in the folder ARG. */
static void make_char(const char *arg)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/.wx-probe-node", arg);
	if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) == -1)
		closed("%s", strerror(errno));
	unlink(path);
	exposed("a device in %s", arg);
}

/* A node for the first loop device; it is not opened. */
static void make_block(const char *arg)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/.wx-probe-node", arg);
	if (mknod(path, S_IFBLK | 0600, makedev(7, 0)) == -1)
		closed("%s", strerror(errno));
	unlink(path);
	exposed("a block device in %s", arg);
}

/* Would a device in the folder ARG work? ~ is HOME. */
static void no_devices(const char *arg)
{
	struct statvfs fs;
	const char    *dir = strcmp(arg, "~") == 0 ? need("home") : arg;

	if (statvfs(dir, &fs) == -1)
		closed("%s", strerror(errno));
	if (!(fs.f_flag & ST_NODEV))
		exposed("%s is mounted without nodev", dir);
	closed("nodev");
}

static const struct probe devices_probes[] = {
	{ "devices.listing", dev_listing, NULL, "anything in /dev but the harmless" },
	{ "devices.block", dev_block, NULL, "disks" },
	{ "devices.mem", dev_there, "/dev/mem", "physical memory" },
	{ "devices.port", dev_there, "/dev/port", "I/O ports" },
	{ "devices.kmsg", dev_there, "/dev/kmsg", "the kernel's log" },
	{ "devices.kvm", dev_there, "/dev/kvm", "virtual machines" },
	{ "devices.fuse", dev_there, "/dev/fuse", "file systems of users" },
	{ "devices.tun", dev_there, "/dev/net/tun", "network interfaces" },
	{ "devices.vhost", dev_there, "/dev/vhost-vsock", "the hypervisor's sockets" },
	{ "devices.vsock", dev_there, "/dev/vsock", "the hypervisor's sockets" },
	{ "devices.dri", dev_there, "/dev/dri", "graphics" },
	{ "devices.input", dev_there, "/dev/input", "keyboard and mouse" },
	{ "devices.uinput", dev_there, "/dev/uinput", "a made keyboard" },
	{ "devices.snd", dev_there, "/dev/snd", "the microphone" },
	{ "devices.video", dev_there, "/dev/video0", "the camera" },
	{ "devices.hidraw", dev_there, "/dev/hidraw0", "security keys" },
	{ "devices.tpm", dev_there, "/dev/tpmrm0", "the TPM" },
	{ "devices.usb", dev_there, "/dev/bus/usb", "USB devices" },
	{ "devices.loop", dev_there, "/dev/loop-control", "disks from files" },
	{ "devices.mapper", dev_there, "/dev/mapper/control", "disks from disks" },
	{ "devices.userfaultfd", dev_there, "/dev/userfaultfd", "page faults in the user's hands" },
	{ "devices.vt", dev_there, "/dev/tty1", "the host's consoles" },
	{ "devices.hugepages", dev_there, "/dev/hugepages", "locked memory" },
	{ "devices.char-project", make_char, ".", "a device made in the project" },
	{ "devices.char-tmp", make_char, "/tmp", "a device made in /tmp" },
	{ "devices.block-project", make_block, ".", "a disk made in the project" },
	{ "devices.nodev-project", no_devices, ".", "devices would work in the project" },
	{ "devices.nodev-home", no_devices, "~", "devices would work in HOME" },
	{ "devices.nodev-tmp", no_devices, "/tmp", "devices would work in /tmp" },
	{ "devices.nodev-shm", no_devices, "/dev/shm", "devices would work in /dev/shm" },
};
