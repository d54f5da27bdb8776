/* SPDX-License-Identifier: Apache-2.0
 *
 * What the scripts of a fault run do: the number of the VM modulo BEHAVIOURS.
 */
#ifndef FAULTS_SCRIPT_H
#define FAULTS_SCRIPT_H

enum behaviour
{
  SUCCEEDS,
  FAILS,
  IS_SLOW,
  FLOODS, /* writes two megabytes, and succeeds */
  DIES,   /* of a signal */
  FORKS,  /* leaves children behind that hold its outputs, and succeeds */
  HANGS,  /* with children; half of them don't end at TERM */
  IS_BAD, /* the request itself can't be read, so there is no script */
  BEHAVIOURS
};

#endif
