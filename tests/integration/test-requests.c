/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that are wrong, and requests whose data would like to be commands:
 * one clear answer each, and nothing else happens.
 */
#include <string.h>

#include "../lib/rig.h"

#define XML(body) "<VMM_DRIVER_ACTION_DATA>" body "</VMM_DRIVER_ACTION_DATA>"
#define NIC "<NIC><VN_MAD>dummy</VN_MAD><BRIDGE>br0</BRIDGE><TARGET>t0</TARGET>"

static const char *const scripts[] = {
  "vmm/kvm/poll", "vmm/kvm/deploy", "vmm/kvm/cancel", "vmm/kvm/attach_nic", "vmm/kvm/detach_nic",
  "vmm/kvm/attach_disk", "vmm/kvm/snapshot_revert", "vmm/kvm/prereconfigure", "vmm/kvm/save",
  "vmm/kvm/reconfigure", "vnm/dummy/pre", "vnm/dummy/post", "vnm/dummy/clean",
  "vnm/dummy/update_sg", "tm/qcow2/clone", "tm/qcow2/delete",
};

static Rig *
start (const char *arguments)
{
  Rig *rig = rig_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    rig_stub (rig, scripts[i]);
  rig_start_init (rig, arguments);
  return rig;
}

/* ---- what is missing ---- */

typedef struct
{
  const char *name;
  const char *verb;
  const char *xml;
  const char *reason; /* part of it */
} Incomplete;

static const Incomplete incomplete[] = {
  { "XML that ends too early", "POLL", "<VMM_DRIVER_ACTION_DATA><HOST>h</HOST><DEPLOY", "XML" },
  { "not XML at all", "POLL", "hello", "XML" },
  { "nothing", "POLL", "", "" },
  { "another root element", "POLL", "<VM><HOST>h</HOST></VM>", "VMM_DRIVER_ACTION_DATA" },
  { "a document type", "POLL",
    "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>"
    XML ("<HOST>h</HOST><DEPLOY_ID>&b;</DEPLOY_ID>"), "document type" },
  { "an entity that nobody declared", "POLL", XML ("<HOST>h</HOST><DEPLOY_ID>&b;</DEPLOY_ID>"),
    "XML" },
  { "no HOST", "POLL", XML ("<DEPLOY_ID>one-1</DEPLOY_ID>"), "HOST" },
  { "empty HOST", "POLL", XML ("<HOST/><DEPLOY_ID>one-1</DEPLOY_ID>"), "HOST" },
  { "no DEPLOY_ID", "POLL", XML ("<HOST>h</HOST>"), "DEPLOY_ID" },
  { "no VM", "SAVE",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><CHECKPOINT_FILE>c</CHECKPOINT_FILE>"), "VM" },
  { "no checkpoint file", "SAVE", XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><VM/>"),
    "CHECKPOINT_FILE" },
  { "no rollback command", "ATTACHDISK",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><TM_COMMAND>CLONE qcow2 a b</TM_COMMAND>"
         "<TM_COMMAND_ROLLBACK/><DISK_TARGET_PATH>/d</DISK_TARGET_PATH>"
         "<VM><TEMPLATE><DISK><ATTACH>YES</ATTACH><TARGET>vda</TARGET></DISK></TEMPLATE></VM>"),
    "TM_COMMAND_ROLLBACK" },
  { "no disk that is being attached", "ATTACHDISK",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><TM_COMMAND>CLONE qcow2 a b</TM_COMMAND>"
         "<TM_COMMAND_ROLLBACK>DELETE qcow2 a</TM_COMMAND_ROLLBACK>"
         "<DISK_TARGET_PATH>/d</DISK_TARGET_PATH><VM/>"),
    "DISK[ATTACH='YES']" },
  { "deployment file that is not there", "DEPLOY",
    XML ("<HOST>h</HOST><LOCAL_DEPLOYMENT_FILE>/nonexistent/d</LOCAL_DEPLOYMENT_FILE>"
         "<REMOTE_DEPLOYMENT_FILE>/r</REMOTE_DEPLOYMENT_FILE><VM/>"),
    "/nonexistent/d" },
  { "no deployment file named", "DEPLOY",
    XML ("<HOST>h</HOST><REMOTE_DEPLOYMENT_FILE>/r</REMOTE_DEPLOYMENT_FILE><VM/>"),
    "DEPLOYMENT_FILE" },
  { "no active snapshot", "SNAPSHOTREVERT",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><VM><TEMPLATE><SNAPSHOT>"
         "<HYPERVISOR_ID>snap-1</HYPERVISOR_ID></SNAPSHOT></TEMPLATE></VM>"),
    "SNAPSHOT[ACTIVE='YES']" },
  { "no security group id", "UPDATESG",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><VM/>"), "SECURITY_GROUP_ID" },
  { "ATTACHNIC without MAC", "ATTACHNIC",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><VM><TEMPLATE>" NIC
         "<ATTACH>YES</ATTACH></NIC></TEMPLATE></VM>"), "MAC" },
  { "DETACHNIC without MAC", "DETACHNIC",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><VM><TEMPLATE>" NIC
         "<ATTACH>YES</ATTACH></NIC></TEMPLATE></VM>"), "MAC" },
  { "DISKSNAPSHOTCREATE for an image that can't be live", "DISKSNAPSHOTCREATE",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><TM_COMMAND>SNAP_CREATE lvm a</TM_COMMAND>"
         "<VM><TEMPLATE><DISK><DISK_SNAPSHOT_ACTIVE>YES</DISK_SNAPSHOT_ACTIVE>"
         "<TM_MAD>lvm</TM_MAD></DISK></TEMPLATE></VM>"),
    "Cannot perform a live DISKSNAPSHOTCREATE operation" },
  { "a network driver that is a path", "SHUTDOWN",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><VM><TEMPLATE><NIC><VN_MAD>../../../bin</VN_MAD>"
         "</NIC></TEMPLATE></VM>"), "network driver" },
  { "a transfer manager command without a driver", "DETACHDISK",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><TM_COMMAND>DELETE</TM_COMMAND>"
         "<DISK_TARGET_PATH>/d</DISK_TARGET_PATH>"
         "<VM><TEMPLATE><DISK><ATTACH>YES</ATTACH><TARGET>vda</TARGET></DISK></TEMPLATE></VM>"),
    "names no driver" },
  { "a transfer manager that is a path", "DETACHDISK",
    XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><TM_COMMAND>DELETE ../.. x</TM_COMMAND>"
         "<DISK_TARGET_PATH>/d</DISK_TARGET_PATH>"
         "<VM><TEMPLATE><DISK><ATTACH>YES</ATTACH><TARGET>vda</TARGET></DISK></TEMPLATE></VM>"),
    "not the name of a driver" },
};

