/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUND, ESCAPE, DESIGNATE, CONTROL, STRING, STRING_ESCAPE, STRING_C1, C1 };

/* Private modes and what they are by default; the alternate screens come last, for what is set there
 * belongs to it. */
static const struct {
	unsigned short number;
	bool           on;
} modes[] = {
	{ 1, false }, { 5, false }, { 6, false }, { 7, true }, { 9, false }, { 25, true },
	{ 66, false }, { 69, false }, { 1000, false }, { 1001, false }, { 1002, false },
	{ 1003, false }, { 1004, false }, { 1005, false }, { 1006, false }, { 1015, false },
	{ 1016, false }, { 2004, false }, { 2026, false }, { 2027, false }, { 2031, false },
	{ 2048, false }, { 47, false }, { 1047, false }, { 1049, false },
};
#define NMODES (sizeof(modes) / sizeof(*modes))

/* What is no private mode, and what takes it back. */
enum { DOUBT, COLOUR, LOCKED, INSERT, NEWLINE, REGION, KEYPAD, CHARSET, SHIFT, CURSOR, OTHER_KEYS,
	PALETTE, NMARKS };
static const char *const undo[NMARKS] = {
	[DOUBT] = "\033\\", [COLOUR] = "\033[m", [LOCKED] = "\033[2l", [INSERT] = "\033[4l", [NEWLINE] = "\033[20l",
	[REGION] = "\0337\033[r\0338", [KEYPAD] = "\033>", [CHARSET] = "\033(B", [SHIFT] = "\017",
	[CURSOR] = "\033[0 q", [OTHER_KEYS] = "\033[>4m",
	[PALETTE] = "\033]104\033\\\033]110\033\\\033]111\033\\\033]112\033\\",
};

static void
mark(struct screen *s, int what, bool set)
{
	if (set)
		s->marks |= 1U << what;
	else
		s->marks &= ~(1U << what);
}

/* HOW: set, reset, or as they were once stored, which we do not know. */
static void
private_modes(struct screen *s, const char *p, char how)
{
	unsigned long number;
	char *end;
	size_t i;

	for (; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		number = strtoul(p, &end, 10);
		for (i = 0; i < NMODES; i++)
			if (modes[i].number == number && (how == 'r' || (how == 'h') != modes[i].on))
				s->modes |= 1U << i;
			else if (modes[i].number == number)
				s->modes &= ~(1U << i);
	}
}

static void
ansi_modes(struct screen *s, const char *p, bool set)
{
	unsigned long number;
	char *end;

	for (; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		number = strtoul(p, &end, 10);
		if (number == 2 || number == 4 || number == 20)
			mark(s, number == 2 ? LOCKED : number == 4 ? INSERT : NEWLINE, set);
	}
}

/* Do all parameters say: as by default? */
static bool
zero(const char *p)
{
	return p[strspn(p, "0;")] == '\0';
}

/* A control sequence has ended with FINAL. */
static void
control(struct screen *s, char final)
{
	const char *p = s->intro;

	s->intro[s->len] = '\0';
	if (final == 'm' && *p == '>')
		mark(s, OTHER_KEYS, strcmp(p, ">4;0") != 0 && strcmp(p, ">4") != 0 && strcmp(p, ">") != 0);
	else if (final == 'm' && (*p < '<' || *p > '?'))
		mark(s, COLOUR, !zero(p));
	else if ((final == 'h' || final == 'l' || final == 'r') && *p == '?')
		private_modes(s, p + 1, final);
	else if (final == 'h' || final == 'l')
		ansi_modes(s, p, final == 'h');
	else if (final == 'r' && (*p < '<' || *p > '?'))
		mark(s, REGION, *p != '\0');
	else if (final == 'u' && *p == '>' && s->keyboards < 8)
		s->keyboards++;
	else if (final == 'u' && *p == '<' && s->keyboards > 0)
		s->keyboards--;
	else if (final == 'u' && *p == '=' && s->keyboards == 0)
		s->keyboards = 1;
	else if (final == 'q' && s->len > 0 && p[s->len - 1] == ' ')
		mark(s, CURSOR, *p != ' ' && *p != '0');
}

/* What comes after ESC. */
static void
escape(struct screen *s, char c)
{
	s->len = 0;
	s->state = GROUND;
	if (c == '[')
		s->state = CONTROL;
	else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
		s->state = STRING;
	else if (c == '(')
		s->state = DESIGNATE;
	else if (c == '\033')
		s->state = ESCAPE;
	else if (c == '=' || c == '>')
		mark(s, KEYPAD, c == '=');
	else if (c == 'c')
		*s = (struct screen){ 0 };
	if (c == ']')
		s->intro[s->len++] = ']';
}

