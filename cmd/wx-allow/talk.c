/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <cjson/cJSON.h>
#include <err.h>
#include <fcntl.h>
#include <termios.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "libcommon/utf8.h"

#define LINE_BYTES (4 << 20)

static FILE *from;

FILE *
talk_begin(int fd)
{
	FILE *to = fdopen(fd, "w");

	/* A stream for each direction: one for both would have to be told of each turn. */
	from = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 3), "r");
	if (from == NULL || to == NULL)
		err(WX_TEMP, "cannot allocate memory");
	return to;
}

/* The next line, without its end; NULL at the end. Valid until the next call. */
static char *
next_line(void)
{
	static char *line;
	static size_t cap;
	ssize_t n = getline(&line, &cap, from);

	if (n <= 0 || n > LINE_BYTES)
		return NULL;
	if (line[n - 1] == '\n')
		line[n - 1] = '\0';
	return line;
}

static _Noreturn void
gone(void)
{
	errx(WX_TEMP, "the run has ended");
}

static void
send_line(FILE *fp)
{
	(void)fputs("\n", fp);
	if (wx_flush(fp) == -1)
		gone();
}

static const char *
string(const cJSON *o, const char *name)
{
	const cJSON *s = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(s) ? s->valuestring : "";
}

static int
number(const cJSON *o, const char *name)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsNumber(n) ? n->valueint : 0;
}

/* The answer to what was asked; between them others may come, to who watches. */
static cJSON *
answer(void)
{
	const char *line;
	cJSON *o;

	while ((line = next_line()) != NULL) {
		o = cJSON_Parse(line);
		if (cJSON_GetObjectItemCaseSensitive(o, "ok") != NULL)
			return o;
		cJSON_Delete(o);
	}
	gone();
}

static bool
is_good(const cJSON *o)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "ok"));
}

bool
talk_change(FILE *fp, const char *op, const char *entry, long seconds)
{
	char why[512];
	cJSON *o;
	bool good;

	(void)fprintf(fp, "{\"op\":\"%s\",\"entry\":", op);
	wx_json_string(fp, entry);
	if (seconds > 0)
		(void)fprintf(fp, ",\"seconds\":%ld}", seconds);
	else
		(void)fputs(",\"seconds\":null}", fp);
	send_line(fp);
	o = answer();
	good = is_good(o);
	if (!good) {
		(void)snprintf(why, sizeof(why), "cannot %s '%.128s': %.300s", op, entry, string(o, "error"));
		warnx("%s", wx_utf8_clean(why));
	}
	cJSON_Delete(o);
	return good;
}

static void
print_entries(const cJSON *list, const char *word)
{
	const cJSON *e, *port, *seconds;
	bool first;

	cJSON_ArrayForEach(e, list) {
		(void)printf("%s %s", word, string(e, "host"));
		first = true;
		cJSON_ArrayForEach(port, cJSON_GetObjectItemCaseSensitive(e, "ports")) {
			(void)printf("%c%d", first ? ':' : ',', port->valueint);
			first = false;
		}
		seconds = cJSON_GetObjectItemCaseSensitive(e, "seconds");
		if (cJSON_IsNumber(seconds))
			(void)printf(" (for %d s)", seconds->valueint);
		else if (seconds != NULL)
			(void)printf(" (for the run)");
		(void)putchar('\n');
	}
}

void
talk_list(FILE *fp)
{
	cJSON *o;

	(void)fputs("{\"op\":\"list\"}", fp);
	send_line(fp);
	o = answer();
	print_entries(cJSON_GetObjectItemCaseSensitive(o, "allow"), "allow");
	print_entries(cJSON_GetObjectItemCaseSensitive(o, "deny"), "deny");
	cJSON_Delete(o);
}

void
talk_watch(FILE *fp)
{
	const char *line;

	(void)fputs("{\"op\":\"watch\"}", fp);
	send_line(fp);
	cJSON_Delete(answer());
	while ((line = next_line()) != NULL) {
		(void)puts(line);
		if (wx_flush(stdout) == -1)
			err(WX_FAIL, "cannot write to standard output");
	}
}

/* The host is of the characters of names, which wx-egress has made sure of; a name in another script is marked. */
static int
ask_person(const cJSON *o, FILE *tty)
{
	const char *host = string(o, "host");
	int key, c;

	/* What was typed before the question was there is no answer to it. */
	(void)tcflush(fileno(tty), TCIFLUSH);
	(void)fprintf(tty, "%s:%d%s wanted by this sandbox (%s). [a]llow 30 min, for the [r]un, [d]eny, d[e]ny for the run? ", host,
	    number(o, "port"), strncmp(host, "xn--", 4) == 0 || strstr(host, ".xn--") != NULL ? " (not ASCII)" : "", string(o, "via"));
	(void)fflush(tty);
	for (key = c = fgetc(tty); c != '\n' && c != EOF; c = fgetc(tty))
		;
	return c == EOF ? EOF : key;
}

static void
put_question(FILE *fp, const cJSON *o, FILE *tty)
{
	char entry[300];
	int key = ask_person(o, tty), ask = number(o, "ask");

	if (key == EOF)
		exit(WX_OK);
	(void)fprintf(fp, "{\"op\":\"answer\",\"ask\":%d,\"verdict\":\"%s\",\"seconds\":%s}", ask, key == 'a' || key == 'r' ? "allow" : "deny",
	    key == 'a' ? "1800" : "null");
	send_line(fp);
	if (key != 'e')
		return;
	(void)snprintf(entry, sizeof(entry), strchr(string(o, "host"), ':') != NULL ? "[%s]:%d" : "%s:%d", string(o, "host"), number(o, "port"));
	(void)talk_change(fp, "deny", entry, 0);
}

void
talk_questions(FILE *fp, FILE *tty)
{
	const char *line;
	cJSON *o;

	(void)fputs("{\"op\":\"watch\",\"answers\":true}", fp);
	send_line(fp);
	cJSON_Delete(answer());
	while ((line = next_line()) != NULL) {
		o = cJSON_Parse(line);
		if (cJSON_GetObjectItemCaseSensitive(o, "ask") != NULL)
			put_question(fp, o, tty);
		else if (cJSON_GetObjectItemCaseSensitive(o, "ok") != NULL && !is_good(o))
			warnx("the answer was not taken: %s", string(o, "error"));
		cJSON_Delete(o);
	}
}

void
talk_raw(FILE *fp)
{
	static char *line;
	static size_t cap;
	const char *reply;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		if (fwrite(line, 1, (size_t)n, fp) != (size_t)n)
			gone();
		if (line[n - 1] != '\n')
			(void)fputc('\n', fp);
		if (wx_flush(fp) == -1)
			gone();
		reply = next_line();
		if (reply != NULL)
			(void)puts(reply);
		else
			gone();
		if (wx_flush(stdout) == -1)
			err(WX_FAIL, "cannot write to standard output");
	}
}
