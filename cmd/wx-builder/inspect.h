/* SPDX-License-Identifier: MIT */
#ifndef INSPECT_H
#define INSPECT_H

#include "engine.h"

/*
 * What the JSON of "podman container inspect", or of Apple's "container inspect", says
 * of the container of the builder NAME, into L. False if it is not what is expected.
 */
bool inspect_podman(const char *json, const char *name, struct look *l);
bool inspect_apple(const char *json, const char *name, struct look *l);

/* "podman image inspect". */
bool inspect_image(const char *json, struct image_look *i);

/* The connection NAME of "podman system connection list"; false if it is not there. */
bool inspect_connection(const char *json, const char *name, char *uri, size_t uri_cap,
    char *identity, size_t identity_cap);

/* "podman info". */
bool inspect_host(const char *json, struct host_look *h);

#endif
