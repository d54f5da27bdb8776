#!/usr/bin/env bats
# The life of a domain: deploy to cancel, on xm and xl.

load helper

# ---- deploy -------------------------------------------------------------------------------------

deploys() {
    run "$S/deploy" "$HOST_DIR/0/deployment.0" host01 1 host01 <<<"$(configuration one-1)"
    ok one-1
    is_there one-1
    called "create $HOST_DIR/0/deployment.0"
    never_called sched
}
@test "deploy writes the file, creates the domain and prints its name" { each deploys; }

deploys_base64() {
    run "$S/deploy" "$HOST_DIR/deployment.0" host01 1 host01 < <(configuration one-1 | base64 -w 60)
    ok one-1
    [ "$(cat "$HOST_DIR/deployment.0")" = "$(configuration one-1)" ]
}
@test "deploy takes its input in base64 too" { each deploys_base64; }

deploys_existing() {
    configuration one-1 > "$HOST_DIR/deployment.0"
    run "$S/deploy" "$HOST_DIR/deployment.0" host01 1 host01 < /dev/null
    ok one-1
    fake destroy one-1
    run "$S/deploy" "$HOST_DIR/deployment.0" host01 1 host01 < <(configuration one-1 | tr -d '\n' | base64 -w 60)
    ok one-1
}
@test "deploy uses the file that is there when the input is empty or lost its line ends" { each deploys_existing; }

credits() {
    run "$S/deploy" "$HOST_DIR/deployment.0" host01 1 host01 < <(configuration one-1 '#O CPU_CREDITS = 128')
    ok one-1
    [ "$(cat "$FAKE_XEN/domains/one-1/weight")" = 128 ]
    grep -q "^$XL sched-cred.* -d one-1 -w 128$" "$FAKE_XEN/calls"
}
@test "deploy sets the credits that the file asks for" { each credits; }

credits_refused() {
    refuse sched-credit 'no credit scheduler here'
    refuse sched-cred 'no credit scheduler here'
    run "$S/deploy" "$HOST_DIR/deployment.0" host01 1 host01 < <(configuration one-1 '#O CPU_CREDITS = 128')
    [ "$status" -eq 0 ]
    [[ $output == *'ERROR: deploy: Could not give one-1 128 credits'*'no credit scheduler'*one-1 ]]
    is_there one-1
}
@test "deploy only complains when the credits can't be set" { each credits_refused; }

deploy_refused() {
    domain one-1
    run "$S/deploy" "$HOST_DIR/deployment.0" host01 1 host01 < <(configuration one-1)
    fails_with 'already exists'
    run "$S/deploy" "$HOST_DIR/deployment.2" host01 1 host01 <<<"memory = '16'"
    fails_with "no line name = '...'"
    run "$S/deploy" "$HOST_DIR/deployment.3" host01 1 host01 < /dev/null
    fails_with 'no deployment file'
}
@test "deploy fails for a name in use, a file without a name and no file" { each deploy_refused; }

odd_file() {
    run "$S/deploy" "$HOST_DIR/a dir \$(x)'/deployment.0" host01 1 host01 < <(configuration 'my "web" $(x)')
    ok 'my "web" $(x)'
    is_there 'my "web" $(x)'
}
@test "deploy takes odd paths and names as they are" { each odd_file; }

# ---- cancel and shutdown ------------------------------------------------------------------------

cancels() {
    domain one-1
    domain one-10
    run "$S/cancel" one-1 host01 1 host01
    ok
    not is_there one-1
    is_there one-10
    called 'destroy one-1'
    run "$S/cancel" one-1 host01 1 host01
    ok
}
@test "cancel destroys this domain alone; one that is gone is cancelled" { each cancels; }

cancel_waits() {
    domain one-1
    fault lag one-1 2
    run "$S/cancel" one-1 host01 1 host01
    ok
    not is_there one-1
}
@test "cancel waits until the domain is gone" { each cancel_waits; }

cancel_refused() {
    domain one-1
    refuse destroy 'the hypervisor says no'
    run "$S/cancel" one-1 host01 1 host01
    fails_with 'Could not destroy one-1: the hypervisor says no'
    rm "$FAKE_XEN/refuse.destroy"
    fault lag one-1 1000
    run "$S/cancel" one-1 host01 1 host01
    fails_with 'still there 2 seconds (SHUTDOWN_TIMEOUT)'
}
@test "cancel fails when the tool refuses or the domain stays" { each cancel_refused; }

shuts_down() {
    domain one-1
    domain one-10
    fault lag one-1 2
    run "$S/shutdown" one-1 host01 1 host01
    ok
    not is_there one-1
    is_there one-10
    called 'shutdown one-1'
    never_called destroy
    run "$S/shutdown" one-1 host01 1 host01
    ok
}
@test "shutdown waits for the guest; a domain that is gone is shut down" { each shuts_down; }

