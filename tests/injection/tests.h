/* SPDX-License-Identifier: Apache-2.0
 *
 * The tests, in the files that are named here. Each takes a RunCase, but for the last.
 */
#ifndef TESTS_H
#define TESTS_H

#include <glib.h>

/* control.c: that the canary sings when data is run on purpose. */
void test_control (gconstpointer data);

/* fields.c: hostile text in every field arrives as it was sent; what XML can't carry
 * is refused, before anything runs. */
void test_fields (gconstpointer data);
void test_unfit (gconstpointer data);

/* names.c: of drivers and of hosts, and the words of oned.conf. */
void test_names (gconstpointer data);
void test_hosts (gconstpointer data);
void test_options (gconstpointer data);

/* long.c: a megabyte in each field. */
void test_long (gconstpointer data);

/* outputs.c: what scripts print. */
void test_outputs (gconstpointer data);
void test_deploy_id (gconstpointer data);

/* complete.c: each value that a recipe names comes from some captured request. */
void test_complete (void);

#endif
