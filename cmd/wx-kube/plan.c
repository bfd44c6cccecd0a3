/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "libcommon/exitcode.h"
#include "libcommon/imagespec.h"
#include "libcommon/utf8.h"

#define PIDS_DEFAULT 4096          /* as wx-run(1) has it */
#define EXACT 9007199254740992.0   /* a double holds every whole number up to here */

/* Down the NULL-terminated KEYS. */
static const cJSON *
at(const cJSON *item, const char *const *keys)
{
	for (; item != NULL && *keys != NULL; keys++)
		item = cJSON_GetObjectItemCaseSensitive(item, *keys);
	return item;
}
#define AT(item, ...) at((item), (const char *const[]){ __VA_ARGS__, NULL })

static _Noreturn void
no_plan(const char *what)
{
	errx(WX_FAIL, "standard input is no plan of wx-run (no %s): wx-run --print-plan ... | wx-kube", what);
}

static const char *
text_of(const cJSON *item, const char *what)
{
	const char *s = cJSON_GetStringValue(item);

	if (s == NULL)
		no_plan(what);
	return s;
}

static uint64_t
number_of(const cJSON *item, const char *what)
{
	double n = cJSON_IsNumber(item) ? item->valuedouble : -1;

	if (!(n >= 0) || n > EXACT)
		no_plan(what);
	return (uint64_t)n;
}

/* --- what a Pod cannot hold */

static bool
is(const cJSON *item, const char *word)
{
	const char *s = cJSON_GetStringValue(item);

	return s != NULL && strcmp(s, word) == 0;
}

static bool
has_mount(const cJSON *plan, const char *key, const char *word)
{
	const cJSON *mounts = AT(plan, "mounts"), *m = NULL;

	cJSON_ArrayForEach(m, mounts) {
		if (is(AT(m, key), word))
			return true;
	}
	return false;
}

/* An optional one is left out where it is not there. In a cluster it is not. */
static bool
refuse_mounts(const cJSON *plan)
{
	const cJSON *mounts = AT(plan, "mounts"), *m = NULL;
	bool bad = false;

	cJSON_ArrayForEach(m, mounts) {
		if (is(AT(m, "kind"), "dev")) {
			warnx("cannot have the device '%s' (--device) in a Pod: ask the cluster for one of its own, by "
			    "resources", wx_utf8_clean(strdup(text_of(AT(m, "source"), "source of a mount"))));
			bad = true;
		}
		if (!is(AT(m, "for"), "mount") || cJSON_IsTrue(AT(m, "optional")))
			continue;
		warnx("cannot mount '%s' (-m) in a Pod: it has no path of this machine; put it into the image or the "
		    "claim", wx_utf8_clean(strdup(text_of(AT(m, "source"), "source of a mount"))));
		bad = true;
	}
	return bad;
}

/* The plan has U+FFFD in the place of what is no text. */
static bool
refuse_bytes(const cJSON *plan)
{
	const cJSON *const lists[] = { AT(plan, "command"), AT(plan, "environment") };
	const cJSON *s = NULL;
	bool bad = false;
	size_t i;

	for (i = 0; i < 2; i++) {
		cJSON_ArrayForEach(s, lists[i]) {
			bad |= cJSON_IsString(s) && strstr(s->valuestring, "\xef\xbf\xbd") != NULL;
		}
	}
	if (bad)
		warnx("cannot have words or values that are not UTF-8 in a Pod");
	return bad;
}

