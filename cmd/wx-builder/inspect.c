/* SPDX-License-Identifier: MIT */
#include "inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

/* The one item of the array that inspect prints; NULL. DOC is to be deleted. */
static const cJSON *
first(const char *json, cJSON **doc)
{
	const char *end;

	*doc = cJSON_ParseWithLengthOpts(json, strlen(json) + 1, &end, 1);
	return cJSON_IsArray(*doc) ? cJSON_GetArrayItem(*doc, 0) : NULL;
}

/* Down the NULL-terminated KEYS. */
static const cJSON *
at(const cJSON *item, const char *const *keys)
{
	for (; item != NULL && *keys != NULL; keys++)
		item = cJSON_GetObjectItemCaseSensitive(item, *keys);
	return item;
}
#define AT(item, ...) at((item), (const char *const[]){ __VA_ARGS__, NULL })

static void
text(const cJSON *item, char *out, size_t cap)
{
	const char *s = cJSON_GetStringValue(item);

	(void)snprintf(out, cap, "%s", s == NULL ? "" : s);
}

/* The labels that start gave it; false: it is not this builder's. */
static bool
read_labels(const cJSON *labels, const char *name, struct look *l)
{
	char word[64];

	text(AT(labels, "wrapix.builder"), word, sizeof(word));
	if (strcmp(word, name) != 0)
		return false;
	text(AT(labels, "wrapix.port"), word, sizeof(word));
	l->port = (int)strtol(word, NULL, 10);
	text(AT(labels, "wrapix.image"), l->image, sizeof(l->image));
	text(AT(labels, "wrapix.limits"), l->limits, sizeof(l->limits));
	return true;
}

static void
settle(const cJSON *labels, const char *name, bool running, struct look *l)
{
	l->state = !read_labels(labels, name, l) ? STATE_FOREIGN : running ? STATE_RUNNING : STATE_DEAD;
}

static long
number(const cJSON *item)
{
	return cJSON_IsNumber(item) && item->valuedouble > 0 ? (long)item->valuedouble : 0;
}

static void
odd(struct look *l, bool is, const char *what, const char *which)
{
	if (is && *l->odd == '\0')
		(void)snprintf(l->odd, sizeof(l->odd), "%s%.64s", what, which == NULL ? "" : which);
}

/* Is the mode WORD one of those where a namespace is not the container's own? */
static bool
is_borrowed(const char *word)
{
	return word == NULL || strcmp(word, "host") == 0 || strncmp(word, "container:", 10) == 0 || strncmp(word, "ns:", 3) == 0;
}

/* What settings of an engine could have made of it, and did not have to. */
static void
find_odd(const cJSON *c, struct look *l)
{
	static const char *const spaces[] = { "NetworkMode", "PidMode", "IpcMode", "UTSMode" };
	const cJSON *host = AT(c, "HostConfig"), *mounts = AT(c, "Mounts"), *ports = AT(host, "PortBindings"), *i, *k;
	const char *s;
	size_t n;

	for (n = 0; n < sizeof(spaces) / sizeof(*spaces); n++) {
		s = cJSON_GetStringValue(AT(host, spaces[n]));
		odd(l, is_borrowed(s), spaces[n], s == NULL ? " unknown" : " host");
	}
	odd(l, cJSON_IsTrue(AT(host, "Privileged")), "privileges", NULL);
	odd(l, !cJSON_IsTrue(AT(host, "ReadonlyRootfs")), "a root that can be written", NULL);
	odd(l, cJSON_GetArraySize(AT(host, "Devices")) > 0, "devices", NULL);
	odd(l, cJSON_GetArraySize(AT(c, "EffectiveCaps")) + cJSON_GetArraySize(AT(c, "BoundingCaps")) > 0, "capabilities", NULL);
	cJSON_ArrayForEach(i, mounts) {
		s = cJSON_GetStringValue(AT(i, "Destination"));
		odd(l, s == NULL || (strcmp(s, "/nix") != 0 && strcmp(s, "/etc/wrapix") != 0), "a mount at ", s);
	}
	cJSON_ArrayForEach(i, ports) {
		cJSON_ArrayForEach(k, i) {
			s = cJSON_GetStringValue(AT(k, "HostIp"));
			odd(l, s == NULL || strcmp(s, "127.0.0.1") != 0, "a port at the address ", s == NULL || *s == '\0' ? "0.0.0.0" : s);
		}
	}
}

