/* SPDX-License-Identifier: MIT */
#ifndef CHAIN_H
#define CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Of a record: bytes of the data at the most, and of a whole line with its newline. */
#define CHAIN_DATA 262144
#define CHAIN_LINE (CHAIN_DATA + 256)

#define CHAIN_HASH 65

/* A place in a chain: how many lines there are up to it, and the SHA-256 of the last, as lower-case hexadecimal digits. */
struct head {
	uint64_t count;
	char hash[CHAIN_HASH];
};

/* Set H to the place before the first line: 0, and a hash of zeros. */
void chain_begin(struct head *h);

/*
 * Make the line that follows H for DATA, LEN bytes of JSON, in OUT, CAP bytes: with its newline, and a NUL behind it.
 * H becomes its place. Returns the length, or 0 if it does not fit.
 */
size_t chain_make(struct head *h, const char *data, size_t len, char *out, size_t cap);

/*
 * Read LINE, LEN bytes without the newline and a NUL behind them, as one that chain_make made: its number to COUNT, and the hash of the line
 * before it to PREV. Returns false if it is none.
 */
bool chain_read(const char *line, size_t len, uint64_t *count, char prev[static CHAIN_HASH]);

/* Set H to the place of LINE, LEN bytes without the newline, which is number COUNT. */
void chain_at(struct head *h, uint64_t count, const char *line, size_t len);

/*
 * Read the chain FP from its first line to the end, or to line UPTO if that is not 0. H is the place that was reached.
 * Returns NULL, or in words what is wrong with the line after H.
 */
const char *chain_verify(FILE *fp, uint64_t upto, struct head *h);

#endif