static void
assert_failure (Rig *rig, const char *name, const char *line, const char *verb, const char *id,
                const char *reason)
{
  g_autofree char *begin = g_strdup_printf ("%s FAILURE %s ", verb, id);
  g_autofree char *answer = NULL;
  const char *text;

  rig_send (rig, line);
  answer = rig_result (rig);
  text = answer + strlen (begin);
  if (!g_str_has_prefix (answer, begin) || strstr (text, reason) == NULL || *text == '\0'
      || *text == '-')
    g_error ("%s: answered '%s'", name, answer);
}

/* One thread and one host: a slot or a host that is not given back stops the next one. */
static void
test_incomplete (void)
{
  g_autoptr (Rig) rig = start ("--all-local -t 1 kvm");

  for (gsize i = 0; i < G_N_ELEMENTS (incomplete); i++)
    {
      g_autofree char *line = rig_request (incomplete[i].verb, "7", incomplete[i].xml);
      g_autofree char *poll = rig_poll_request ("8", "h", "one-8");

      assert_failure (rig, incomplete[i].name, line, incomplete[i].verb, "7",
                      incomplete[i].reason);
      rig_send (rig, poll);
      rig_expect (rig, "POLL SUCCESS 8 -");
    }
  {
    g_autoptr (GPtrArray) calls = rig_calls (rig);

    /* An incomplete request fails before anything has run. */
    g_assert_cmpint (calls->len, ==, G_N_ELEMENTS (incomplete));
  }
  rig_finish (rig);
}

