/* SPDX-License-Identifier: MIT */
#include "etc.h"

#include <sys/stat.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "host.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/text.h"

#define TOKEN_MIN 20   /* characters of a word that may be a token, if some are digits */

/* None of these has a place for a secret. */
static const struct { const char *path, *why; } shown_whole[] = {
	{ "/etc/chromium.d", "Debian's chromium is a script that reads it" },
	{ "/etc/crypto-policies", "Fedora's openssl.cnf includes it" },
	{ "/etc/debian_version", "lsb_release, ansible and installers ask it" },
	{ "/etc/fonts", "fontconfig: browsers, Java, ImageMagick find no font without" },
	{ "/etc/groff", "Debian's groff, hence man" },
	{ "/etc/man_db.conf", "man, Fedora's" },
	{ "/etc/manpath.config", "man, Debian's" },
	{ "/etc/maven/logging", "mvn" },
	{ "/etc/maven/m2.conf", "mvn does not start without" },
	{ "/etc/mime.types", "Python's mimetypes, web servers" },
	{ "/etc/redhat-release", "installers ask it" },
};

static const char *const npm_keys[] = { "registry", "*:registry", "cafile", "proxy", "https-proxy",
    "noproxy", "strict-ssl", NULL };
static const char *const pip_keys[] = { "index-url", "extra-index-url", "trusted-host", "cert",
    "proxy", "timeout", "break-system-packages", NULL };
static const char *const git_keys[] = { "sslcainfo", "sslcapath", "proxy", "defaultbranch", NULL };

static const struct { const char *path; const char *const *keys; } shown_in_part[] = {
	{ "/etc/gitconfig", git_keys },
	{ "/etc/npmrc", npm_keys },
	{ "/etc/pip.conf", pip_keys },
};

static bool
key_known(const char *key, size_t n, const char *const *keys)
{
	size_t len;

	for (; *keys != NULL; keys++) {
		len = strlen(*keys);
		if (**keys != '*' && n == len && strncasecmp(key, *keys, n) == 0)
			return true;
		if (**keys == '*' && n >= len && strncasecmp(key + n - len + 1, *keys + 1, len - 1) == 0)
			return true;
	}
	return false;
}

/* A user before a host, a query, a line that goes on, or a word as long as a token. */
static bool
may_be_login(const char *value)
{
	size_t run = 0, digits = 0;

	if (strpbrk(value, "@?\\") != NULL)
		return true;
	for (; *value != '\0'; value++) {
		if (!isalnum((unsigned char)*value) && *value != '-' && *value != '_') {
			run = digits = 0;
			continue;
		}
		digits += isdigit((unsigned char)*value) != 0;
		if (++run >= TOKEN_MIN && digits > 2)
			return true;
	}
	return false;
}

char *
etc_harmless(char *text, const char *const *keys)
{
	char *line, *next, *key, *out = NULL;
	bool skip = false;
	size_t len = 0, n;
	FILE *fp = text_open(&out, &len);

	for (line = text; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		key = line + strspn(line, " \t");
		n = strcspn(key, "= \t");
		if (*key == '[')
			skip = may_be_login(key) || strchr(key, ']') == NULL || *(strchr(key, ']') + 1) != '\0';
		if (skip || (*key != '[' && (!key_known(key, n, keys) || may_be_login(key + n))))
			continue;
		(void)fprintf(fp, "%s\n", line);
	}
	text_close(fp);
	return out;
}

static void
add_in_part(struct plan *p, const char *path, const char *const *keys)
{
	char buf[32768], *text;

	if (wx_read_text(AT_FDCWD, path, 0, buf, sizeof(buf)) == -1)
		return;
	text = etc_harmless(buf, keys);
	mount_file(&p->mounts, path, 0644, text, strlen(text));
	free(text);
}

static void
add_whole(struct plan *p, const char *path)
{
	char buf[32768];
	struct stat st;
	ssize_t n = -1;
	int fd;

	if (stat(path, &st) == -1 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return;
	fd = S_ISREG(st.st_mode) ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd != -1) {
		n = wx_read_all(fd, buf, sizeof(buf));
		(void)close(fd);
	}
	/* A copy costs less than a mount. */
	if (n >= 0)
		mount_file(&p->mounts, path, 0644, buf, (size_t)n);
	else if (access(path, S_ISDIR(st.st_mode) ? R_OK | X_OK : R_OK) == 0)
		(void)mount_add(&p->mounts, MOUNT_RO, path, path, "system");
}

/* What a line of hosts(5) is worth inside: an address that can be reached, and printable. */
static bool
host_line_ok(const struct plan *p, const char *line)
{
	const char *c;

	for (c = line; *c != '\0'; c++)
		if (!isprint((unsigned char)*c) && *c != '\t')
			return false;
	return isxdigit((unsigned char)*line) || *line == ':' ?
	    p->net == NET_HOST || (strncmp(line, "127.", 4) != 0 && strncmp(line, "::1", 3) != 0 &&
	    strncmp(line, "0.0.0.0", 7) != 0) : false;
}

void
etc_hosts(struct plan *p)
{
	char buf[65536], *line, *next, *text = NULL;
	size_t len = 0;
	FILE *fp = text_open(&text, &len);

	(void)fputs("127.0.0.1 localhost wrapix\n::1 localhost wrapix\n", fp);
	(void)wx_read_text(AT_FDCWD, "/etc/hosts", 0, buf, sizeof(buf));
	for (line = buf; p->net != NET_NONE && p->net != NET_LISTED && *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		line[strcspn(line, "#")] = '\0';
		if (host_line_ok(p, line))
			(void)fprintf(fp, "%s\n", line);
	}
	text_close(fp);
	mount_file(&p->mounts, "/etc/hosts", 0644, text, len);
	free(text);
}

void
etc_add(struct plan *p)
{
	size_t i;

	for (i = 0; i < sizeof(shown_whole) / sizeof(*shown_whole); i++)
		add_whole(p, shown_whole[i].path);
	for (i = 0; i < sizeof(shown_in_part) / sizeof(*shown_in_part); i++)
		add_in_part(p, shown_in_part[i].path, shown_in_part[i].keys);
}
