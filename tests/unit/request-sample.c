/* SPDX-License-Identifier: Apache-2.0 */
#include "request-sample.h"

#include <string.h>

static RequestSample *
sample_of_line (const char *line, guint release, const char *arguments)
{
  RequestSample *sample = g_new0 (RequestSample, 1);
  const char *argv[] = { "one_vmm_exec", arguments, NULL };
  g_autoptr (GError) error = NULL;

  sample->config.var_dir = g_strdup ("/var");
  sample->config.remotes_dir = g_strdup ("/remotes");
  sample->config.host_dir = g_strdup ("/host");
  sample->config.live_disk_snapshots = g_strsplit ("kvm-qcow2 kvm-lvm_thin", " ", -1);
  sample->config.vnm_local_actions = g_strsplit ("elastic-post", " ", -1);
  sample->options = vmm_options_parse (2, (char **) argv, &error);
  g_assert_no_error (error);
  sample->message = vmm_message_parse (line, strlen (line));
  g_assert_cmpint (sample->message->kind, ==, VMM_MESSAGE_ACTION);
  sample->payload = vmm_payload_new (sample->message->base64, sample->message->base64_len, &error);
  g_assert_no_error (error);
  sample->request = (VmmRequest) {
    .config = &sample->config, .options = sample->options, .message = sample->message,
    .payload = sample->payload, .release_number = release, .release = vmm_release_find (release),
  };
  return sample;
}

RequestSample *
request_sample_new (const char *verb, const char *body, guint release, const char *arguments)
{
  g_autofree char *xml =
    g_strconcat ("<VMM_DRIVER_ACTION_DATA>", body, "</VMM_DRIVER_ACTION_DATA>", NULL);
  g_autofree char *base64 = g_base64_encode ((const guchar *) xml, strlen (xml));
  g_autofree char *line = g_strdup_printf ("%s 5 %s", verb, base64);

  return sample_of_line (line, release, arguments);
}

RequestSample *
request_sample_captured (const char *captures, const char *verb, guint release,
                         const char *arguments)
{
  g_autofree char *name = g_strconcat (verb, ".line", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "captures", captures, name, NULL);
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &line, NULL, &error);
  g_assert_no_error (error);
  return sample_of_line (g_strchomp (line), release, arguments);
}

void
request_sample_free (RequestSample *sample)
{
  g_free (sample->config.var_dir);
  g_free (sample->config.remotes_dir);
  g_free (sample->config.host_dir);
  g_strfreev (sample->config.live_disk_snapshots);
  g_strfreev (sample->config.vnm_local_actions);
  vmm_options_free (sample->options);
  vmm_message_free (sample->message);
  vmm_payload_free (sample->payload);
  g_free (sample);
}
