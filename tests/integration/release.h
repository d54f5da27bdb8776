/* SPDX-License-Identifier: Apache-2.0
 *
 * What each release of OpenNebula expects of its captured requests, written
 * from the documentation and not from the driver.
 *
 * A call is one line: the script below the remotes, its arguments, and what it
 * reads: "vmm/kvm/save one-0 $V/x host01 0 host01 < action".
 *
 *   $V        /var/lib/one, as the request has it
 *   {a b}     one argument with blanks
 *   @message  the request's base64          @net   base64 of the reduced <VM>
 *   @dfile    the deployment file           @vm64  base64 of the <VM>
 *
 *   < nothing     < action      the action's XML (base64 when run locally)
 *   < deployment  the file      < deployment-there  the file, but nothing locally
 *   < net, < vm64 as above      < vm, < datastore   that element
 *   < ds-action   <DS_DRIVER_ACTION_DATA> with both
 */
#ifndef RELEASE_H
#define RELEASE_H

#include <glib.h>

typedef struct
{
  const char *verb;    /* the captured line's name */
  const char *answer;  /* what follows the verb */
  const char *steps;   /* that the log names: "tm:tm_context vnm:pre vmm:deploy" */
  const char *calls;   /* one per line */
} ReleaseCase;

/* When a call fails the action fails there and nothing more is run, except: */
typedef struct
{
  const char *verb;
  const char *failing; /* pattern of the script */
  const char *then;    /* the calls that undo it, or GO_ON */
} ReleaseFailure;

#define GO_ON "..." /* the action continues with the next step and succeeds */

typedef struct
{
  const char *captures;  /* directory below tests/captures */
  const char *name;      /* of the test */
  const char *arguments; /* of the driver */
  guint       base64_columns; /* of what local scripts read: 0 is one line */
  gboolean    without_newlines; /* and the text loses its newlines before */
  gboolean    writes_vm_files; /* vm.xml and ds.xml, at deploy */
  const ReleaseCase *cases;    /* ends with verb NULL */
  const ReleaseFailure *failures; /* likewise */
} Release;

extern const Release release_4_14, release_4_14_suspend, release_4_14_detach;
extern const Release release_5_2, release_5_12, release_7_4;

/* All of them, until NULL; those of 4.14 first. */
extern const Release *const releases[];

/* The text of a captured file ("deployment.0"). Free with g_free(). */
char *release_read (const Release *release, const char *name);

/* The XML of the captured line of verb; *head is what stands before it, "VERB ID".
 * Free both with g_free(). */
char *release_read_request (const Release *release, const char *verb, char **head);

#endif
