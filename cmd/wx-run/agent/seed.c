/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"
#include "request/request.h"

#define OBJECT_MAX (1 << 20)   /* bytes of a file of the agent's */
#define TOKEN     "{project}"
#define API       "{api}"

char *
seed_placed(const char *text, const char *token, const char *value)
{
	char *out = xstrdup(""), *more;
	const char *at;

	for (; (at = strstr(text, token)) != NULL; text = at + strlen(token)) {
		more = xprintf("%s%.*s%s", out, (int)(at - text), text, value);
		free(out);
		out = more;
	}
	more = xprintf("%s%s", out, text);
	free(out);
	return more;
}

/* TEXT, which is JSON, with the project's path for TOKEN, as it stands in a string. The caller owns it. */
static char *
with_project(const char *text, const char *project)
{
	cJSON *path = cJSON_CreateString(project);
	char *word = path == NULL ? NULL : cJSON_PrintUnformatted(path), *out;

	if (word == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	word[strlen(word) - 1] = '\0';
	out = seed_placed(text, TOKEN, word + 1);
	cJSON_free(word);
	cJSON_Delete(path);
	return out;
}

/* The member V of WANT with the place that API is in this run: it is ours, also where one is there. */
static bool
set_api(cJSON *have, const cJSON *v, const char *api)
{
	char *value = seed_placed(v->valuestring, API, api);
	const char *old = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(have, v->string));
	bool same = old != NULL && strcmp(old, value) == 0;

	if (!same) {
		cJSON_DeleteItemFromObjectCaseSensitive(have, v->string);
		(void)cJSON_AddStringToObject(have, v->string, value);
	}
	free(value);
	return !same;
}

/* Add to HAVE what WANT has more. Did that change anything? */
static bool
merge(cJSON *have, const cJSON *want, const char *api)
{
	bool changed = false;
	const cJSON *v;
	cJSON *old;

	cJSON_ArrayForEach(v, want) {
		old = cJSON_GetObjectItemCaseSensitive(have, v->string);
		if (cJSON_IsString(v) && api != NULL && strstr(v->valuestring, API) != NULL)
			changed |= set_api(have, v, api);
		else if (cJSON_IsObject(v) && old == NULL)
			changed |= merge(cJSON_AddObjectToObject(have, v->string), v, api) | true;
		else if (old == NULL)
			changed |= cJSON_AddItemToObject(have, v->string, cJSON_Duplicate(v, 1)) != 0;
		else if (cJSON_IsObject(old) && cJSON_IsObject(v))
			changed |= merge(old, v, api);
	}
	return changed;
}

/* The directory of REL below DIR, made where it is missing: an agent could have put a link there. -1 with errno. */
static int
parent_of(int dir, const char *rel, const char **name)
{
	int at = fcntl(dir, F_DUPFD_CLOEXEC, 3), next;
	const char *slash;
	char *part;

	while (at != -1 && (slash = strchr(rel, '/')) != NULL) {
		part = xprintf("%.*s", (int)(slash - rel), rel);
		next = mkdirat(at, part, 0700) == 0 || errno == EEXIST ?
		    wx_dir_open(at, part) : -1;
		free(part);
		(void)close(at);
		at = next;
		rel = slash + 1;
	}
	*name = rel;
	return at;
}

/* What the file has, an object; NULL: it is not one of JSON, or cannot be read. */
static cJSON *
read_object(int dir, const char *name)
{
	char *buf = malloc(OBJECT_MAX);
	struct stat st;
	cJSON *have = NULL;
	ssize_t n;

	if (buf == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		have = errno == ENOENT ? cJSON_CreateObject() : NULL;
	} else if (S_ISREG(st.st_mode)) {
		n = wx_read_text(dir, name, O_NOFOLLOW, buf, OBJECT_MAX);
		/* The agent wrote it. */
		have = n <= 0 || prescan_any(buf, (size_t)n) != NULL ? NULL :
		    cJSON_ParseWithLengthOpts(buf, (size_t)n + 1, NULL, 1);
	}
	free(buf);
	if (have != NULL && !cJSON_IsObject(have)) {
		cJSON_Delete(have);
		have = NULL;
	}
	return have;
}

static bool
apply(int dir, const char *rel, const char *text, const char *api)
{
	const char *name;
	int parent = parent_of(dir, rel, &name);
	cJSON *have = parent == -1 ? NULL : read_object(parent, name), *want = cJSON_Parse(text);
	char *out = have != NULL && want != NULL && merge(have, want, api) ? cJSON_Print(have) : NULL,
	    *line = out == NULL ? NULL : xprintf("%s\n", out);
	bool ok = parent != -1 && (line == NULL || wx_file_replace(parent, name, 0600, line, strlen(line)) == 0);
	int saved = errno;

	free(line);
	cJSON_free(out);
	cJSON_Delete(want);
	cJSON_Delete(have);
	if (parent != -1)
		(void)close(parent);
	errno = saved;
	return ok;
}

/* FILE, "~/...", of the state that is mounted there. */
static void
apply_to(const struct plan *p, const char *file, const char *text)
{
	char *dest = path_clean(p->home, file + 2);
	const struct mount *m = mount_above(&p->mounts, p->mounts.n, dest);
	int dir = m == NULL || strcmp(m->why, "state") != 0 || strcmp(m->dest, dest) == 0 ? -1 :
	    wx_dir_open(AT_FDCWD, m->src);

	if (dir == -1 || !apply(dir, dest + strlen(m->dest) + 1, text, p->brokered.api))
		warn("cannot prepare '%s' of the agent's state", file);
	if (dir != -1)
		(void)close(dir);
	free(dest);
}

bool
seed_is_agent(const struct request *r)
{
	return r->agent.command.n > 0 && (r->command.n == 0 || *r->command.v[0] == '-');
}

/* WORDS of the profile's, or none, where the user asks for that. */
static const struct strv *
asked(bool wanted, const struct strv *words, const char *option, const char *key)
{
	static const struct strv none;

	if (wanted && words->n == 0)
		errx(WX_CHAIN, "%s: the profile has no agent that can do that (agent.%s)", option, key);
	return wanted ? words : &none;
}

static void
add_placed(struct plan *p, const struct strv *from)
{
	char *half, *word;
	size_t i;

	for (i = 0; i < from->n; i++) {
		half = seed_placed(from->v[i], TOKEN, p->at);
		word = seed_placed(half, API, p->brokered.api == NULL ? API : p->brokered.api);
		strv_add(&p->command, word);
		free(word);
		free(half);
	}
}

void
seed_command(const struct request *r, struct plan *p)
{
	add_placed(p, &r->agent.command);
	add_placed(p, asked(r->go_on, &r->agent.go_on, "--continue", "continue"));
	add_placed(p, asked(r->resume != NULL, &r->agent.resume, "--resume", "resume"));
	if (r->resume != NULL)
		strv_add(&p->command, r->resume);
}

void
seed_apply(const struct request *r, const struct plan *p)
{
	const struct strv *seeds = &r->agent.seeds;
	char *text;
	size_t i;

	for (i = 0; i < seeds->n; i += 2) {
		text = with_project(seeds->v[i + 1], p->at);
		apply_to(p, seeds->v[i], text);
		free(text);
	}
}

bool
seed_wants_api(const struct request *r)
{
	size_t i;

	for (i = 0; i < r->agent.command.n; i++)
		if (strstr(r->agent.command.v[i], API) != NULL)
			return true;
	for (i = 1; i < r->agent.seeds.n; i += 2)
		if (strstr(r->agent.seeds.v[i], API) != NULL)
			return true;
	return false;
}
