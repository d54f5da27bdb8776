#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2030,SC2031 # each test is a subshell with a driver of its own
# What an administrator sees from outside: one_vmm_exec --check and one_vmm_status, with real hosts.

load ../lab/helper.bash

setup_file() {
    [ -z "$(lab check 2>&1)" ] || return 0
    front_end 2
    cp -r "$SRCDIR/remotes" "$ONE_LOCATION/var/remotes"
    chmod -R u+w "$ONE_LOCATION/var/remotes"
    echo 5.12.0 >"$ONE_LOCATION/var/remotes/VERSION"
    echo "LIBVIRT_URI=qemu:///session" >>"$ONE_LOCATION/var/remotes/vmm/kvm/kvmrc"
    cp "$LAB_DIR/ssh_config" "$LAB_DIR/ssh_config.good"
    cp "$LAB_DIR/known_hosts" "$LAB_DIR/known_hosts.good"
    cp -r "$ONE_LOCATION/var/remotes" "$LAB_DIR/remotes.good"
}

teardown_file() {
    front_end_down
}

setup() {
    require_lab
    settings auto
    cp "$LAB_DIR/ssh_config.good" "$LAB_DIR/ssh_config"
    cp "$LAB_DIR/known_hosts.good" "$LAB_DIR/known_hosts"
    rm -rf "$ONE_LOCATION/var/remotes"
    cp -r "$LAB_DIR/remotes.good" "$ONE_LOCATION/var/remotes"
}

teardown() {
    exec 4>&- 5>&-
    [ -z "${drivers:-}" ] || kill $drivers 2>/dev/null || :
    wait
}

# settings TRANSPORT
settings() {
    printf '%s\n' "VMM_SSH_CONFIG=$LAB_DIR/ssh_config" "VMM_TRANSPORT=$1" \
        >"$ONE_LOCATION/etc/vmm_exec/vmm_execrc"
}

check() {
    run "$BUILDDIR/one_vmm_exec" --check "$@"
    echo "$output"
}

sync() {
    "$BUILDDIR/one_vmm_exec" --sync "$@"
}

# says WORDS...: there is a line with these words, blanks between them.
says() {
    tr -s ' ' <<<"$output" | grep -F -q -e "$*" || { echo "not said: $*"; return 1; }
}

fingerprint() {
    ssh-keygen -lf "$1" | cut -d ' ' -f 2
}

# ---- --check ----

@test "check: a good host, over both transports: keys as ssh-keygen names them" {
    sync host01
    for transport in libssh2 openssh; do
        settings "$transport"
        check host01
        [ "$status" -eq 0 ]
        says "ok connection through $transport, as VMM_TRANSPORT says; "
        says "ok key $LAB_DIR/id "
        says " $(fingerprint "$LAB_DIR/id.pub")"
        says "ok host key ssh-ed25519 $(fingerprint "$LAB_DIR/host01/hostkey.pub")"
        says "ok remotes the same as here"
        says "ok remotes 0 minutes old ("
        says "ok libvirt qemu:///session answers"
        [ "${lines[-1]}" = ready ]
    done
}

@test "check: says why the OpenSSH client is used" {
    sed -i 's/^Host host01$/&\n    Ciphers aes256-ctr/' "$LAB_DIR/ssh_config"
    check host01
    says 'using the OpenSSH client, because ssh_config says "ciphers aes256-ctr"'
    says "ok connection through openssh; "
    says " $(fingerprint "$LAB_DIR/id.pub")"
}

@test "check: remotes that are older, of another release, or missing" {
    sync host01
    lab run "$LAB_DIR" host01 touch -d '3 days ago' "$LAB_DIR/one/remotes/.one-vmm-checksum"
    echo "# more" >>"$ONE_LOCATION/var/remotes/vmm/kvm/kvmrc"
    check host01
    [ "$status" -eq 0 ]
    says "note remotes another copy than here: one_vmm_exec --sync host01"
    says "ok remotes 3 days old ("
    echo 5.10.0 >"$ONE_LOCATION/var/remotes/VERSION"
    check host01
    [ "$status" -eq 1 ]
    says "PROBLEM remotes VERSION is 5.12.0 there and 5.10.0 here: one_vmm_exec --sync host01"
    sync host01
    check host01
    [ "$status" -eq 0 ]
    lab run "$LAB_DIR" host01 chmod -x "$LAB_DIR/one/remotes/vmm/kvm/deploy"
    check host01
    [ "$status" -eq 1 ]
    says "vmm/kvm/deploy is not executable: one_vmm_exec --sync host01"
    lab run "$LAB_DIR" host01 rm -rf "$LAB_DIR/one/remotes"
    check host01
    says "note remotes none in $LAB_DIR/one/remotes; "
}

