/* SPDX-License-Identifier: MIT */
#ifndef WX_KNOWNHOSTS_H
#define WX_KNOWNHOSTS_H

/*
 * The SSH host keys of github.com, as GitHub publishes them (docs.github.com,
 * "GitHub's SSH key fingerprints"); the RSA key before 2023-03-24 is revoked. Then those of gitlab.com
 * (docs.gitlab.com, "GitLab.com settings"), codeberg.org (docs.codeberg.org, "Verifying you're connected to Codeberg")
 * and bitbucket.org (bitbucket.org/site/ssh).
 */
extern const char wx_known_hosts[];

#endif
