/* SPDX-License-Identifier: Apache-2.0
 *
 * xpath: values out of an XML document, for action scripts. See one-vmm-xpath(1).
 */
#include "config.h"

#include <getopt.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"
#include "tools/input.h"
#include "tools/release.h"
#include "tools/xquery.h"

#define INPUT_MAX  (64 * 1024 * 1024)
#define OUTPUT_MAX (64 * 1024 * 1024)

/* The status that scripts know for options that make no sense. */
#define EXIT_USAGE 255

#define USAGE \
  "Usage: xpath [-s] [-b BASE64] [-t] XPATH...\n" \
  "Prints the text of the first match of each XPATH, and a NUL after each.\n\n" \
  "  -s, --stdin          read the XML from standard input (the default)\n" \
  "  -b, --base64=TEXT    take the XML, in base64, from TEXT; of -s and -b the last counts\n" \
  "  -t, --subtree        print matching elements as XML\n" \
  "      --release=X.Y.Z  behave as in this release of OpenNebula\n" \
  "      --help, --version\n\n" \
  "An XPATH that begins with %m% gives the texts of all matches, separated by blanks.\n"

typedef struct
{
  const char *base64;  /* the document; NULL: it is on standard input */
  const char *release; /* NULL: to be found out */
  gboolean subtree;
  char **paths;        /* the rest of argv */
} Options;

static void
parse_options (int argc, char **argv, Options *options)
{
  enum { OPT_HELP = 256, OPT_VERSION, OPT_RELEASE };
  static const struct option known[] = {
    { "stdin", no_argument, NULL, 's' },
    { "base64", required_argument, NULL, 'b' },
    { "subtree", no_argument, NULL, 't' },
    { "release", required_argument, NULL, OPT_RELEASE },
    { "help", no_argument, NULL, OPT_HELP },
    { "version", no_argument, NULL, OPT_VERSION },
    { NULL, 0, NULL, 0 },
  };
  int c;

  while ((c = getopt_long (argc, argv, "sb:t", known, NULL)) != -1)
    switch (c)
      {
      case 's':
        options->base64 = NULL;
        break;
      case 'b':
        options->base64 = optarg;
        break;
      case 't':
        options->subtree = TRUE;
        break;
      case OPT_RELEASE:
        options->release = optarg;
        break;
      case OPT_HELP:
        fputs (USAGE, stdout);
        exit (EXIT_SUCCESS);
      case OPT_VERSION:
        puts ("xpath (one-vmm) " PACKAGE_VERSION);
        exit (EXIT_SUCCESS);
      default:
        exit (EXIT_USAGE);
      }
  options->paths = argv + optind;
}

static VmmXquery *
read_document (const Options *options, GError **error)
{
  gsize len = 0;
  g_autofree char *xml = options->base64 != NULL
                             ? vmm_input_decode_base64 (options->base64, &len)
                             : vmm_input_read (STDIN_FILENO, INPUT_MAX, &len, error);

  return xml != NULL ? vmm_xquery_new (xml, len, error) : NULL;
}

/* Collects all answers, so that a failure leaves standard output empty. */
static gboolean
answer (const Options *options, GString *out, guint *misses, GError **error)
{
  g_autoptr (VmmXquery) document = read_document (options, error);

  if (document == NULL)
    return FALSE;
  for (char **path = options->paths; *path != NULL; path++)
    {
      gboolean found = FALSE;

      if (!vmm_xquery_append (document, *path, options->subtree, out, &found, error))
        return FALSE;
      g_string_append_c (out, '\0');
      if (!found)
        (*misses)++;
      if (out->len > OUTPUT_MAX)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG, "more than %d bytes of answers",
                       OUTPUT_MAX);
          return FALSE;
        }
    }
  return TRUE;
}

/* Up to 7.0.0 a newline ends the output and all is well; later there is none, and the status
 * says how many elements were missing. */
static gboolean
counts_misses (const Options *options)
{
  g_autofree char *program = NULL;
  g_autofree char *release = NULL;

  if (options->release != NULL)
    return vmm_release_is_after (options->release, 7, 0, 0);
  program = g_file_read_link ("/proc/self/exe", NULL);
  release = vmm_release_find (program != NULL ? program : "");
  return vmm_release_is_after (release, 7, 0, 0);
}

int
main (int argc, char **argv)
{
  Options options = { 0 };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean counting;
  guint misses = 0;

  parse_options (argc, argv, &options);
  xmlInitParser ();
  if (!answer (&options, out, &misses, &error))
    {
      fprintf (stderr, "xpath: %s\n", error->message);
      return EXIT_FAILURE;
    }

  counting = counts_misses (&options);
  if (!counting)
    g_string_append_c (out, '\n');
  if (fwrite (out->str, 1, out->len, stdout) != out->len || fflush (stdout) != 0)
    {
      perror ("xpath: standard output");
      return EXIT_FAILURE;
    }
  return counting ? (int) MIN (misses, 255) : EXIT_SUCCESS;
}
