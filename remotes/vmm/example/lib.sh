# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A driver to copy: "cp -r example mydriver", then replace what is in here by your hypervisor.
# A "domain" of the example is a directory with a file "state" in it, so that it runs anywhere:
#
#     one_vmm_try example deploy --host localhost --vm vm.xml
#
# The driver runs the script named like the action, on the host or, with -l, on the front-end.
# What every script may rely on:
#
# - The last two arguments are always the VM's id and the host.
# - Exit status 0 is success, and what was printed is the information that OpenNebula gets.
# - Any other status is a failure; error_message gives the reason that the user reads.
# - log_info, log_error and log_debug write into the VM's log, while the script runs.
# - When the action is cancelled the script gets TERM; clean up in a trap, soon.

# This file's directory is the driver's; the remotes lie two levels above.
DRIVER_PATH=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

. "$DRIVER_PATH/../../scripts_common.sh"
. "$DRIVER_PATH/examplerc"

# fail TEXT: ends the script with that reason.
fail() {
    error_message "$1"
    exit 1
}

# domain_dir ID: where the domain is kept.  Check what comes from outside before it names a file.
domain_dir() {
    [[ $1 =~ ^[A-Za-z0-9._-]+$ && $1 != .* ]] || fail "Not a deploy id: $1"
    printf '%s/%s\n' "$EXAMPLE_DIR" "$1"
}

# need_domain ID: sets DOMAIN to its directory; it has to be running.
need_domain() {
    DOMAIN=$(domain_dir "$1") || exit
    [ -e "$DOMAIN/state" ] || fail "There is no domain $1"
}

# is_gone: for retry, which calls a function without arguments.
is_gone() { [ ! -e "$DOMAIN/state" ]; }
