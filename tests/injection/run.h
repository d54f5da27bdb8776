/* SPDX-License-Identifier: Apache-2.0
 *
 * One driver in a private tree with the scripts of one release, which is sent one
 * request after the other. Whatever is not as it should be ends the test, with
 * what was sent and what the driver said.
 */
#ifndef RUN_H
#define RUN_H

#include "../integration/release.h"
#include "../lib/rig.h"
#include "../ssh/sshlab.h"

/* What a test is given. */
typedef struct
{
  const char    *way;      /* "local", or the transport */
  const Release *release;
  SshLab        *lab;      /* not used when it is local */
} RunCase;

/* What stands in a field. */
typedef enum
{
  KEPT,    /* decides which scripts there are, and not by its text */
  TEXT,
  NAME,    /* of a driver: part of a path */
  PATH,    /* of the deployment file, which is read and written */
  COMMAND, /* words: a script's name, a driver, arguments */
} Kind;

typedef struct
{
  const RunCase *test;
  const Release *release;
  gboolean       local;
  Rig           *rig;
  GPtrArray     *scripts;    /* that the release has, below the remotes */
  GByteArray    *deployment; /* what each deployment file holds */

  char          *verb;             /* of the captured line under test */
  char          *head;             /* "VERB ID" */
  const char    *id;               /* in head */
  char          *captured;         /* its XML */
  char          *xml;              /* as it was last sent, or will be; may hold zero bytes */
  gsize          xml_len;
  GPtrArray     *values;           /* that were put into it, by number: request.h */
  GArray        *kinds;            /* of them */
  char          *plain;            /* the XML with plain words; calls.h, as is the next */
  GPtrArray     *template;         /* RigCalls with those words, or NULL */
} Run;

/* Starts the driver. End it with run_finish(). */
Run  run_start  (const RunCase *test);

/* Ends the driver. Fails when it had more to answer, or when the canary is there. */
void run_finish (Run *run);

/* The captured line of verb is the one under test. */
void run_load (Run *run, const char *verb);

/* What run_ask() will send; takes xml, which g_free() must be able to free. */
void run_set_xml (Run *run, char *xml, gsize len);

/* Sends it. The answer; each line until then must be one that oned understands.
 * Free with g_free(). */
char *run_ask (Run *run);

/* That the answer is RESULT ("SUCCESS"), and its information has these words. */
void run_check_answer (const Run *run, const char *answer, const char *result, const char *words);

/* Whether something that was data was run, here or on the host. Removes the canary. */
gboolean run_canary_is_there (const Run *run);

#define run_fail(run, ...) run_fail_at (run, __FILE__, __LINE__, __VA_ARGS__)

G_NORETURN void run_fail_at (const Run *run, const char *file, int line, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

#endif
