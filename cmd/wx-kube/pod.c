/* SPDX-License-Identifier: MIT */
#include "pod.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/hash.h"
#include "libcommon/json.h"

#define WORKSPACE "/workspace"
#define SECRETS   "/run/secrets"

/*
 * Does Kubernetes take the '$' at S for its own: "$$", which becomes one, or "$(NAME)"
 * of a variable of the container? Others stay as they are, so "$(date)" needs no care;
 * what variables a secret brings nobody knows here.
 */
static bool
expands(const struct plan *p, const char *s)
{
	size_t n = strcspn(s + 1, ")"), i;

	if (s[1] == '$')
		return true;
	if (s[1] != '(' || s[1 + n] != ')')
		return false;
	for (i = 0; i < p->nenv; i++)
		if (strlen(p->env[i].name) == n - 1 && memcmp(p->env[i].name, s + 2, n - 1) == 0)
			return true;
	return p->env_secrets && memchr(s + 2, '\0', n - 1) == NULL && wx_env_name_ok(s + 2, n - 1);
}

static void
string(FILE *fp, const struct plan *p, const char *s)
{
	char *out = malloc(2 * strlen(s) + 1);
	size_t n = 0, run;

	if (out == NULL)
		err(WX_FAIL, "cannot allocate memory");
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
	const struct plan_var *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/*
 * git's identity, for there is no ~/.gitconfig; and that the claim's directory, which may be root's by its file system,
 * is to be trusted. At most VARS of them, to V.
 */
#define VARS 7
static size_t
git_vars(const struct plan *p, struct plan_var v[static VARS])
{
	static const char *const keys[] = { "GIT_CONFIG_KEY_0", "GIT_CONFIG_KEY_1", "GIT_CONFIG_KEY_2" };
	static const char *const values[] = { "GIT_CONFIG_VALUE_0", "GIT_CONFIG_VALUE_1", "GIT_CONFIG_VALUE_2" };
	static const char *const counts[] = { "1", "2", "3" };
	const char *const set[][2] = { { "safe.directory", WORKSPACE },
	    { "user.name", p->git_name }, { "user.email", p->git_email } };
	size_t i, n = 0;

	for (i = 0; i < p->nenv; i++)
		if (strcmp(p->env[i].name, "GIT_CONFIG_COUNT") == 0)
			return 0;
	for (i = 0; i < 3; i++) {
		if (set[i][1] == NULL || !wx_env_value_ok(set[i][1], strlen(set[i][1])))
			continue;
		v[2 * n] = (struct plan_var){ keys[n], set[i][0] };
		v[2 * n + 1] = (struct plan_var){ values[n], set[i][1] };
		n++;
	}
	v[2 * n] = (struct plan_var){ "GIT_CONFIG_COUNT", counts[n - 1] };
	return 2 * n + 1;
}

/* The host's values, which may be secrets, are to be a secret's of the cluster. */
static void
variable(FILE *fp, const struct plan *p, const struct plan_var *v)
{
	(void)fputs("{\"name\": ", fp);
	wx_json_string(fp, v->name);
	if (v->value == NULL) {
		(void)fputs(", \"valueFrom\": {\"secretKeyRef\": {\"name\": \"" POD_ENV "\", \"key\": ", fp);
		wx_json_string(fp, v->name);
		(void)fputs(", \"optional\": false}}}", fp);
	} else {
		(void)fputs(", \"value\": ", fp);
		string(fp, p, v->value);
		(void)fputs("}", fp);
	}
}

static void
environment(FILE *fp, const struct plan *p)
{
	struct plan_var *v = calloc(p->nenv + VARS, sizeof(*v));
	size_t i, n;

	if (v == NULL)
		err(WX_FAIL, "cannot allocate memory");
	if (p->nenv > 0)
		memcpy(v, p->env, p->nenv * sizeof(*v));
	n = p->nenv + git_vars(p, v + p->nenv);
	qsort(v, n, sizeof(*v), by_name);
	(void)fputs("        \"env\": [", fp);
	for (i = 0; i < n; i++) {
		(void)fputs(i == 0 ? "\n          " : ",\n          ", fp);
		variable(fp, p, &v[i]);
	}
	(void)fputs("\n        ],\n", fp);
	if (p->env_secrets)
		(void)fputs("        \"envFrom\": [{\"secretRef\": {\"name\": \"" POD_ENV
		    "\", \"optional\": false}}],\n", fp);
	free(v);
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
		(void)fputs("          {\"name\": \"secrets\", \"mountPath\": \"" SECRETS
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
		    POD_FILES "\", \"defaultMode\": %d, \"optional\": false}},\n", 0440);
	(void)fputs("      {\"name\": \"workspace\", \"persistentVolumeClaim\": {\"claimName\": \""
	    POD_CLAIM "\"}}\n    ]\n", fp);
}

static void
container(FILE *fp, const struct plan *p)
{
	size_t i;

	(void)fputs("    \"containers\": [\n      {\n        \"name\": \"command\",\n"
	    "        \"image\": ", fp);
	wx_json_string(fp, p->image);
	(void)fputs(",\n        \"imagePullPolicy\": \"IfNotPresent\",\n        \"command\": [", fp);
	for (i = 0; i < p->ncommand; i++) {
		(void)fputs(i == 0 ? "" : ", ", fp);
		string(fp, p, p->command[i]);
	}
	(void)fputs("],\n        \"workingDir\": \"" WORKSPACE "\",\n", fp);
	environment(fp, p);
	(void)fprintf(fp, "        \"resources\": {\"limits\": {\"cpu\": \"%" PRIu64
	    "\", \"memory\": \"%" PRIu64 "\"}},\n", p->cpus, p->memory);
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
	double seconds = p->seconds;
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
pod_write(FILE *fp, const struct plan *p)
{
	/* Whichever agent works there, a name that Kubernetes takes (RFC 1123). */
	char name[32];

	(void)snprintf(name, sizeof(name), "wrapix-%016" PRIx64, wx_hash(p->project));
	if (p->no_network) {
		(void)fputs("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n", fp);
		policy(fp, name);
		(void)fputs(",\n", fp);
	}
	pod(fp, p, name);
	(void)fputs(p->no_network ? "\n]}\n" : "\n", fp);
}
