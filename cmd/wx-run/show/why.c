/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <sys/stat.h>

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/kinds.h"
#include "libcommon/json.h"
#include "libcommon/tool/path.h"

#define LINKS_MAX 8   /* of the plan's own */

const char *
why_word(enum verdict v)
{
	static const char *const words[] = { "writable", "read-only", "protected", "hidden", "absent" };

	return words[v];
}

const char *
why_of_mount(const struct plan *p, const struct mount *m)
{
	static const char *const rules[][2] = {
		{ "system", "the system of this machine" },
		{ "made", "made for the sandbox" },
		{ "policy", "this sandbox in words" },
		{ "scratch", "gone at the end of the run" },
		{ "home", "the home: gone at the end of the run" },
		{ "secrets", "the secrets of -F" },
		{ "wx-run", "wx-run's own" },
		{ "state", "what the agent keeps: from run to run of this project" },
		{ "cache", "a cache that is kept (profile key cache)" },
		{ "told", "what the agent is told of the sandbox, and your own" },
		{ "share", "your own, for the agent to read (profile key agent.share)" },
		{ "inbox", "what the user has put there for the agent (wrapix --paste)" },
		{ "mount", "a mount that was asked for (-m, profile key mounts, --proxy-from-env)" },
		{ "tool", "a program that was asked for (-t, profile key tools), or the command" },
		{ "path", "a directory of your PATH" },
		{ "ssh-agent", "the ssh-agent of -k" },
		{ "device", "a device that was asked for (--device, profile key devices)" },
		{ "nix", "the Nix daemon of this machine (--nix): it builds, as its own users" },
		{ "project", "the project" },
		{ "git", "a git directory of this run's own: what is committed comes home, nothing else" },
		{ "objects", "of the repository: its objects" },
		{ "anchor", "the project; its name is held, for something below it is protected or hidden" },
	};
	size_t i;

	if (p->engine->needs_image && strcmp(m->why, "system") == 0)
		return "the image";
	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (strcmp(rules[i][0], m->why) == 0)
			return rules[i][1];
	return NULL;
}

/* Does PATTERN, as a kind has it, match REL or what is below it, at whatever depth? */
static bool
at_depth(const char *pattern, const char *rel)
{
	for (; rel != NULL; rel = strchr(rel, '/') == NULL ? NULL : strchr(rel, '/') + 1)
		if (fnmatch(pattern, rel, FNM_PATHNAME | FNM_PERIOD | FNM_LEADING_DIR) == 0)
			return true;
	return false;
}

static const struct kind *
kind_of(const char *rel)
{
	const struct kind *k;

	for (k = guard_kinds; k->pattern != NULL; k++)
		if (at_depth(k->pattern, rel))
			return k;
	return NULL;
}

/* The first of GLOBS that matches REL, or what it is below; NULL: none does. */
static const char *
matching(const struct strv *globs, const char *rel)
{
	char *clean;
	bool yes;
	size_t i;

	for (i = 0; i < globs->n; i++) {
		clean = path_clean("/", globs->v[i]);
		yes = fnmatch(clean + 1, rel, FNM_PATHNAME | FNM_PERIOD | FNM_LEADING_DIR) == 0;
		free(clean);
		if (yes)
			return globs->v[i];
	}
	return NULL;
}

char *
why_protected(const struct plan *p, const char *rel)
{
	const char *asked = matching(&p->protect, rel);
	const struct kind *k = kind_of(rel);

	if (asked != NULL)
		return xprintf("asked for: '%s' (-w, profile key protect)", asked);
	if (k != NULL)
		return xprintf("%s acts upon it %s; -u releases it", k->tool, k->when);
	return xstrdup("the host's tools act upon it: git's settings or a link name it, or it is a repository of its own");
}

/* PATH behind DEST, which it is in, less the slash. */
static const char *
behind(const char *path, const char *dest)
{
	size_t n = strcmp(dest, "/") == 0 ? 0 : strlen(dest);

	return path[n] == '/' ? path + n + 1 : path + n;
}

static struct why
answer(enum verdict v, const char *path, char *rule)
{
	return (struct why){ .verdict = v, .path = xstrdup(path), .rule = rule };
}

/* PATH is in the project, and no mount of its own is over it. */
static struct why
of_project(const struct plan *p, const struct guards *g, const char *path)
{
	const char *rel = behind(path, p->at), *free_of = matching(&p->unprotect, rel);
	const struct kind *k = *rel == '\0' ? NULL : kind_of(rel);
	size_t i;

	for (i = 0; k != NULL && i < g->list.n; i++)
		if (g->list.v[i].kind == GUARD_RO && g->list.v[i].open && strcmp(g->list.v[i].rel, rel) == 0)
			return answer(WHY_PROTECTED, path, xstrdup("put back after the run: this engine mounts no single files"));
	if (free_of != NULL)
		return answer(WHY_WRITABLE, path, xprintf("released: '%s' (-u)", free_of));
	if (k != NULL)
		return answer(WHY_WRITABLE, path, xprintf("it is not there; made inside it is a finding, for %s acts upon it %s",
		    k->tool, k->when));
	return answer(WHY_WRITABLE, path, xstrdup("the project"));
}

/* Is it there on the host, below what M binds? What is made with the run cannot be looked at. */
static bool
there(const struct mount *m, const char *path)
{
	const char *rel = behind(path, m->dest);
	char *host = xprintf("%s%s%s", m->src, *rel == '\0' ? "" : "/", rel);
	struct stat st;
	bool yes = strcmp(m->why, "git") == 0 || strcmp(m->why, "state") == 0 || strcmp(m->why, "cache") == 0 ||
	    lstat(host, &st) == 0;

	free(host);
	return yes;
}

