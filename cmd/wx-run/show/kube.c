/* SPDX-License-Identifier: MIT */
#include "kube.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>

#include "image/imagespec.h"
#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/json.h"
#include "libcommon/utf8.h"

/* --- what a Pod cannot hold */

static bool
is_text(const char *s)
{
	size_t len = strlen(s), n;

	for (; len > 0; s += n, len -= n)
		if ((n = wx_utf8_len(s, len)) == 0)
			return false;
	return true;
}

static bool
refuse_mounts(const struct request *r)
{
	bool bad = false;
	size_t i;

	/* Optional: to be left out where it is not there. In a cluster it is not. */
	for (i = 0; i < r->mounts.n; i++)
		if (!r->mounts.v[i].optional) {
			warnx("cannot mount '%s' (-m) in a Pod: it has no path of this machine; put "
			    "it into the image or the claim", r->mounts.v[i].src);
			bad = true;
		}
	return bad;
}

/* JSON would hold U+FFFD in the place of what is no text. */
static bool
refuse_bytes(const struct request *r)
{
	bool bad = false;
	size_t i;

	for (i = 0; i < r->command.n; i++)
		bad |= !is_text(r->command.v[i]);
	for (i = 0; i < r->env.n; i++)
		bad |= !r->env.v[i].passed && !is_text(r->env.v[i].value);
	if (bad)
		warnx("cannot have words or values that are not UTF-8 in a Pod");
	return bad;
}

void
kube_refuse(const struct request *r)
{
	const char *rest;
	const struct { bool asked; const char *why; } rules[] = {
		{ r->image == NULL, "a Pod needs an image (-i)" },
		{ r->image != NULL && image_parse(r->image, &rest) != IMAGE_NAME,
		    "a Pod takes its image by a name: push it to a registry, and say that (-i)" },
		{ r->pull, "cannot pull an image (--pull) for a Pod: its node does that" },
		{ r->engine != NULL && strcmp(r->engine, "bwrap") == 0,
		    "engine 'bwrap' runs no Pod: leave -e out" },
		{ r->agent_sock != NULL, "cannot bring an ssh-agent (-k) into a Pod: it has no "
		    "socket of this machine" },
		{ r->signing_key != NULL, "cannot sign commits (--signing-key) in a Pod: it has no "
		    "ssh-agent" },
		{ r->net != NULL && strcmp(r->net, "host") == 0,
		    "cannot have network 'host' in a Pod: the level 'restricted' forbids it" },
		{ r->net != NULL && strcmp(r->net, "listed") == 0,
		    "cannot have network 'listed' (-a) in a Pod: nothing there asks wx-egress" },
		{ r->broker_fd != -1 || r->brokers.n > 0,
		    "cannot have wx-api-broker (-B) in a Pod: nothing there serves it; give the secret itself (-E)" },
		{ r->inbox, "cannot have an inbox (--inbox) in a Pod: that is a directory of this machine" },
		{ r->proxy_from_env, "cannot pass on this machine's proxies (--proxy-from-env) to a Pod: set them by -v" },
		{ r->publish.n > 0, "cannot publish a port (--publish) of a Pod: kubectl port-forward does "
		    "that" },
		{ r->pids != NULL, "cannot limit processes (-P) in a Pod: only its node can "
		    "(the kubelet's podPidsLimit)" },
		{ r->tools.n > 0, "cannot bring tools (-t) into a Pod: put them into the image" },
		{ r->hide.n > 0 || r->protect.n > 0, "cannot hide or protect (-H, -w) in a Pod: the "
		    "workspace is the claim's, which only the Pod sees" },
		{ r->known_hosts.n > 0, "cannot pin hosts (known_hosts) in a Pod: put them into the "
		    "image" },
	};
	bool bad = false;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].asked) {
			warnx("%s", rules[i].why);
			bad = true;
		}
	bad |= refuse_mounts(r);
	bad |= refuse_bytes(r);
	if (bad)
		exit(WX_CHAIN);
}

/* --- the Pod */

/*
 * Does Kubernetes take the '$' at S for its own: "$$", which becomes one, or "$(NAME)"
 * of a variable of the container? Others stay as they are, so "$(date)" needs no care;
 * what variables a secret brings nobody knows here.
 */
static bool
expands(const struct plan *p, const char *s)
{
	size_t n = strcspn(s + 1, ")");
	char *name;
	bool is;

	if (s[1] == '$')
		return true;
	if (s[1] != '(' || s[1 + n] != ')')
		return false;
	name = xprintf("%.*s", (int)(n - 1), s + 2);
	is = env_get(&p->env, name) != NULL ||
	    (p->env_secrets && wx_env_name_ok(name, strlen(name)));
	free(name);
	return is;
}