@test "check: hosts that can't be reached are problems with remedies" {
    sed -i "s|^host01 .*|host01 $(cut -d ' ' -f 1,2 "$LAB_DIR/host02/hostkey.pub")|" \
        "$LAB_DIR/known_hosts"
    printf '%s\n' 'Host refused' '    HostName 127.0.0.1' '    Port 1' |
        cat - "$LAB_DIR/ssh_config.good" >"$LAB_DIR/ssh_config"
    for transport in libssh2 openssh; do
        settings "$transport"
        check host01 refused
        [ "$status" -eq 1 ]
        [ "$(grep -c '^  PROBLEM  connection' <<<"$output")" -eq 2 ]
        says "ssh-keygen -f"
        says "Connection refused"
        says "note connection to try by hand: ssh -F $LAB_DIR/ssh_config refused"
        [ "${lines[-1]}" = "2 problems" ]
    done
}

# Nothing after this needs it.
@test "check: a libvirt that does not answer" {
    sync host02
    lab stop "$LAB_DIR" host02 libvirtd
    check host02
    [ "$status" -eq 1 ]
    says "PROBLEM libvirt does not answer at qemu:///session: "
    says "(does libvirtd run, and may this user use it?)"
}

@test "check: scripts of this front-end that are missing or can't be run" {
    chmod -x "$ONE_LOCATION/var/remotes/vmm/kvm/save"
    rm "$ONE_LOCATION/var/remotes/vmm/kvm/restore"
    check
    [ "$status" -eq 1 ]
    says "PROBLEM scripts $ONE_LOCATION/var/remotes/vmm/kvm/save is not executable: chmod +x it"
    grep -E 'note +scripts .*/vmm/kvm lacks.* restore' <<<"$output"
    [ "${lines[-1]}" = "1 problem" ]
}

# ---- one_vmm_status ----

# POLL ID HOST as oned writes it, to the driver.
poll() {
    printf 'POLL %s %s\n' "$1" "$(printf '%s' "<VMM_DRIVER_ACTION_DATA><HOST>$2</HOST>" \
        "<DEPLOY_ID>one-$1</DEPLOY_ID><VM><ID>$1</ID></VM></VMM_DRIVER_ACTION_DATA>" |
        base64 -w 0)" >&4
}

# The driver with a script that waits for the file "go", told through descriptor 4.
start_driver() {
    rm -f "$LAB_DIR/requests" "$LAB_DIR/one/go"
    printf '#!/bin/sh\nuntil [ -e %s ]; do sleep 0.02; done\necho STATE=a\n' "$LAB_DIR/one/go" \
        >"$ONE_LOCATION/var/remotes/vmm/kvm/poll"
    sync host01 host02
    mkfifo "$LAB_DIR/requests"
    "$BUILDDIR/one_vmm_exec" -t 3 kvm <"$LAB_DIR/requests" >"$LAB_DIR/answers" 2>&1 3>&- &
    drivers=$!
    exec 4>"$LAB_DIR/requests"
}

state() {
    "$BUILDDIR/one_vmm_status" --json | jq -e "$1"
}

answered() {
    [ "$(grep -c '^POLL [SF]' "$LAB_DIR/answers")" -eq "$1" ]
}

@test "status: what runs, what waits and for whom, and the connections, over both transports" {
    command -v jq >/dev/null || skip "jq is missing; install the package jq"
    for transport in libssh2 openssh; do
        settings "$transport"
        start_driver
        poll 1 host01
        poll 2 host02
        poll 3 host01
        poll 4 no-such.invalid
        eventually state '.running_count == 2 and .waiting_count == 1
            and ([.connections[].open[].used] == [true, true])'
        state '.driver == "kvm" and .pid == '"$drivers"
        state '[.running[] | [.action, .vm, .host, .step, .seconds >= 0]] | sort
            == [["POLL", 1, "host01", "poll", true], ["POLL", 2, "host02", "poll", true]]'
        state '[.waiting[] | [.vm, .host, .waits_for]] == [[3, "host01", "POLL 1"]]'
        state '.connections.host01.open[0].transport == "'"$transport"'"'
        run "$BUILDDIR/one_vmm_status"
        says "POLL 3 host01 POLL 1 "
        says "host01 1 $transport 1 0 "
        : >"$LAB_DIR/one/go"
        eventually answered 4
        eventually state '[.connections.host01 | .opened, .reused, .broken, .failed, .opening]
            == [1, 1, 0, 0, 0]'
        state '.connections.host01.open[0] | .used == false and .unused_seconds >= 0
            and .open_seconds >= .unused_seconds'
        state '.connections["no-such.invalid"] | [(.open | length), .failed >= 1] == [0, true]'
        state '.actions.POLL | .success == 3 and .failure == 1 and .half_within_seconds > 0'
        state '.failures == {"no-such.invalid": 1}'
        exec 4>&-
        wait "$drivers"
    done
}

