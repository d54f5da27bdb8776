/* SPDX-License-Identifier: Apache-2.0
 *
 * Something on loopback that behaves as no sshd does: it says nothing, breaks
 * off, floods, or passes on what a real sshd says up to a point.
 */
#ifndef PEER_H
#define PEER_H

#include <glib.h>

typedef enum
{
  PEER_SILENT,       /* accepts and says nothing */
  PEER_CLOSES,       /* accepts and closes */
  PEER_BANNER,       /* says that it is an SSH server, and nothing more */
  PEER_BANNER_CLOSES,
  PEER_GARBAGE,      /* then bytes that are no SSH, and closes */
  PEER_FLOODS_TEXT,  /* lines without end instead of a banner */
  PEER_FLOODS_BYTES, /* a banner, then bytes without end */
  PEER_RELAY_BREAKS, /* passes on limit bytes of the real server, then closes */
  PEER_RELAY_STALLS, /* passes on limit bytes of the real server, then nothing */
} PeerMode;

typedef struct _Peer Peer;

/* server_port, limit: for the relays. */
Peer *peer_new  (PeerMode mode, int server_port, gsize limit);
void  peer_free (Peer *peer);
int   peer_port (const Peer *peer);

/* Bytes of the server that were passed on so far, all connections together. */
gsize peer_passed (Peer *peer);

#endif