deaf_guest() {
    domain one-1
    fault deaf one-1
    run "$S/shutdown" one-1 host01 1 host01
    fails_with 'Timed out shutting down one-1'
    is_there one-1
    refuse shutdown 'no PV drivers'
    run "$S/shutdown" one-1 host01 1 host01
    fails_with 'Could not shut down one-1: no PV drivers'
    refuse list 'xend is down'
    run "$S/shutdown" one-1 host01 1 host01
    fails_with 'no PV drivers'
}
@test "shutdown leaves a guest running that does not react, and fails" { each deaf_guest; }

force() {
    settings FORCE_DESTROY=yes
    domain one-1
    fault deaf one-1
    run "$S/shutdown" one-1 host01 1 host01
    [ "$status" -eq 0 ]
    [[ $output == *'Timed out shutting down one-1'*'destroying it'* ]]
    not is_there one-1
}
@test "FORCE_DESTROY=yes destroys a guest that does not react" { each force; }

# ---- reboot and reset ---------------------------------------------------------------------------

reboots() {
    domain one-1
    run "$S/reboot" one-1 host01 1 host01
    ok
    is_there one-1
    [ "$(cat "$FAKE_XEN/domains/one-1/id")" = 2 ]
    called 'reboot one-1'
    run "$S/reset" one-1 host01 1 host01
    ok
    [ "$(cat "$FAKE_XEN/domains/one-1/id")" = 3 ]
    [ "$DRIVER" = xen3 ] || called 'reboot -F one-1'
    [ "$DRIVER" = xen4 ] || called 'reset one-1'
}
@test "reboot and reset restart the domain" { each reboots; }

number() {
    domain one-1
    domain 1
    local action
    for action in cancel shutdown reboot reset; do
        run "$S/$action" 1 host01 1 host01
        fails_with '"1" is no name to go by'
        run "$S/$action" '' host01 1 host01
        fails_with '"" is no name to go by'
    done
    is_there one-1
}
@test "a name of digits is never taken for the number of another domain" { each number; }

not_there() {
    domain one-10
    for action in reboot reset; do
        run "$S/$action" one-1 host01 1 host01
        fails_with 'There is no domain one-1 on '
    done
    refuse reboot 'no answer'
    refuse reset 'no answer'
    for action in reboot reset; do
        run "$S/$action" one-10 host01 1 host01
        fails_with 'no answer'
    done
    refuse list 'the daemon is down'
    run "$S/reboot" one-10 host01 1 host01
    fails_with 'Could not list the domains with'
}
@test "reboot and reset fail for a domain that is not there and when the tool refuses" { each not_there; }

# ---- save and restore ---------------------------------------------------------------------------

saves() {
    domain one-1
    run "$S/save" one-1 "$HOST_DIR/a b/checkpoint" host01 1 host01
    ok
    not is_there one-1
    run "$S/restore" "$HOST_DIR/a b/checkpoint" host01 one-1 1 host01
    ok
    is_there one-1
    called "save one-1 $(printf %q "$HOST_DIR/a b/checkpoint")"
}
@test "save and restore" { each saves; }

keeps_checkpoint() {
    domain one-1
    echo old > "$HOST_DIR/checkpoint"
    run "$S/save" one-1 "$HOST_DIR/checkpoint" host01 1 host01
    ok
    [ "$(cat "$HOST_DIR"/checkpoint.[0-9]*)" = old ]
    tar -tf "$HOST_DIR/checkpoint" > /dev/null
}
@test "save keeps a checkpoint that exists aside" { each keeps_checkpoint; }

save_refused() {
    domain one-10
    run "$S/save" one-1 "$HOST_DIR/checkpoint" host01 1 host01
    fails_with 'There is no domain one-1'
    refuse save 'no space left'
    run "$S/save" one-10 "$HOST_DIR/checkpoint" host01 1 host01
    fails_with 'Could not save one-10'
    [ ! -e "$HOST_DIR/checkpoint" ]
    is_there one-10
    run "$S/save" one-10 /dev/null/checkpoint host01 1 host01
    fails_with '/dev/null'
}
@test "save fails, and leaves no file, for a missing domain or when the tool refuses" { each save_refused; }

restore_refused() {
    run "$S/restore" "$HOST_DIR/checkpoint" host01 one-1 1 host01
    fails_with "There is no checkpoint $HOST_DIR/checkpoint"
    echo nonsense > "$HOST_DIR/checkpoint"
    run "$S/restore" "$HOST_DIR/checkpoint" host01 one-1 1 host01
    fails_with 'Could not restore from'
    domain one-1
    fake save one-1 "$HOST_DIR/checkpoint"
    domain one-1
    run "$S/restore" "$HOST_DIR/checkpoint" host01 one-1 1 host01
    fails_with 'already exists'
}
@test "restore fails without a checkpoint, with a bad one and for a domain that runs" { each restore_refused; }