bool
inspect_podman(const char *json, const char *name, struct look *l)
{
	cJSON *doc;
	const cJSON *c = first(json, &doc);

	if (c != NULL) {
		settle(AT(c, "Config", "Labels"), name, cJSON_IsTrue(AT(c, "State", "Running")), l);
		l->pid = number(AT(c, "State", "Pid"));
		l->monitor = number(AT(c, "State", "ConmonPid"));
		text(AT(c, "Image"), l->image_id, sizeof(l->image_id));
		text(AT(c, "HostConfig", "NetworkMode"), l->network, sizeof(l->network));
		text(AT(c, "NetworkSettings", "SandboxKey"), l->netns, sizeof(l->netns));
		find_odd(c, l);
	}
	cJSON_Delete(doc);
	return c != NULL;
}

/* "status" is a word up to 0.12, and an object with a "state" after it. */
bool
inspect_apple(const char *json, const char *name, struct look *l)
{
	cJSON *doc;
	const cJSON *c = first(json, &doc), *status = AT(c, "status");
	char word[32];

	if (c != NULL) {
		text(cJSON_IsObject(status) ? AT(status, "state") : status, word, sizeof(word));
		settle(AT(c, "configuration", "labels"), name, strcmp(word, "running") == 0, l);
	}
	cJSON_Delete(doc);
	return c != NULL;
}

bool
inspect_image(const char *json, struct image_look *i)
{
	cJSON *doc;
	const cJSON *c = first(json, &doc);
	char word[8];

	if (c != NULL) {
		text(AT(c, "Id"), i->id, sizeof(i->id));
		text(AT(c, "Labels", "wrapix.builder"), word, sizeof(word));
		i->ours = strcmp(word, "1") == 0;
	}
	cJSON_Delete(doc);
	return c != NULL;
}

bool
inspect_connection(const char *json, const char *name, char *uri, size_t uri_cap, char *identity,
    size_t identity_cap)
{
	const char *end, *s;
	cJSON *doc = cJSON_ParseWithLengthOpts(json, strlen(json) + 1, &end, 1);
	const cJSON *c = NULL;
	bool found = false;

	cJSON_ArrayForEach(c, doc) {
		s = cJSON_GetStringValue(AT(c, "Name"));
		if (s == NULL || strcmp(s, name) != 0)
			continue;
		text(AT(c, "URI"), uri, uri_cap);
		text(AT(c, "Identity"), identity, identity_cap);
		found = true;
	}
	cJSON_Delete(doc);
	return found;
}

/* Go's names of processors are not those of the kernel, which Nix uses. */
static void
read_system(const char *arch, char *out, size_t cap)
{
	static const struct { const char *go, *nix; } names[] = { { "amd64", "x86_64" }, { "arm64", "aarch64" },
	    { "386", "i686" }, { "arm", "armv7l" }, { "ppc64le", "powerpc64le" } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i].go, arch) == 0)
			arch = names[i].nix;
	(void)snprintf(out, cap, "%s-linux", arch);
}

bool
inspect_host(const char *json, struct host_look *h)
{
	static const char *const needed[] = { "cpu", "memory", "pids" };
	const char *end;
	cJSON *doc = cJSON_ParseWithLengthOpts(json, strlen(json) + 1, &end, 1);
	const cJSON *host = AT(doc, "host"), *cpus = AT(host, "cpus"), *c = NULL;
	char word[32];
	size_t i, have = 0;

	*h = (struct host_look){ 0 };
	text(AT(host, "arch"), word, sizeof(word));
	read_system(word, h->nix, sizeof(h->nix));
	h->cpus = cJSON_IsNumber(cpus) && cpus->valuedouble > 0 ? (long)cpus->valuedouble : 0;
	cJSON_ArrayForEach(c, AT(host, "cgroupControllers")) {
		text(c, word, sizeof(word));
		for (i = 0; i < 3; i++)
			have += strcmp(word, needed[i]) == 0;
	}
	text(AT(host, "cgroupManager"), word, sizeof(word));
	h->limits = have == 3 && strcmp(word, "systemd") == 0;
	cJSON_Delete(doc);
	return strcmp(h->nix, "-linux") != 0;
}