static void
string(FILE *fp, const struct plan *p, const char *s)
{
	char *out = malloc(2 * strlen(s) + 1);
	size_t n = 0, run;

	if (out == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	while (*s != '\0') {
		run = strspn(s, "$");
		if (run > 1 || (run == 1 && expands(p, s))) {
			memset(out + n, '$', 2 * run);
			n += 2 * run;
			s += run;
		} else {
			out[n++] = *s++;
		}
	}
	out[n] = '\0';
	wx_json_string(fp, out);
	free(out);
}

static int
by_name(const void *a, const void *b)
{
	const struct env_var *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* git's identity, for there is no ~/.gitconfig; and that the claim's folder, which
 * may be root's by its file system, is to be trusted. */
static void
add_git(struct env *e, const struct gitident *git)
{
	const char *const set[][2] = { { "safe.directory", WORKSPACE },
	    { "user.name", git->name }, { "user.email", git->email } };
	char *name;
	size_t i, n = 0;

	if (env_get(e, "GIT_CONFIG_COUNT") != NULL)
		return;
	for (i = 0; i < 3; i++) {
		if (set[i][1] == NULL || !wx_env_value_ok(set[i][1], strlen(set[i][1])))
			continue;
		name = xprintf("GIT_CONFIG_KEY_%zu", n);
		env_set(e, name, set[i][0], false);
		free(name);
		name = xprintf("GIT_CONFIG_VALUE_%zu", n++);
		env_set(e, name, set[i][1], false);
		free(name);
	}
	name = xprintf("%zu", n);
	env_set(e, "GIT_CONFIG_COUNT", name, false);
	free(name);
}

/* The host's values, which may be secrets, are to be a secret's of the cluster. */
static void
environment(FILE *fp, const struct plan *p)
{
	struct env e = { 0 };
	size_t i;

	for (i = 0; i < p->env.n; i++)
		env_set(&e, p->env.v[i].name, p->env.v[i].value, p->env.v[i].passed);
	add_git(&e, &p->git);
	if (e.n > 0)
		qsort(e.v, e.n, sizeof(*e.v), by_name);
	(void)fputs("        \"env\": [", fp);
	for (i = 0; i < e.n; i++) {
		(void)fputs(i == 0 ? "\n          {\"name\": " : ",\n          {\"name\": ", fp);
		wx_json_string(fp, e.v[i].name);
		if (e.v[i].passed) {
			(void)fputs(", \"valueFrom\": {\"secretKeyRef\": {\"name\": \"" KUBE_ENV
			    "\", \"key\": ", fp);
			wx_json_string(fp, e.v[i].name);
			(void)fputs(", \"optional\": false}}}", fp);
		} else {
			(void)fputs(", \"value\": ", fp);
			string(fp, p, e.v[i].value);
			(void)fputs("}", fp);
		}
	}
	(void)fputs("\n        ],\n", fp);
	if (p->env_secrets)
		(void)fputs("        \"envFrom\": [{\"secretRef\": {\"name\": \"" KUBE_ENV
		    "\", \"optional\": false}}],\n", fp);
}

/* File systems in memory: a volume's name, where it is mounted, how large it is. */
struct scratch {
	const char *name, *dest;
	uint64_t    size;
};
#define SCRATCHES 4

static void
scratches(const struct plan *p, struct scratch s[static SCRATCHES])
{
	s[0] = (struct scratch){ "home", p->home, p->home_size };
	s[1] = (struct scratch){ "tmp", "/tmp", p->tmp_size };
	s[2] = (struct scratch){ "var-tmp", "/var/tmp", p->tmp_size };
	s[3] = (struct scratch){ "shm", "/dev/shm", p->shm_size };
}

static void
volume_mounts(FILE *fp, const struct plan *p)
{
	struct scratch s[SCRATCHES];
	size_t i;

	scratches(p, s);
	(void)fputs("        \"volumeMounts\": [\n", fp);
	for (i = 0; i < SCRATCHES; i++) {
		(void)fprintf(fp, "          {\"name\": \"%s\", \"mountPath\": ", s[i].name);
		wx_json_string(fp, s[i].dest);
		(void)fputs("},\n", fp);
	}
	if (p->file_secrets)
		(void)fputs("          {\"name\": \"secrets\", \"mountPath\": \"" SECRETS_DIR
		    "\", \"readOnly\": true},\n", fp);
	(void)fputs("          {\"name\": \"workspace\", \"mountPath\": \"" WORKSPACE "\"}\n"
	    "        ]\n", fp);
}

/* A secret's files belong to root: the group, by fsGroup, is what the command has. */
static void
volumes(FILE *fp, const struct plan *p)
{
	struct scratch s[SCRATCHES];
	size_t i;

	scratches(p, s);
	(void)fputs("    \"volumes\": [\n", fp);
	for (i = 0; i < SCRATCHES; i++)
		(void)fprintf(fp, "      {\"name\": \"%s\", \"emptyDir\": {\"medium\": \"Memory\", "
		    "\"sizeLimit\": \"%" PRIu64 "\"}},\n", s[i].name, s[i].size);
	if (p->file_secrets)
		(void)fprintf(fp, "      {\"name\": \"secrets\", \"secret\": {\"secretName\": \""
		    KUBE_FILES "\", \"defaultMode\": %d, \"optional\": false}},\n", 0440);
	(void)fputs("      {\"name\": \"workspace\", \"persistentVolumeClaim\": {\"claimName\": \""
	    KUBE_CLAIM "\"}}\n    ]\n", fp);
}

static void
container(FILE *fp, const struct plan *p)
{
	size_t i;

	(void)fputs("    \"containers\": [\n      {\n        \"name\": \"command\",\n"
	    "        \"image\": ", fp);
	wx_json_string(fp, p->image);
	(void)fputs(",\n        \"imagePullPolicy\": \"IfNotPresent\",\n        \"command\": [", fp);
	for (i = 0; i < p->command.n; i++) {
		(void)fputs(i == 0 ? "" : ", ", fp);
		string(fp, p, p->command.v[i]);
	}
	(void)fputs("],\n        \"workingDir\": \"" WORKSPACE "\",\n", fp);
	environment(fp, p);
	(void)fprintf(fp, "        \"resources\": {\"limits\": {\"cpu\": \"%" PRIu64
	    "\", \"memory\": \"%" PRIu64 "\"}},\n", p->limits.cpus, p->limits.memory);
	(void)fputs("        \"securityContext\": {\n"
	    "          \"allowPrivilegeEscalation\": false,\n"
	    "          \"capabilities\": {\"drop\": [\"ALL\"]},\n"
	    "          \"readOnlyRootFilesystem\": true\n        },\n", fp);
	volume_mounts(fp, p);
	(void)fputs("      }\n    ],\n", fp);
}

static void
metadata(FILE *fp, const char *name)
{
	(void)fprintf(fp, "  \"metadata\": {\n    \"name\": \"%s\",\n    \"labels\": "
	    "{\"app.kubernetes.io/name\": \"wrapix\", \"app.kubernetes.io/instance\": \"%s\"}\n"
	    "  },\n", name, name);
}

/* A -T of parts of a second becomes the next whole one; the two seconds are those
 * between its SIGTERM and its SIGKILL. */
static void
pod(FILE *fp, const struct plan *p, const char *name)
{
	double seconds = p->limits.seconds;
	uint64_t whole = (uint64_t)seconds + (seconds > (double)(uint64_t)seconds);

	(void)fputs("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n", fp);
	metadata(fp, name);
	(void)fputs("  \"spec\": {\n    \"restartPolicy\": \"Never\",\n", fp);
	if (seconds > 0)
		(void)fprintf(fp, "    \"activeDeadlineSeconds\": %" PRIu64 ",\n", whole);
	(void)fprintf(fp, "    \"terminationGracePeriodSeconds\": 2,\n"
	    "    \"automountServiceAccountToken\": false,\n"
	    "    \"enableServiceLinks\": false,\n    \"hostname\": \"wrapix\",\n"
	    "    \"securityContext\": {\n      \"runAsNonRoot\": true,\n"
	    "      \"runAsUser\": %u,\n      \"runAsGroup\": %u,\n      \"fsGroup\": %u,\n"
	    "      \"fsGroupChangePolicy\": \"OnRootMismatch\",\n"
	    "      \"seccompProfile\": {\"type\": \"RuntimeDefault\"}\n    },\n",
	    (unsigned)p->uid, (unsigned)p->gid, (unsigned)p->gid);
	container(fp, p);
	volumes(fp, p);
	(void)fputs("  }\n}", fp);
}

/* Nothing in, nothing out. It stands before the Pod, so that it is there first. */
static void
policy(FILE *fp, const char *name)
{
	(void)fputs("{\n  \"apiVersion\": \"networking.k8s.io/v1\",\n"
	    "  \"kind\": \"NetworkPolicy\",\n", fp);
	metadata(fp, name);
	(void)fprintf(fp, "  \"spec\": {\n    \"podSelector\": {\"matchLabels\": "
	    "{\"app.kubernetes.io/instance\": \"%s\"}},\n"
	    "    \"policyTypes\": [\"Ingress\", \"Egress\"]\n  }\n}", name);
}

void
kube_write(FILE *fp, const struct plan *p)
{
	/* HASH of HASH.run: whichever agent works there, a name that Kubernetes takes (RFC 1123). */
	const char *hash = strrchr(p->run_dir, '/') + 1;
	char *name = xprintf("wrapix-%.*s", (int)strcspn(hash, "."), hash);

	if (p->net == NET_NONE) {
		(void)fputs("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n", fp);
		policy(fp, name);
		(void)fputs(",\n", fp);
	}
	pod(fp, p, name);
	(void)fputs(p->net == NET_NONE ? "\n]}\n" : "\n", fp);
	free(name);
}
