/* SPDX-License-Identifier: MIT */
/* config, machine: what Nix and ssh are to be told of a builder. */
#include <sys/utsname.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder.h"
#include "keys.h"
#include "sshconf.h"
#include "verbs.h"
#include "format.h"

#include "libcommon/base64.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "libcommon/tool/strv.h"

#define KEY64_MAX (WX_BASE64_LEN(PINS * (PUB_MAX + 64)) + 1)

/* What is told. */
struct facts {
	struct builder b;
	char key[PATH_MAX];
	char systems[600], features[600];   /* with commas between */
	long jobs;
	char host_key[KEY64_MAX];           /* base64 of one line of known_hosts, or several, without the first's name */
};

/* The container runs on this machine's processor, or on that of the host that start saw. */
static void
own_system(const struct builder *b, char *out, size_t cap)
{
	struct utsname u;

	if (*b->far != '\0' && builder_read(b, "system", 0, out, cap) > 0) {
		out[strcspn(out, "\n")] = '\0';
		return;
	}
	if (uname(&u) == -1)
		err(WX_FAIL, "cannot tell the processor of this machine");
	format_into(out, cap, "%s-linux", strcmp(u.machine, "arm64") == 0 ? "aarch64" : u.machine);
}

/*
 * Nix writes the name of the host and what it finds in the base64 to a file known_hosts:
 * of further keys their whole lines.
 */
static void
encode(const struct builder *b, char out[static KEY64_MAX])
{
	char text[PINS * (PUB_MAX + 64)] = "";
	struct pubs pins;
	size_t i;

	keys_hosts(b, &pins);
	for (i = 0; i < pins.n; i++)
		format_into(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s%s", i > 0 ? "\n" : "",
		    i > 0 ? b->host : "", i > 0 ? " " : "", pins.v[i]);
	(void)wx_base64_encode((unsigned char *)text, strlen(text), out);
}

/* Is NAME, LEN bytes, one of the words of LIST, which blanks or commas part? */
static bool
is_word(const char *list, const char *name, size_t len)
{
	size_t n;

	for (; *(list += strspn(list, " \t,")) != '\0'; list += n) {
		n = strcspn(list, " \t,\n");
		if (n == len && memcmp(list, name, len) == 0)
			return true;
		if (n == 0)
			break;
	}
	return false;
}

/* Does a line of TEXT, settings of Nix, set KEY, or add to it, and name it? */
static bool
is_set(const char *text, const char *key, const char *name, size_t len)
{
	const char *line, *equals;

	for (line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		line += strspn(line, " \t");
		if (strncmp(line, "extra-", 6) == 0 && strncmp(key, "extra-", 6) != 0)
			line += 6;
		equals = line + strcspn(line, "=\n");
		if (strncmp(line, key, strlen(key)) == 0 && *equals == '=' && strcspn(line, " \t=") == strlen(key) &&
		    is_word(equals + 1, name, len))
			return true;
	}
	return false;
}

/*
 * Nix sends a build to who is said to take it, and the Nix there refuses what it has not: of LIST only what it has
 * by itself, KNOWN, or by KEY of the settings in K/server.
 */
static void
check_list(const struct builder *b, const char *list, const char *known, const char *what, const char *key, const char *add)
{
	char text[16384];
	size_t n;

	if (builder_read(b, "server/nix.conf", 0, text, sizeof(text)) == -1)
		*text = '\0';
	for (; *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (!is_word(known, list, n) && !is_set(text, key, list, n))
			errx(WX_FAIL, "refusing %s '%.*s': the builder's Nix does not have it, and would refuse such builds; where it does, say "
			    "so in '%s/nix.conf' with: %s = %.*s", what, (int)n, list, b->server, add, (int)n, list);
	}
}

/* What the processor runs besides its own. */
static const char *
also_run(const char *kind)
{
	return strncmp(kind, "x86_64-", 7) == 0 ? "i686-linux x86_64-v1-linux x86_64-v2-linux x86_64-v3-linux x86_64-v4-linux" :
	    strncmp(kind, "aarch64-", 8) == 0 ? "armv7l-linux armv6l-linux armv5tel-linux" : "";
}

static void
check_facts(const struct facts *f)
{
	char own_one[600], systems[1024];

	own_system(&f->b, own_one, sizeof(own_one));
	format_into(systems, sizeof(systems), "%s %s", own_one, also_run(own_one));
	check_list(&f->b, f->systems, systems, "system", "extra-platforms", "extra-platforms");
	check_list(&f->b, f->features, "benchmark big-parallel nixos-test", "feature", "system-features", "extra-system-features");
}

static void
find_facts(const struct want *w, struct facts *f)
{
	long n;

	builder_find(&f->b, w->name, w->connection);
	n = *f->b.far != '\0' ? (long)builder_number(&f->b, "processors") : sysconf(_SC_NPROCESSORS_ONLN);
	builder_must(&f->b);
	keys_must(&f->b);
	format_into(f->key, sizeof(f->key), "%s/nix", f->b.keys);
	if (w->systems != NULL)
		format_into(f->systems, sizeof(f->systems), "%s", w->systems);
	else
		own_system(&f->b, f->systems, sizeof(f->systems));
	format_into(f->features, sizeof(f->features), "%s", w->features != NULL ? w->features : "benchmark,big-parallel");
	f->jobs = w->jobs > 0 ? w->jobs : n > 0 ? n : 1;
	check_facts(f);
	encode(&f->b, f->host_key);
}