static void
test_bad_base64 (void)
{
  g_autoptr (Rig) rig = start ("--all-local -t 1 kvm");

  assert_failure (rig, "no base64", "POLL 3 ****", "POLL", "3", "base64");
  assert_failure (rig, "cut", "POLL 3 PFZN1", "POLL", "3", "base64");
  assert_failure (rig, "padding inside", "POLL 3 PF==PF==", "POLL", "3", "base64");
  rig_finish (rig);
}

static void
test_cleanup_without_command (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");
  g_autofree char *line =
    rig_request ("CLEANUP", "4", XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><TM_COMMAND/>"
                                      "<VM><TEMPLATE>" NIC "</NIC></TEMPLATE></VM>"));

  rig_send (rig, line);
  rig_expect (rig, "CLEANUP SUCCESS 4 ");
  {
    g_autoptr (GPtrArray) calls = rig_calls (rig);

    g_assert_cmpint (calls->len, ==, 2);
    g_assert_cmpstr (((RigCall *) g_ptr_array_index (calls, 0))->script, ==, "vmm/kvm/cancel");
    g_assert_cmpstr (((RigCall *) g_ptr_array_index (calls, 1))->script, ==, "vnm/dummy/clean");
  }
  rig_finish (rig);
}

/* ---- lines ---- */

static void
test_lines (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");
  g_autofree char *poll = rig_poll_request ("8", "h", "one-8");
  g_autofree char *lower = g_ascii_strdown (poll, 4);
  g_autofree char *mixed = g_strconcat (lower, poll + 4, NULL);
  g_autofree char *log = NULL;
  g_autofree char *no_id = NULL;

  assert_failure (rig, "unknown verb", "FROBNICATE 12 AAAA", "FROBNICATE", "12", "FROBNICATE");
  assert_failure (rig, "two words", "POLL 12", "POLL", "12", "three words");
  assert_failure (rig, "four words", "POLL 12 AAAA AAAA", "POLL", "12", "three words");

  rig_send (rig, "POLL");
  no_id = rig_line (rig);
  g_assert_true (g_str_has_prefix (no_id, "LOG E -1 "));
  rig_send (rig, "POLL one-5;reboot AAAA");
  log = rig_line (rig);
  g_assert_true (g_str_has_prefix (log, "LOG E -1 "));
  g_assert_null (strstr (log, "one-5"));

  rig_send (rig, "");
  rig_send (rig, "   ");
  rig_send (rig, mixed);
  rig_expect (rig, "POLL SUCCESS 8 -");
  rig_finish (rig);
}

/* Whatever stands in a verb can't become a line of ours. */
static void
test_odd_verb (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");
  g_autofree char *answer = NULL;

  rig_send_bytes (rig, "A\x01\xff;$(x)\r 3 AAAA\n", 17);
  answer = rig_result (rig);
  g_assert_true (g_str_has_prefix (answer, "A____"));
  g_assert_nonnull (strstr (answer, " FAILURE 3 "));
  rig_finish (rig);
}

static void
test_huge_line (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");
  g_autofree char *poll = rig_poll_request ("8", "h", "one-8");
  gsize len = 20 * 1024 * 1024;
  g_autofree char *data = g_malloc (len);

  memset (data, 'A', len);
  memcpy (data, "POLL 77 ", 8);
  data[len - 1] = '\n';
  rig_send_bytes (rig, data, len);
  g_free (rig_line_with (rig, "POLL FAILURE 77 "));
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 8 -");

  /* Without any id either. */
  memset (data, 'B', 8);
  rig_send_bytes (rig, data, len);
  g_free (rig_line_with (rig, "LOG E -1 "));
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 8 -");
  rig_finish (rig);
}

