/* SPDX-License-Identifier: Apache-2.0
 *
 * What each action of oned runs, as one table, and what differs between the
 * releases of OpenNebula. This is the only file (with recipe.c) that knows a
 * release; see "Recipes" in one-vmm-protocol(7).
 */
#ifndef VMM_RECIPE_H
#define VMM_RECIPE_H

#include <glib.h>

/* Where a step's script lies and where it runs. */
typedef enum
{
  VMM_STEP_END, /* closes a list of steps */
  VMM_STEP_VMM, /* remotes/vmm/DRIVER/NAME on the host, or here with -l */
  VMM_STEP_VNM, /* remotes/vnm/VN_MAD/NAME on the host, once for each network driver */
  VMM_STEP_TM,  /* remotes/tm/TM_MAD/WORD on the front-end, from the words of TM_COMMAND */
  VMM_STEP_DS,  /* remotes/datastore/DS_MAD/NAME on the front-end */
} VmmStepKind;

/* What the script reads. */
typedef enum
{
  VMM_INPUT_DEFAULT,    /* vmm: the action's XML; vnm: as the release says; tm, ds: nothing */
  VMM_INPUT_NONE,
  VMM_INPUT_DEPLOYMENT, /* the deployment file */
  VMM_INPUT_VM,         /* the <VM> element */
  VMM_INPUT_VM_BASE64,  /* the same, base64 in one line */
  VMM_INPUT_DATASTORE,  /* the <DATASTORE> element */
  VMM_INPUT_DS_ACTION,  /* <DS_DRIVER_ACTION_DATA> with both */
} VmmStepInput;

typedef struct _VmmStep VmmStep;

struct _VmmStep
{
  VmmStepKind  kind;
  const char  *name;    /* the script; for tm the name in the log */
  const char  *args;    /* its own arguments: names of values (values.h), blank-separated */
  VmmStepInput input;

  const char  *when;    /* done only when this value is there and not empty */
  gboolean     at_destination; /* runs on MIGR_HOST rather than on HOST */
  gboolean     best_effort;    /* its failure is logged and no more */
  gboolean     bare;           /* without the VM's id and the host at the end */
  gboolean     with_vm_files;  /* vm.xml and ds.xml are written beside the deployment file */

  /* tm and ds: the words to run, with the first one changed. */
  const char  *command;    /* value: tm_command or tm_rollback */
  const char  *prefix;     /* "PRE": PREMIGRATE */
  const char  *suffix;     /* "_LIVE": SNAP_CREATE_LIVE */
  gboolean     each_line;  /* the command has several lines: a step for each */

  const VmmStep *undo;     /* done, best effort, when this step fails; ends with VMM_STEP_END */
};

/* Which of several recipes for one action applies. */
typedef enum
{
  VMM_IF_ALWAYS,
  VMM_IF_LIVE_SNAPSHOT,    /* the VMM-TM pair is in LIVE_DISK_SNAPSHOTS */
  VMM_IF_LIVE_OPTION,      /* the same, and -i was given */
  VMM_IF_SUSPEND_SNAPSHOT, /* -d suspend */
  VMM_IF_DETACH_SNAPSHOT,  /* -d detach */
  VMM_IF_VM_RUNS,          /* LCM_STATE says backup of a running VM */
} VmmCondition;

typedef struct
{
  const char   *verb;
  guint         from, to;      /* releases, both included: 502 is 5.2, 610 is 6.10 */
  VmmCondition  condition;
  const VmmStep *steps;        /* ends with VMM_STEP_END; NULL: refused, with this text: */
  const char   *refusal;
  const char   *info;          /* step whose information is the answer's; NULL: none */
  const char   *info_first;    /* value that stands before it, also on failure; or NULL */
} VmmRecipe;

/* How a release hands things to scripts, beyond the steps. */
typedef struct
{
  guint       from, to;          /* the releases that this holds for */
  const char *name;              /* for people: "5.12" */
  gboolean    message_net_drv;   /* network drivers are NET_DRV and MIGR_NET_DRV */
  gboolean    scripts_read;      /* vmm scripts get the action's XML */
  gboolean    local_deploy_reads; /* deploy gets the file when it runs here, too */
  guint       local_base64_columns; /* of the input of local vmm scripts; 0: one line */
  gboolean    local_without_newlines; /* the text loses its newlines before that */
  gboolean    vnm_reads;         /* the reduced <VM> is on standard input, else the first argument */
  const char *const *vnm_elements; /* what is copied into it */
  const char *const *nic_kinds;  /* TEMPLATE children that have a VN_MAD */
  gboolean    delegates;         /* -d lends hosts the SSH agent */
  gboolean    verb_sys;          /* tm "VERB.sys" falls back to "VERB" */
  gboolean    dotted_live;       /* "X.sys" becomes "X_LIVE.sys" */
  gboolean    thin_lvm;          /* fs_lvm_ssh with LVM_THIN_ENABLE=yes counts as lvm_thin */
} VmmRelease;

/* What in a request shows the release that wrote it. */
typedef struct
{
  const char *element;      /* this element (path below the root) is there, or NULL: */
  gboolean    double_blank; /* the line has two blanks after the action */
  guint       release;
} VmmEvidence;

/* To be tried in order, up to one without element and double_blank, which says
 * what a request that shows nothing is taken for. */
const VmmEvidence *vmm_release_evidence (void);

/* The next release, from the oldest on, that the table tells apart; 0 to begin
 * with, and 0 when there are no more. */
guint vmm_release_next (guint release);

/* The entry for release number (502, 704, ...); never NULL. */
const VmmRelease *vmm_release_find (guint number);

/* "5.12.0.4" or "5.12" to 512; 0 when it is none. */
guint vmm_release_parse (const char *text);

/* The n-th recipe of verb in a release, counted from 0; NULL when there is no such. */
const VmmRecipe *vmm_recipe_find (const char *verb, guint release, guint n);

/* Whether any release knows the action. */
gboolean vmm_recipe_knows (const char *verb);

/* "virtualization driver" and so on, as people search for it in VM logs. */
const char *vmm_step_kind_name (VmmStepKind kind);

/* The whole table, for tests and for those who print it. */
const VmmRecipe *vmm_recipe_table (gsize *n);

#endif