static void
in_control(struct screen *s, char c)
{
	if (c == '\033') {
		s->state = ESCAPE;
	} else if (c == '\030' || c == '\032') {
		s->state = GROUND;
	} else if (c >= 0x40 && c < 0x7f) {
		control(s, c);
		s->state = GROUND;
	} else if (c >= 0x20 && s->len < sizeof(s->intro) - 1) {
		s->intro[s->len++] = c;
	}
}

/* Of an operating system command: does it set a colour (4, 5, 10 to 19), or ask for one? */
static void
string_ends(struct screen *s)
{
	const char *value;

	s->intro[s->len] = '\0';
	s->state = GROUND;
	value = strncmp(s->intro, "]4;", 3) == 0 || strncmp(s->intro, "]5;", 3) == 0 ?
	    strchr(s->intro + 3, ';') : strncmp(s->intro, "]1", 2) == 0 && s->len > 3 ? s->intro + 3 : NULL;
	if (s->len > 0 && value != NULL && *value == ';' && value[1] != '?')
		mark(s, PALETTE, true);
}

/* ESC \ and BEL end it, for some terminals others do as well. */
static void
in_string(struct screen *s, char c)
{
	if (c == '\033') {
		s->state = STRING_ESCAPE;
	} else if (c == '\302') {
		s->state = STRING_C1;
	} else if (c == '\a' || c == '\030' || c == '\032') {
		mark(s, DOUBT, true);
		string_ends(s);
	} else if (s->len > 0 && s->len < sizeof(s->intro) - 1) {
		s->intro[s->len++] = c;
	}
}

static void
feed(struct screen *s, char c)
{
	switch (s->state) {
	case GROUND:
		if (c == '\033')
			s->state = ESCAPE;
		else if (c == '\016' || c == '\017')
			mark(s, SHIFT, c == '\016');
		else if (c == '\302')
			s->state = C1;
		break;
	case C1:   /* the same in UTF-8 as one character */
		s->state = GROUND;
		if ((unsigned char)c >= 0x80 && (unsigned char)c < 0xa0)
			escape(s, (char)(c - 0x40));
		else if (c == '\033')
			s->state = ESCAPE;
		break;
	case ESCAPE:
		escape(s, c);
		break;
	case DESIGNATE:
		mark(s, CHARSET, c != 'B');
		s->state = GROUND;
		break;
	case CONTROL:
		in_control(s, c);
		break;
	case STRING:
		in_string(s, c);
		break;
	case STRING_ESCAPE:
		string_ends(s);
		if (c != '\\')
			escape(s, c);
		break;
	case STRING_C1:
		s->state = STRING;
		if (c == '\234') {
			mark(s, DOUBT, true);
			string_ends(s);
		} else {
			in_string(s, c);
		}
		break;
	default:
		s->state = GROUND;
	}
}

static bool
of_interest(char c)
{
	return c == '\033' || c == '\016' || c == '\017' || c == '\302';
}

#define BLOCK 64   /* without a way out a compiler looks at many bytes at once */

static bool
any_of_interest(const char buf[static BLOCK])
{
	unsigned char any = 0;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		any |= (buf[i] == '\033') | (buf[i] == '\016') | (buf[i] == '\017') | (buf[i] == '\302');
	return any != 0;
}

/* What there is of plain text before that. */
static size_t
plain(const char *buf, size_t len)
{
	size_t i = 0;

	while (len - i >= BLOCK && !any_of_interest(buf + i))
		i += BLOCK;
	while (i < len && !of_interest(buf[i]))
		i++;
	return i;
}

void
screen_feed(struct screen *s, const char *buf, size_t len)
{
	size_t i = 0;

	while (i < len) {
		if (s->state == GROUND)
			i += plain(buf + i, len - i);
		if (i < len)
			feed(s, buf[i++]);
	}
}

size_t
screen_reset(struct screen *s, char buf[static SCREEN_RESET])
{
	char *p = buf;
	size_t i;

	/* A string that has not ended would swallow what we say; CAN ends all others. */
	if (s->state == STRING || s->state == STRING_ESCAPE || s->state == STRING_C1)
		p = stpcpy(p, "\033\\");
	else if (s->state != GROUND)
		p = stpcpy(p, "\030");
	if (s->keyboards > 0)
		p += snprintf(p, 16, "\033[<%uu", s->keyboards);
	for (i = 0; i < NMODES; i++)
		if (s->modes >> i & 1)
			p += snprintf(p, 16, "\033[?%u%c", (unsigned)modes[i].number, modes[i].on ? 'h' : 'l');
	/* After the way back from an alternate screen, which brings back the colour before it. */
	for (i = 0; i < NMARKS; i++)
		if (s->marks >> i & 1)
			p = stpcpy(p, undo[i]);
	*s = (struct screen){ 0 };
	return (size_t)(p - buf);
}
