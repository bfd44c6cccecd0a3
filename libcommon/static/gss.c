/* SPDX-License-Identifier: MIT */
/*
 * What a static libssh asks of GSSAPI, for "make STATIC=1": Debian has no static
 * Kerberos. Nothing here is called unless somebody logs in by Kerberos, which then
 * fails. The types do not matter to the linker, nor do the arguments to what is
 * returned: GSS_S_FAILURE (RFC 2744).
 */
#include <stddef.h>
#include <stdint.h>

#define GSS_S_FAILURE (13U << 16)

#define STUB(name) \
	uint32_t name(void); \
	uint32_t name(void) { return GSS_S_FAILURE; }

extern void *GSS_C_NT_HOSTBASED_SERVICE, *GSS_C_NT_USER_NAME;
void *GSS_C_NT_HOSTBASED_SERVICE, *GSS_C_NT_USER_NAME;

STUB(gss_accept_sec_context)
STUB(gss_acquire_cred)
STUB(gss_add_oid_set_member)
STUB(gss_create_empty_oid_set)
STUB(gss_delete_sec_context)
STUB(gss_display_name)
STUB(gss_display_status)
STUB(gss_get_mic)
STUB(gss_import_name)
STUB(gss_indicate_mechs)
STUB(gss_init_sec_context)
STUB(gss_inquire_cred)
STUB(gss_inquire_cred_by_mech)
STUB(gss_release_buffer)
STUB(gss_release_cred)
STUB(gss_release_name)
STUB(gss_release_oid)
STUB(gss_release_oid_set)
STUB(gss_test_oid_set_member)
STUB(gss_verify_mic)