/* A whole VM of a megabyte, read by a script to the last byte. */
static void
test_large_request (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");
  g_autofree char *filler = g_strnfill (1024 * 1024, 'x');
  g_autofree char *xml =
    g_strdup_printf (XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><CHECKPOINT_FILE>c"
                          "</CHECKPOINT_FILE><VM><ID>5</ID><NOTE>%s</NOTE></VM>"), filler);
  g_autofree char *line = rig_request ("SAVE", "5", xml);

  rig_send (rig, line);
  rig_expect (rig, "SAVE SUCCESS 5 -");
  {
    g_autoptr (GPtrArray) calls = rig_calls (rig);
    RigCall *call = g_ptr_array_index (calls, 0);
    g_autofree guchar *text = NULL;
    gsize len;

    text = g_base64_decode (call->input, &len);
    g_assert_cmpmem (text, len, xml, strlen (xml));
  }
  rig_finish (rig);
}

/* Up to the system's limit arguments are passed on; beyond it that is the answer. */
static void
test_argument_too_long (void)
{
  g_autoptr (Rig) rig = start ("--all-local -t 1 kvm");
  static const gsize sizes[] = { 90 * 1024, 200 * 1024, 3 * 1024 * 1024 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *filler = g_strnfill (sizes[i], 'x');
      g_autofree char *xml =
        g_strdup_printf (XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID>"
                              "<TM_COMMAND>CLONE qcow2 a b</TM_COMMAND>"
                              "<TM_COMMAND_ROLLBACK>DELETE qcow2 a</TM_COMMAND_ROLLBACK>"
                              "<DISK_TARGET_PATH>/d</DISK_TARGET_PATH><VM><NOTE>%s</NOTE><TEMPLATE>"
                              "<DISK><ATTACH>YES</ATTACH><TARGET>vda</TARGET></DISK></TEMPLATE>"
                              "</VM>"), filler);
      g_autofree char *line = rig_request ("ATTACHDISK", "5", xml);

      if (i == 0)
        {
          rig_send (rig, line);
          rig_expect (rig, "ATTACHDISK SUCCESS 5 -");
        }
      else
        assert_failure (rig, "too long", line, "ATTACHDISK", "5", "rgument list too long");
    }
  rig_finish (rig);
}

/* ---- data that would like to be commands ---- */

static const char *const hostile[] = {
  "a;touch PWNED", "a'; touch PWNED; '", "$(touch PWNED)", "`touch PWNED`", "a\nEOT\ntouch PWNED",
  "$HOME", "a b  c", "*", "-rf", "--", "", "\"", "\\", "|touch PWNED", "&touch PWNED&", "ünï漢字",
  "  ", " x ",
};

static void
test_hostile_arguments (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");

  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autofree char *line = rig_poll_request ("5", "h", hostile[i]);
      g_autoptr (GPtrArray) calls = NULL;
      RigCall *call;

      rig_clear_calls (rig);
      rig_send (rig, line);
      rig_expect (rig, "POLL SUCCESS 5 -");
      calls = rig_calls (rig);
      call = g_ptr_array_index (calls, 0);
      g_assert_cmpint (g_strv_length (call->args), ==, 4);
      g_assert_cmpstr (call->args[0], ==, hostile[i]);
      g_assert_cmpstr (call->args[1], ==, "h");
      g_assert_cmpstr (call->args[2], ==, "5");
      g_assert_cmpstr (call->args[3], ==, "h");
    }
  g_assert_null (rig_read (rig, "var/PWNED"));
  rig_finish (rig);
}

/* In every other field that becomes an argument, and in the text that scripts read. */
static void
test_hostile_fields (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");

  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      const char *evil = hostile[i];
      g_autofree char *text = g_strstrip (g_strdup (evil));
      g_autofree char *xml = NULL;
      g_autofree char *line = NULL;
      g_autoptr (GPtrArray) calls = NULL;
      RigCall *call;

      if (*text == '\0')
        continue;
      xml = g_markup_printf_escaped (
        XML ("<HOST>%s</HOST><DEPLOY_ID>%s</DEPLOY_ID><DISK_TARGET_PATH>%s</DISK_TARGET_PATH>"
             "<VM><ID>5</ID><NAME>%s</NAME><TEMPLATE><NIC><ATTACH>YES</ATTACH><MAC>%s</MAC>"
             "<BRIDGE>%s</BRIDGE><MODEL>%s</MODEL><VN_MAD>dummy</VN_MAD><TARGET>%s</TARGET></NIC>"
             "<CONTEXT><TARGET>%s</TARGET></CONTEXT></TEMPLATE></VM>"),
        text, evil, evil, evil, text, text, text, text, text);
      line = rig_request ("ATTACHNIC", "5", xml);
      rig_clear_calls (rig);
      rig_send (rig, line);
      rig_expect (rig, "ATTACHNIC SUCCESS 5 -");
      calls = rig_calls (rig);
      g_assert_cmpint (calls->len, ==, 5);
      call = g_ptr_array_index (calls, 1);
      g_assert_cmpstr (call->args[0], ==, evil);
      for (guint j = 1; j < 4; j++)
        g_assert_cmpstr (call->args[j], ==, text);
      g_assert_cmpstr (call->args[5], ==, text);
      g_assert_cmpstr (call->args[7], ==, text);
    }
  g_assert_null (rig_read (rig, "var/PWNED"));
  rig_finish (rig);
}

