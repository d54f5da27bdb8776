/* SPDX-License-Identifier: Apache-2.0
 *
 * libssh2, loaded when the first host is called. It brings 3 MB of cryptography
 * along, which a driver that runs everything locally, or is idle since its
 * start, does without; and it starts in less than half the time.
 *
 * Include this instead of <libssh2.h>; the names are the same.
 */
#ifndef VMM_SSH_SSH2_H
#define VMM_SSH_SSH2_H

#include <glib.h>
#include <libssh2.h>

#define VMM_SSH2_FUNCTIONS(X) \
  X (channel_eof) \
  X (channel_free) \
  X (channel_get_exit_signal) \
  X (channel_get_exit_status) \
  X (channel_open_ex) \
  X (channel_process_startup) \
  X (channel_read_ex) \
  X (channel_send_eof) \
  X (channel_wait_closed) \
  X (channel_write_ex) \
  X (free) \
  X (init) \
  X (poll_channel_read) \
  X (session_block_directions) \
  X (session_callback_set) \
  X (session_disconnect_ex) \
  X (session_free) \
  X (session_handshake) \
  X (session_hostkey) \
  X (session_init_ex) \
  X (session_last_errno) \
  X (session_last_error) \
  X (session_method_pref) \
  X (session_set_blocking) \
  X (userauth_publickey) \
  X (userauth_publickey_fromfile_ex) \
  X (version)

typedef struct
{
#define VMM_SSH2_MEMBER(name) __typeof__ (&libssh2_##name) name;
  VMM_SSH2_FUNCTIONS (VMM_SSH2_MEMBER)
#undef VMM_SSH2_MEMBER
} VmmSsh2;

/* Valid once vmm_ssh2_load() has said so. */
extern VmmSsh2 vmm_ssh2;

/* Loads and initialises the library, once. FALSE with an error (BEYOND: the
 * OpenSSH client will do) when there is none. May be called from any thread. */
gboolean vmm_ssh2_load (GError **error);

#define libssh2_channel_eof (vmm_ssh2.channel_eof)
#define libssh2_channel_free (vmm_ssh2.channel_free)
#define libssh2_channel_get_exit_signal (vmm_ssh2.channel_get_exit_signal)
#define libssh2_channel_get_exit_status (vmm_ssh2.channel_get_exit_status)
#define libssh2_channel_open_ex (vmm_ssh2.channel_open_ex)
#define libssh2_channel_process_startup (vmm_ssh2.channel_process_startup)
#define libssh2_channel_read_ex (vmm_ssh2.channel_read_ex)
#define libssh2_channel_send_eof (vmm_ssh2.channel_send_eof)
#define libssh2_channel_wait_closed (vmm_ssh2.channel_wait_closed)
#define libssh2_channel_write_ex (vmm_ssh2.channel_write_ex)
#define libssh2_free (vmm_ssh2.free)
#define libssh2_init (vmm_ssh2.init)
#define libssh2_poll_channel_read (vmm_ssh2.poll_channel_read)
#define libssh2_session_block_directions (vmm_ssh2.session_block_directions)
#define libssh2_session_callback_set (vmm_ssh2.session_callback_set)
#define libssh2_session_disconnect_ex (vmm_ssh2.session_disconnect_ex)
#define libssh2_session_free (vmm_ssh2.session_free)
#define libssh2_session_handshake (vmm_ssh2.session_handshake)
#define libssh2_session_hostkey (vmm_ssh2.session_hostkey)
#define libssh2_session_init_ex (vmm_ssh2.session_init_ex)
#define libssh2_session_last_errno (vmm_ssh2.session_last_errno)
#define libssh2_session_last_error (vmm_ssh2.session_last_error)
#define libssh2_session_method_pref (vmm_ssh2.session_method_pref)
#define libssh2_session_set_blocking (vmm_ssh2.session_set_blocking)
#define libssh2_userauth_publickey (vmm_ssh2.userauth_publickey)
#define libssh2_userauth_publickey_fromfile_ex (vmm_ssh2.userauth_publickey_fromfile_ex)
#define libssh2_version (vmm_ssh2.version)

#endif