# ---- migrate and snapshots ----------------------------------------------------------------------

migrates() {
    domain one-1
    run "$S/migrate" one-1 host02.example.org host01 1 host01
    ok
    not is_there one-1
    [ "$DRIVER" = xen4 ] || called 'migrate -l one-1 host02.example.org'
    [ "$DRIVER" = xen3 ] || called "migrate -s su\\ -\\ $(id -un)\\ -c\\ \\'ssh\\ host02.example.org\\ $(
        printf %q "$BATS_TEST_DIRNAME/fake/xl")\\ migrate-receive\\' one-1 host02.example.org"
}
@test "migrate: xm relocates, xl goes through migrate-receive over the user's ssh" { each migrates; }

migrate_refused() {
    domain one-10
    run "$S/migrate" one-1 host02 host01 1 host01
    fails_with 'There is no domain one-1'
    refuse migrate 'the other host does not answer'
    run "$S/migrate" one-10 host02 host01 1 host01
    fails_with 'Could not migrate one-10 to host02: the other host does not answer'
    is_there one-10
    [ "$DRIVER" = xen3 ] || { run "$S/migrate" one-10 "x'; reboot; '" host01 1 host01; fails_with 'is no name of a host'; }
}
@test "migrate fails and the domain stays" { each migrate_refused; }

snapshots() {
    domain one-1
    for action in snapshot_create snapshot_revert snapshot_delete; do
        run "$S/$action" one-1 0 1 host01
        fails_with "$action is not possible for one-1"
    done
}
@test "snapshots are refused clearly" { each snapshots; }

# ---- xenrc --------------------------------------------------------------------------------------

through_sudo() {
    printf '#!/bin/sh\necho "$0 $*" >> "$FAKE_XEN/sudo"\nexec "$@"\n' > "$HOST_DIR/sudo"
    chmod +x "$HOST_DIR/sudo"
    sed "s|\"sudo |\"$HOST_DIR/sudo |; s|/usr/sbin/|$BATS_TEST_DIRNAME/fake/|" "$SRCDIR/remotes/vmm/$DRIVER/xenrc" > "$S/xenrc"
    domain one-1
    run "$S/cancel" one-1 host01 1 host01
    ok
    grep -q "fake/$XL list$" "$FAKE_XEN/sudo"
    grep -q "fake/$XL destroy one-1$" "$FAKE_XEN/sudo"
}
@test "the tools are called through sudo when xenrc says so" { each through_sudo; }

every_variable() {
    local variable
    for variable in $(sed -n 's/^#*export \([A-Z_]*\)=.*/\1/p' "$SRCDIR/remotes/vmm/$DRIVER/xenrc"); do
        [[ $variable =~ ^(LANG|XM_PATH)$ ]] || grep -qE "\b$variable\b" "$S"/[a-wyz]* || { echo "$variable is not used"; return 1; }
        grep -qw "$variable" "$SRCDIR/man/one-vmm-xen.7" || { echo "$variable is not in the manual"; return 1; }
    done
    for variable in XM_PATH XM_CANCEL XM_CREATE XM_CREDITS XM_MIGRATE XM_SAVE XM_RESTORE XM_REBOOT XM_RESET XM_LIST \
        XM_SHUTDOWN XM_ATTACH_DISK XM_DETACH_DISK XM_ATTACH_NIC XM_DETACH_NIC XM_NETWORK_LIST XM_POLL \
        DEFAULT_FILE_PREFIX TARGET_PREFIX SHUTDOWN_TIMEOUT; do
        # shellcheck source=/dev/null
        [ -n "$(. "$SRCDIR/remotes/vmm/$DRIVER/xenrc"; declare -p "$variable")" ] || return 1
    done
}
@test "every variable of xenrc is used and described" { each every_variable; }

@test "each directory is installed with every action, as files of its own" {
    local driver action
    make -s -C "$BUILDDIR" install-remotes "oneremotesdir=$BATS_TEST_TMPDIR/remotes" > /dev/null
    for driver in xen3 xen4; do
        for action in attach_disk attach_nic cancel deploy detach_disk detach_nic migrate poll prereconfigure reboot \
            reconfigure reset restore save shutdown snapshot_create snapshot_delete snapshot_revert; do
            [ -x "$BATS_TEST_TMPDIR/remotes/vmm/$driver/$action" ] || { echo "$driver/$action is missing"; return 1; }
        done
        [ -r "$BATS_TEST_TMPDIR/remotes/vmm/$driver/xenrc" ]
    done
    [ -z "$(find "$BATS_TEST_TMPDIR/remotes/vmm" -type l)" ]
}
