/* SPDX-License-Identifier: MIT */
#include "gitenv.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/pubkey.h"

#define SIGNERS   "/etc/ssh/allowed_signers"
#define KEY_MAX   16384
#define COUNT_MAX 1024

struct numbered {
	struct env *env;
	uint64_t    n;
};

static void
set(struct numbered *c, const char *name, const char *value)
{
	char *key = xprintf("GIT_CONFIG_KEY_%ju", (uintmax_t)c->n);
	char *val = xprintf("GIT_CONFIG_VALUE_%ju", (uintmax_t)c->n);

	env_set(c->env, key, name, false);
	env_set(c->env, val, value, false);
	c->n++;
	free(key);
	free(val);
}

/* Those that are asked for by -v come first. */
static void
begin(struct numbered *c, struct env *env)
{
	const char *count = env_get(env, "GIT_CONFIG_COUNT");

	*c = (struct numbered){ .env = env };
	if (count != NULL && strcmp(count, "0") != 0 && !parse_count(count, COUNT_MAX, &c->n))
		errx(WX_CHAIN, "'%s' is no GIT_CONFIG_COUNT: a number up to %d", escaped(count), COUNT_MAX);
}

/* The type and the key of a public key's file, one blank between; the caller owns it. */
static char *
read_key(const char *path)
{
	struct wx_pubkey key;
	enum wx_pubkey_status status;
	char buf[KEY_MAX], *text;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd == -1 ? -1 : wx_read_all(fd, buf, sizeof(buf));

	if (n == -1)
		err(WX_CHAIN, "cannot read the key to sign with from '%s'", path);
	(void)close(fd);
	status = wx_pubkey_parse(buf, (size_t)n, &key);
	if (status != WX_PUBKEY_OK)
		errx(WX_CHAIN, "refusing '%s' to sign with: %s", path, wx_pubkey_error(status));
	text = xprintf("%.*s %.*s", (int)key.type_len, key.type, (int)key.blob_len, key.blob);
	return text;
}

/* Who signs is not asked for at a commit of one's own: any name may. */
static void
sign(struct numbered *c, struct plan *p, const char *path)
{
	char *key = read_key(path), *named = xprintf("key::%s", key);
	char *place, *signers = xprintf("* namespaces=\"git\" %s\n", key);

	set(c, "gpg.format", "ssh");
	set(c, "user.signingkey", named);
	set(c, "commit.gpgsign", "true");
	place = p->engine->files == NULL ? xstrdup(SIGNERS) : xprintf("%s%s", p->engine->files, strrchr(SIGNERS, '/'));
	set(c, "gpg.ssh.allowedSignersFile", place);
	free(place);
	(void)mount_file(&p->mounts, SIGNERS, 0644, signers, strlen(signers));
	free(signers);
	free(named);
	free(key);
}

void
gitenv_add(const struct request *r, struct plan *p)
{
	struct numbered c;
	char *count, *name, *eq;
	size_t i;

	if (r->git_config.n == 0 && r->signing_key == NULL)
		return;
	begin(&c, &p->env);
	if (r->signing_key != NULL)
		sign(&c, p, r->signing_key);
	for (i = 0; i < r->git_config.n; i++) {
		eq = strchr(r->git_config.v[i], '=');
		name = xprintf("%.*s", (int)(eq - r->git_config.v[i]), r->git_config.v[i]);
		set(&c, name, eq + 1);
		free(name);
	}
	count = xprintf("%ju", (uintmax_t)c.n);
	env_set(&p->env, "GIT_CONFIG_COUNT", count, false);
	free(count);
}
