/* SPDX-License-Identifier: MIT */
#include "want.h"

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

/*
 * The title that JOB gets: TITLE, or the key's comment, or its fingerprint. NULL,
 * or why the comment is none.
 */
static const char *
set_title(struct input *in, const char *title, struct job *job)
{
	char print[WX_FINGERPRINT];

	job->title = title;
	if (title != NULL)
		return NULL;
	job->title = in->title;
	if (job->key.comment_len == 0) {
		wx_pubkey_fingerprint(&job->key, print);
		(void)snprintf(in->title, sizeof(in->title), "%s", print);
		return NULL;
	}
	if (job->key.comment_len > TITLE_LEN)
		return "the key's comment is too long for a title: give one";
	(void)snprintf(in->title, sizeof(in->title), "%.*s", (int)job->key.comment_len, job->key.comment);
	return forge_title_fault(in->title) == NULL ? NULL :
	    "the key's comment is no title, not one line of printable UTF-8: give one";
}

void
input_key(struct input *in, enum verb verb, const char *title, struct job *job)
{
	enum wx_pubkey_status status;
	const char *why;
	ssize_t n;

	n = wx_read_all(STDIN_FILENO, in->line, INPUT_LINE);
	if (n == -1 && errno != EMSGSIZE)
		err(WX_FAIL, "cannot read standard input");
	if (n == -1) {
		wx_wipe(in->line, sizeof(in->line));
		errx(WX_FAIL, "refusing standard input: it is too long for a public key (over %d bytes)", INPUT_LINE);
	}
	in->len = (size_t)n;
	status = wx_pubkey_parse(in->line, in->len, &job->key);
	why = status != WX_PUBKEY_OK ? wx_pubkey_error(status) : verb == VERB_ADD ? set_title(in, title, job) : NULL;
	if (why == NULL)
		return;
	wx_wipe(in->line, sizeof(in->line));
	errx(WX_FAIL, "refusing standard input: %s", why);
}

bool
input_line(FILE *fp, struct input *in)
{
	int c;

	in->len = 0;
	/* One byte more than a line may have shows that it is too long; the rest is read past. */
	while ((c = getc(fp)) != EOF && c != '\n')
		if (in->len <= INPUT_LINE)
			in->line[in->len++] = (char)c;
	if (ferror(fp))
		err(WX_FAIL, "cannot read standard input");
	if (c == EOF && in->len == 0)
		return false;
	if (in->len > 0 && in->len <= INPUT_LINE && in->line[in->len - 1] == '\r')
		in->len--;
	if (in->len <= INPUT_LINE)
		in->line[in->len] = '\0';
	return true;
}

static const char *
split(struct input *in, const struct forge *forge, enum verb verb, struct job *job)
{
	char *title, *key = NULL;
	enum wx_pubkey_status status;
	const char *why;

	title = strchr(in->line, '\t');
	if (title != NULL) {
		*title++ = '\0';
		key = strchr(title, '\t');
	}
	if (key != NULL)
		*key++ = '\0';
	why = forge->repo_fault(in->line);
	if (why != NULL)
		return why;
	job->repo = in->line;
	if (verb == VERB_LIST)
		return NULL;
	if (key == NULL)
		return "not REPO, TITLE and KEY with a tab between each";
	status = wx_pubkey_parse(key, strlen(key), &job->key);
	if (status != WX_PUBKEY_OK)
		return wx_pubkey_error(status);
	if (verb != VERB_ADD)
		return NULL;
	if (*title != '\0' && forge_title_fault(title) != NULL)
		return forge_title_fault(title);
	return set_title(in, *title != '\0' ? title : NULL, job);
}

const char *
input_job(struct input *in, const struct forge *forge, enum verb verb, struct job *job)
{
	const char *why;

	*job = (struct job){ 0 };
	if (in->len > INPUT_LINE)
		why = "it is too long";
	else if (strlen(in->line) != in->len)
		why = "it holds a NUL";
	else
		why = split(in, forge, verb, job);
	if (why != NULL)
		wx_wipe(in->line, sizeof(in->line));
	return why;
}