static void
refuse(const cJSON *plan)
{
	const char *rest, *image = text_of(AT(plan, "image"), "image");
	const cJSON *mode = AT(plan, "network", "mode");
	const struct { bool asked; const char *why; } rules[] = {
		{ wx_image_parse(image, &rest) != WX_IMAGE_NAME,
		    "a Pod takes its image by a name: push it to a registry, and say that (-i)" },
		{ cJSON_IsString(AT(plan, "ssh_agent")),
		    "cannot bring an ssh-agent (-k) into a Pod: it has no socket of this machine" },
		{ has_mount(plan, "dest", "/etc/ssh/allowed_signers"),
		    "cannot sign commits (--signing-key) in a Pod: it has no ssh-agent" },
		{ is(mode, "host"), "cannot have network 'host' in a Pod: the level 'restricted' forbids it" },
		{ is(mode, "listed"), "cannot have network 'listed' (-a) in a Pod: nothing there asks wx-egress" },
		{ cJSON_GetArraySize(AT(plan, "brokers")) > 0,
		    "cannot have wx-api-broker (-B) in a Pod: nothing there serves it; give the secret itself (-E)" },
		{ has_mount(plan, "for", "inbox"),
		    "cannot have an inbox (--inbox) in a Pod: that is a directory of this machine" },
		{ cJSON_GetArraySize(AT(plan, "publish")) > 0,
		    "cannot publish a port (--publish) of a Pod: kubectl port-forward does that" },
		{ number_of(AT(plan, "limits", "pids", "count"), "limits.pids") != PIDS_DEFAULT,
		    "cannot limit processes (-P) in a Pod: only its node can (the kubelet's podPidsLimit)" },
		{ cJSON_GetArraySize(AT(plan, "hide")) + cJSON_GetArraySize(AT(plan, "protect")) > 0,
		    "cannot hide or protect (-H, -w) in a Pod: the workspace is the claim's, which only the Pod sees" },
	};
	bool bad = false;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].asked) {
			warnx("%s", rules[i].why);
			bad = true;
		}
	bad |= refuse_mounts(plan);
	bad |= refuse_bytes(plan);
	if (bad)
		exit(WX_FAIL);
}

/* --- what it needs */

static void *
room(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		err(WX_FAIL, "cannot allocate memory");
	return p;
}

static void
read_command(struct plan *p, const cJSON *words)
{
	const cJSON *w = NULL;

	p->command = room((size_t)cJSON_GetArraySize(words), sizeof(*p->command));
	cJSON_ArrayForEach(w, words) {
		p->command[p->ncommand++] = text_of(w, "command");
	}
	if (p->ncommand == 0)
		no_plan("command");
}

static void
read_environment(struct plan *p, const cJSON *env)
{
	const cJSON *v = NULL;

	p->env = room((size_t)cJSON_GetArraySize(env), sizeof(*p->env));
	cJSON_ArrayForEach(v, env) {
		p->env[p->nenv++] = (struct plan_var){ v->string, cJSON_IsNull(v) ? NULL : text_of(v, "environment") };
	}
}

static uint64_t
size_of(const cJSON *plan, const char *dest)
{
	const cJSON *mounts = AT(plan, "mounts"), *m = NULL;

	cJSON_ArrayForEach(m, mounts) {
		if (is(AT(m, "dest"), dest) && is(AT(m, "kind"), "tmpfs"))
			return number_of(AT(m, "size"), "size of a mount");
	}
	no_plan(dest);
}

/* cJSON would end a string at a NUL. */
static cJSON *
parse(const char *text, size_t len)
{
	if (strlen(text) != len || strstr(text, "\\u0000") != NULL)
		return NULL;
	return cJSON_ParseWithLengthOpts(text, len + 1, NULL, 1);
}

void
plan_read(struct plan *p, const char *text, size_t len)
{
	const cJSON *plan = parse(text, len), *seconds = AT(plan, "limits", "seconds");

	*p = (struct plan){ 0 };
	if (!cJSON_IsObject(plan))
		no_plan("object");
	if (is(AT(plan, "engine"), "bwrap"))
		errx(WX_FAIL, "a Pod needs an image, and engine 'bwrap' has none: wx-run -i NAME --print-plan ...");
	refuse(plan);
	p->image = text_of(AT(plan, "image"), "image");
	p->project = text_of(AT(plan, "project"), "project");
	p->home = text_of(AT(plan, "user", "home"), "user.home");
	p->uid = number_of(AT(plan, "user", "uid"), "user.uid");
	p->gid = number_of(AT(plan, "user", "gid"), "user.gid");
	p->git_name = cJSON_GetStringValue(AT(plan, "user", "git_name"));
	p->git_email = cJSON_GetStringValue(AT(plan, "user", "git_email"));
	p->env_secrets = cJSON_IsTrue(AT(plan, "secrets", "variables"));
	p->file_secrets = cJSON_IsTrue(AT(plan, "secrets", "files"));
	p->no_network = is(AT(plan, "network", "mode"), "none");
	p->memory = number_of(AT(plan, "limits", "memory", "bytes"), "limits.memory");
	p->cpus = number_of(AT(plan, "limits", "cpus", "count"), "limits.cpus");
	p->seconds = cJSON_IsNumber(seconds) ? seconds->valuedouble : 0;
	p->home_size = size_of(plan, p->home);
	p->tmp_size = size_of(plan, "/tmp");
	p->shm_size = number_of(AT(plan, "limits", "shm"), "limits.shm");
	read_command(p, AT(plan, "command"));
	read_environment(p, AT(plan, "environment"));
}