@test "status: a strict reader of OpenMetrics takes all of it" {
    /usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null ||
        skip "its reader is missing; install the package python3-prometheus-client"
    start_driver
    : >"$LAB_DIR/one/go"
    poll 1 host01
    poll 2 no-such.invalid
    eventually answered 2
    "$BUILDDIR/one_vmm_status" --openmetrics >"$LAB_DIR/metrics"
    cat "$LAB_DIR/metrics"
    [ "$(tail -n 1 "$LAB_DIR/metrics")" = "# EOF" ]
    /usr/bin/python3 - "$LAB_DIR/metrics" <<'PYTHON'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = {f.name: f for f in text_string_to_metric_families(open(sys.argv[1]).read())}
for f in families.values():
    assert f.type in ("gauge", "counter", "histogram") and f.documentation, f
    assert f.name.startswith("one_vmm_") and f.samples, f
values = {(s.name, s.labels.get("host")): s.value for f in families.values() for s in f.samples}
assert values["one_vmm_connections_opened_total", "host01"] == 1
assert values["one_vmm_connections_failed_total", "no-such.invalid"] >= 1
assert values["one_vmm_host_failures_total", "no-such.invalid"] == 1
for s in families["one_vmm_action_seconds"].samples:
    assert s.labels.get("le", "+Inf") in ("+Inf", repr(float(s.labels.get("le", 0)))), s
assert {"transport": "libssh2", "host": "host01", "state": "unused"} in \
    [s.labels for s in families["one_vmm_connections"].samples if s.value == 1]
PYTHON
    # Each family is in the manual page.
    while read -r _ _ name _; do
        grep -q -F -e "$name" "$SRCDIR/man/one_vmm_status.1" || { echo "$name"; false; }
    done < <(grep '^# TYPE ' "$LAB_DIR/metrics")
}

@test "status: --watch asks again until the driver is gone" {
    start_driver
    eventually "$BUILDDIR/one_vmm_status"
    "$BUILDDIR/one_vmm_status" --watch >"$LAB_DIR/watched" 2>&1 3>&- 4>&- &
    watcher=$!
    twice() { [ "$(grep -c 'one_vmm_exec kvm, process' "$LAB_DIR/watched")" -ge 2 ]; }
    eventually twice
    exec 4>&-
    wait "$drivers"
    rc=0
    wait "$watcher" || rc=$?
    [ "$rc" -eq 1 ]
    grep -F "no driver answers" "$LAB_DIR/watched"
    run "$BUILDDIR/one_vmm_status"
    [ "$status" -eq 1 ]
}

@test "status: drivers that share a directory, started at once, each have a socket" {
    rm -f "$LAB_DIR/requests" && mkfifo "$LAB_DIR/requests"
    drivers=
    for i in 1 2 3 4; do
        "$BUILDDIR/one_vmm_exec" --all-local kvm <"$LAB_DIR/requests" >/dev/null \
            2>"$LAB_DIR/errors.$i" 3>&- &
        drivers+=" $!"
    done
    exec 4>"$LAB_DIR/requests"
    for name in kvm kvm.2 kvm.3 kvm.4; do
        eventually "$BUILDDIR/one_vmm_status" "$name"
        "$BUILDDIR/one_vmm_status" "$name" | head -n 1
    done >"$LAB_DIR/heads"
    cat "$LAB_DIR/heads"
    [ "$(sort -u "$LAB_DIR/heads" | wc -l)" -eq 4 ]
    grep -F "to ask this one: one_vmm_status kvm.4" "$LAB_DIR"/errors.*
    exec 4>&-
    wait
    [ -z "$(ls "$ONE_LOCATION"/var/*.status 2>/dev/null)" ]
}

@test "status: what a driver left that was killed is taken over" {
    start_driver
    eventually "$BUILDDIR/one_vmm_status"
    kill -KILL "$drivers"
    wait "$drivers" || :
    [ -S "$ONE_LOCATION/var/one_vmm_kvm.status" ]
    exec 4>&-
    start_driver
    eventually "$BUILDDIR/one_vmm_status"
    "$BUILDDIR/one_vmm_status" | grep -F "process $drivers"
}