/* The name of a network driver becomes part of a path, and of nothing else. */
static void
test_hostile_driver (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");

  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autofree char *name = g_strstrip (g_strdup (hostile[i]));
      g_autofree char *xml = g_markup_printf_escaped (
        XML ("<HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><SECURITY_GROUP_ID>7</SECURITY_GROUP_ID>"
             "<VM><ID>5</ID><TEMPLATE><NIC><VN_MAD>%s</VN_MAD></NIC></TEMPLATE></VM>"), name);
      g_autofree char *line = rig_request ("UPDATESG", "5", xml);

      if (*name != '\0')
        assert_failure (rig, name, line, "UPDATESG", "5", "does not exist");
    }
  g_assert_null (rig_read (rig, "var/PWNED"));
  rig_finish (rig);
}

/* A deploy script's output goes to other scripts as their argument. */
static void
test_hostile_output (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm");
  g_autofree char *file = rig_path (rig, "dfile");
  g_autofree char *xml =
    g_strdup_printf (XML ("<HOST>h</HOST><LOCAL_DEPLOYMENT_FILE>%s</LOCAL_DEPLOYMENT_FILE>"
                          "<REMOTE_DEPLOYMENT_FILE>/r</REMOTE_DEPLOYMENT_FILE>"
                          "<VM><ID>5</ID><TEMPLATE>" NIC "</NIC></TEMPLATE></VM>"), file);
  g_autofree char *line = rig_request ("DEPLOY", "5", xml);
  g_autoptr (GPtrArray) calls = NULL;

  rig_write (rig, "dfile", "<domain/>\n");
  rig_stub_prints (rig, "deploy", "Domain created\n$(touch${IFS}PWNED);'`x`\n\n");
  rig_send (rig, line);
  rig_expect (rig, "DEPLOY SUCCESS 5 $(touch${IFS}PWNED);'`x`");
  calls = rig_calls (rig);
  g_assert_cmpint (calls->len, ==, 3);
  g_assert_cmpstr (((RigCall *) g_ptr_array_index (calls, 2))->args[1], ==,
                   "$(touch${IFS}PWNED);'`x`");
  g_assert_null (rig_read (rig, "var/PWNED"));
  rig_finish (rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/requests/incomplete-ones-fail-and-free-their-slot", test_incomplete);
  g_test_add_func ("/requests/bad-base64", test_bad_base64);
  g_test_add_func ("/requests/cleanup-without-command-does-the-rest", test_cleanup_without_command);
  g_test_add_func ("/requests/unknown-verbs-and-wrong-words", test_lines);
  g_test_add_func ("/requests/odd-verb", test_odd_verb);
  g_test_add_func ("/requests/huge-line", test_huge_line);
  g_test_add_func ("/requests/large-one-reaches-the-script", test_large_request);
  g_test_add_func ("/requests/argument-too-long", test_argument_too_long);
  g_test_add_func ("/requests/hostile-deploy-id", test_hostile_arguments);
  g_test_add_func ("/requests/hostile-fields", test_hostile_fields);
  g_test_add_func ("/requests/hostile-network-driver", test_hostile_driver);
  g_test_add_func ("/requests/hostile-deploy-output", test_hostile_output);
  return g_test_run ();
}