static struct why
of_bind(const struct plan *p, const struct guards *g, const struct mount *m, const char *path)
{
	const char *words = why_of_mount(p, m);

	if (strcmp(m->why, "protected") == 0)
		return answer(WHY_PROTECTED, path, why_protected(p, behind(path, p->at)));
	if (m->kind == MOUNT_RW && (strcmp(m->why, "project") == 0 || (strcmp(m->why, "anchor") == 0 &&
	    strcmp(path, m->dest) != 0)))
		return of_project(p, g, path);
	if (p->store != NULL && strcmp(m->dest, STORE_DIR) == 0 && strcmp(path, STORE_DIR) != 0 &&
	    !store_has(p->store, path))
		return answer(WHY_ABSENT, path, xprintf("'%s' does not list it (profile key store_paths)", p->store->file));
	if (m->kind == MOUNT_RO && !there(m, path))
		return answer(WHY_ABSENT, path, xprintf("in %s, and not there", m->dest));
	return answer(m->kind == MOUNT_RW ? WHY_WRITABLE : WHY_READ_ONLY, path,
	    xstrdup(words == NULL ? m->why : words));
}

static struct why
of_hidden(const struct plan *p, const char *path)
{
	const char *rel = path_within(path, p->at) ? behind(path, p->at) : path, *glob = matching(&p->hide, rel);

	if (strcmp(rel, ".git") == 0)
		return answer(WHY_HIDDEN, path, xstrdup("of a repository there is only what the run has of its own, or none"));
	if (glob == NULL)
		return answer(WHY_HIDDEN, path, xstrdup("what it is, or was, is hidden under another name (-H, profile key hide)"));
	return answer(WHY_HIDDEN, path, xprintf("'%s' (-H, profile key hide)", glob));
}

/* No mount is above it. */
static struct why
of_root(const struct plan *p, const char *path)
{
	size_t i;

	if (path_within(path, "/proc") || path_within(path, "/dev"))
		return answer(WHY_READ_ONLY, path, xstrdup("the sandbox's own; it shows nothing of the host's"));
	for (i = 0; i < p->mounts.n; i++)
		if (path_within(p->mounts.v[i].dest, path))
			return answer(WHY_READ_ONLY, path, xprintf("a directory of the sandbox, for %s", p->mounts.v[i].dest));
	if (p->engine->needs_image)
		return answer(WHY_READ_ONLY, path, xstrdup("the image, if it has it"));
	return answer(WHY_ABSENT, path, xstrdup("no rule shows it; -m would"));
}

static struct why
of_place(const struct plan *p, const struct guards *g, const char *path)
{
	const struct mount *m = mount_above(&p->mounts, p->mounts.n, path);

	if (m == NULL)
		return of_root(p, path);
	if (strcmp(m->why, "hide") == 0)
		return of_hidden(p, path);
	if (m->kind == MOUNT_RO || m->kind == MOUNT_RW)
		return of_bind(p, g, m, path);
	if (m->kind == MOUNT_TMPFS)
		return answer(WHY_WRITABLE, path, xstrdup(why_of_mount(p, m)));
	if (strcmp(m->dest, path) != 0)
		return m->kind == MOUNT_DIR ? of_root(p, path) :
		    answer(WHY_ABSENT, path, xprintf("%s is no directory", m->dest));
	return answer(path_within(path, p->home) ? WHY_WRITABLE : WHY_READ_ONLY, path, xstrdup("made for the sandbox"));
}

/* The plan's links on the way are followed. */
struct why
why_of(const struct plan *p, const struct guards *g, const char *path)
{
	char *clean = path_clean(p->at, path), *next, *up;
	const struct mount *m;
	struct why w;
	int i;

	if (strcmp(p->at, p->project) != 0 && path_within(clean, p->project)) {
		next = path_clean(p->at, behind(clean, p->project));
		free(clean);
		clean = next;
	}
	for (i = 0; i < LINKS_MAX && (m = mount_above(&p->mounts, p->mounts.n, clean)) != NULL && m->kind == MOUNT_SYMLINK; i++) {
		up = xstrdup(m->dest);
		*(strrchr(up, '/') == up ? up + 1 : strrchr(up, '/')) = '\0';
		next = path_clean(up, m->src);
		free(up);
		up = xprintf("%s/%s", next, behind(clean, m->dest));
		free(next);
		free(clean);
		clean = path_clean("/", up);
		free(up);
	}
	w = of_place(p, g, clean);
	free(clean);
	return w;
}

void
why_write(FILE *fp, const struct plan *p, const struct guards *g, const char *path, bool json)
{
	struct why w = why_of(p, g, path);
	char *name = escaped(w.path), *rule = escaped(w.rule);

	if (json) {
		(void)fputs("{\"path\": ", fp);
		wx_json_string(fp, w.path);
		(void)fprintf(fp, ", \"verdict\": \"%s\", \"rule\": ", why_word(w.verdict));
		wx_json_string(fp, w.rule);
		(void)fputs("}\n", fp);
	} else {
		(void)fprintf(fp, "%s\t%s\t%s\n", why_word(w.verdict), name, rule);
	}
	free(rule);
	free(name);
	free(w.rule);
	free(w.path);
}