/* LIST as an array, each name with BEFORE and AFTER, and BETWEEN them. */
static void
print_list(const char *list, const char *before, const char *after, const char *between)
{
	size_t n;

	for (; *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		(void)printf("%s%.*s%s%s", before, (int)n, list, after, list[n] == ',' ? between : "");
	}
}

static void
member(const char *name, const char *value)
{
	(void)printf(",\"%s\":", name);
	wx_json_string(stdout, value);
}

static void
print_json(const struct facts *f)
{
	char known[PATH_MAX];

	format_into(known, sizeof(known), "%s/known_hosts", f->b.keys);
	(void)fputs("{\"name\":", stdout);
	wx_json_string(stdout, f->b.name);
	(void)printf(",\"uri\":\"ssh-ng://%s@%s\"", BUILDER_USER, f->b.host);
	member("host", f->b.host);
	(void)printf(",\"address\":\"127.0.0.1\",\"port\":%d,\"user\":\"%s\"", f->b.port, BUILDER_USER);
	(void)fputs(",\"systems\":[", stdout);
	print_list(f->systems, "\"", "\"", ",");
	(void)printf("],\"max_jobs\":%ld,\"features\":[", f->jobs);
	print_list(f->features, "\"", "\"", ",");
	(void)putchar(']');
	member("key", f->key);
	member("known_hosts", known);
	member("public_host_key_base64", f->host_key);
	(void)fputs("}\n", stdout);
}

static int
finish(void)
{
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	return WX_OK;
}

int
machine_run(const struct want *w)
{
	struct facts f;

	find_facts(w, &f);
	if (w->json) {
		print_json(&f);
		return finish();
	}
	/* Its fields are parted by blanks, and there are no quotes. */
	if (strpbrk(f.key, " \t#;") != NULL)
		errx(WX_FAIL, "cannot say '%s' in the list of machines: a blank, # or ; is in the path; set XDG_DATA_HOME "
		    "to another", f.key);
	(void)printf("ssh-ng://%s@%s %s %s %ld 1 %s - %s\n", BUILDER_USER, f.b.host, f.systems, f.key, f.jobs,
	    f.features, f.host_key);
	return finish();
}

/* S as a string of Nix. */
static void
print_nix(const char *s)
{
	(void)putchar('"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\' || (*s == '$' && s[1] == '{'))
			(void)putchar('\\');
		(void)putchar(*s);
	}
	(void)putchar('"');
}

/* TEXT, lines, as an indented string of Nix: '' and ${ are to be escaped in it. */
static void
print_indented(const char *text, const char *indent)
{
	const char *p = text;

	(void)fputs("''\n", stdout);
	for (; *p != '\0'; p++) {
		if (p == text || p[-1] == '\n')
			(void)printf("%s  ", indent);
		if (p[0] == '$' && p[1] == '{')
			(void)fputs("''", stdout);
		if (p[0] == '\'' && p[1] == '\'') {
			(void)fputs("'''", stdout);
			p++;
		} else {
			(void)putchar(*p);
		}
	}
	(void)printf("%s''", indent);
}

static void
print_module(const struct facts *f, bool darwin)
{
	char *block = sshconf_block(&f->b);

	(void)fputs("{\n  nix.distributedBuilds = true;\n  nix.settings.builders-use-substitutes = true;\n"
	    "  nix.buildMachines = [\n    {\n", stdout);
	(void)printf("      hostName = \"%s\";\n      protocol = \"ssh-ng\";\n      sshUser = \"%s\";\n      sshKey = ",
	    f->b.host, BUILDER_USER);
	print_nix(f->key);
	(void)fputs(";\n      systems = [ ", stdout);
	print_list(f->systems, "\"", "\"", " ");
	(void)printf(" ];\n      maxJobs = %ld;\n      speedFactor = 1;\n      supportedFeatures = [ ", f->jobs);
	print_list(f->features, "\"", "\"", " ");
	(void)printf(" ];\n      publicHostKey = \"%s\";\n    }\n  ];\n", f->host_key);
	if (darwin)
		(void)printf("  environment.etc.\"ssh/ssh_config.d/100-%s.conf\".text = ", f->b.host);
	else
		(void)fputs("  programs.ssh.extraConfig = ", stdout);
	print_indented(block, "  ");
	(void)fputs(";\n}\n", stdout);
	free(block);
}

/* A pure function of its operands: what root is told of a user's builder it checks, and then has us say it. */
int
block_run(const struct want *w)
{
	char *const *v = w->operands, *text;

	if (w->port == 0 || v[0] == NULL || v[1] == NULL || (v[2] != NULL && v[3] != NULL))
		errx(WX_USAGE, "block: -p, a key, a file of host keys, and perhaps a socket");
	text = xprintf("%s%s%s", "wrapix-builder", strcmp(w->name, DEFAULT_NAME) == 0 ? "" : "-",
	    strcmp(w->name, DEFAULT_NAME) == 0 ? "" : w->name);
	text = sshconf_block_of(text, w->port, v[0], v[1], v[2]);
	(void)fputs(text, stdout);
	free(text);
	return finish();
}

int
config_run(const struct want *w)
{
	enum form form = w->form;
	struct utsname u;
	struct facts f;
	char *block;

	find_facts(w, &f);
	if (w->json) {
		print_json(&f);
		return finish();
	}
	if (form == FORM_SYSTEM)
		form = uname(&u) == 0 && strcmp(u.sysname, "Darwin") == 0 ? FORM_DARWIN : FORM_NIXOS;
	if (form == FORM_SSH) {
		block = sshconf_block(&f.b);
		(void)fputs(block, stdout);
		free(block);
	} else {
		print_module(&f, form == FORM_DARWIN);
	}
	return finish();
}
