/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/compose.h"

#include <glib/gstdio.h>
#include <string.h>

#include "driver/era.h"

static void
set (VmmCompose *request, const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  vmm_compose_set (request, path, text, &error);
  g_assert_no_error (error);
}

/* The request as the driver sees it. */
static VmmPayload *
payload_of (VmmCompose *request, VmmMessage **message)
{
  g_autofree char *line = vmm_compose_line (request);
  g_autoptr (GError) error = NULL;
  VmmPayload *payload;

  *message = vmm_message_parse (line, strlen (line));
  g_assert_cmpint ((*message)->kind, ==, VMM_MESSAGE_ACTION);
  payload = vmm_payload_new ((*message)->base64, (*message)->base64_len, &error);
  g_assert_no_error (error);
  return payload;
}

static void
assert_text (VmmPayload *payload, const char *xpath, const char *want)
{
  g_autofree char *text = vmm_payload_text (payload, xpath);

  g_assert_cmpstr (text, ==, want);
}

/* What is written in the form of a release is taken for that release. */
static void
test_releases (void)
{
  static const struct
  {
    guint    release;
    gboolean double_blank;
    guint    shown;
  } cases[] = {
    { 414, FALSE, 414 }, { 502, FALSE, 504 }, { 512, FALSE, 512 },
    { 610, TRUE, 600 },  { 704, TRUE, 704 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (VmmCompose) request = vmm_compose_new ("REBOOT", cases[i].release);
      g_autoptr (VmmMessage) message = NULL;
      g_autoptr (VmmPayload) payload = NULL;

      set (request, "HOST", "host01");
      vmm_compose_complete (request, "kvm");
      payload = payload_of (request, &message);
      g_assert_cmpint (message->double_blank, ==, cases[i].double_blank);
      g_assert_cmpuint (vmm_era_of_request (message, payload), ==, cases[i].shown);
      assert_text (payload, "HOST", "host01");
      assert_text (payload, "DEPLOY_ID", "one-0");
    }
}

static void
test_text (void)
{
  static const char nasty[] = "a & <b> ']]>' \"c\"\n\té";
  g_autoptr (VmmCompose) request = vmm_compose_new ("POLL", 502);
  g_autoptr (VmmMessage) message = NULL;
  g_autoptr (VmmPayload) payload = NULL;

  set (request, "VM/ID", "1");
  set (request, "TM_COMMAND", nasty);
  set (request, "SECURITY_GROUP_ID", "4");
  set (request, "VM/TEMPLATE/DISK/TYPE", "CDROM");
  set (request, "VM/TEMPLATE/DISK/SOURCE", "/x");
  payload = payload_of (request, &message);
  assert_text (payload, "TM_COMMAND", nasty);
  assert_text (payload, "VM/TEMPLATE/DISK[TYPE='CDROM']/SOURCE", "/x");
  assert_text (payload, "VM/preceding-sibling::SECURITY_GROUP_ID", "4");
  g_assert_false (vmm_compose_set (request, "VM/../X", "", NULL));
  g_assert_false (vmm_compose_set (request, "", "", NULL));
}

static char *
write_file (const char *text)
{
  g_autoptr (GError) error = NULL;
  char *path = NULL;
  int fd = g_file_open_tmp ("test-compose-XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  return path;
}

static void
test_device (void)
{
  g_autofree char *vm = write_file (
    "<VM><ID>5</ID><TEMPLATE><DISK><DISK_ID>0</DISK_ID><TARGET>vda</TARGET></DISK>"
    "<DISK><DISK_ID>1</DISK_ID><TARGET>vdb</TARGET></DISK></TEMPLATE></VM>");
  g_autoptr (VmmCompose) request = vmm_compose_new ("RESIZEDISK", 704);
  g_autoptr (VmmCompose) other = vmm_compose_new ("ATTACHDISK", 704);
  g_autoptr (VmmMessage) message = NULL;
  g_autoptr (VmmPayload) payload = NULL;
  g_autoptr (VmmMessage) other_message = NULL;
  g_autoptr (VmmPayload) other_payload = NULL;
  g_autoptr (GError) error = NULL;

  vmm_compose_load (request, "VM", vm, &error);
  g_assert_no_error (error);
  vmm_compose_choose (request, "DISK_ID", "0");
  set (request, "DEVICE/SIZE", "300");
  vmm_compose_complete (request, "kvm");
  payload = payload_of (request, &message);
  g_assert_cmpstr (message->id, ==, "5");
  assert_text (payload, "VM/TEMPLATE/DISK[RESIZE='YES']/TARGET", "vda");
  assert_text (payload, "VM/TEMPLATE/DISK[TARGET='vda']/SIZE", "300");
  assert_text (payload, "VM/TEMPLATE/DISK[TARGET='vdb']/SIZE", NULL);

  vmm_compose_load (other, "VM", vm, &error);
  g_assert_no_error (error);
  vmm_compose_choose (other, "TARGET", "vdc");
  set (other, "DEVICE/TARGET", "vdc");

  other_payload = payload_of (other, &other_message);
  assert_text (other_payload, "VM/TEMPLATE/DISK[3][ATTACH='YES']/TARGET", "vdc");
  g_unlink (vm);
}

static void
test_broken_file (void)
{
  g_autofree char *broken = write_file ("<VM>\n  <ID>5</ID\n</VM>");
  g_autofree char *other = write_file ("<HOST/>");
  g_autoptr (VmmCompose) request = vmm_compose_new ("POLL", 704);
  g_autofree char *want = g_strdup_printf ("%s:3:1: ", broken);
  g_autoptr (GError) error = NULL;

  g_assert_false (vmm_compose_load (request, "VM", broken, &error));
  g_assert_true (g_str_has_prefix (error->message, want));
  g_clear_error (&error);
  g_assert_false (vmm_compose_load (request, "VM", other, &error));
  g_assert_nonnull (strstr (error->message, "<VM> expected, not <HOST>"));
  g_unlink (broken);
  g_unlink (other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compose/releases", test_releases);
  g_test_add_func ("/compose/text", test_text);
  g_test_add_func ("/compose/device", test_device);
  g_test_add_func ("/compose/broken-file", test_broken_file);
  return g_test_run ();
}
