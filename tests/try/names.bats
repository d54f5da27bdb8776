#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# one_vmm_sh and one_vmm_ssh, as oned starts them and as people do.

load helper

names() {
    mkdir -p "$ROOT/lib/mads dir"
    ln -s "$BUILDDIR/one_vmm_exec" "$ROOT/lib/mads dir/one_vmm_exec"
    cp -p "$SRCDIR"/src/driver/one_vmm_sh "$SRCDIR"/src/driver/one_vmm_ssh "$ROOT/lib/mads dir"
    export PATH=$ROOT/lib/mads\ dir:$PATH
}

# The answers of the driver to INIT and one POLL.
poll() {
    local data
    data=$(printf '<VMM_DRIVER_ACTION_DATA><HOST>h</HOST><DEPLOY_ID>one-1</DEPLOY_ID><VM/></VMM_DRIVER_ACTION_DATA>' | base64 -w0)
    printf 'INIT\nPOLL 1 %s\n' "$data" | "$@"
}

setup_poll() {
    names
    make_script vmm/kvm/poll <<<'echo STATE=a'
}

@test "one_vmm_sh runs the scripts here: one argument, as from oned, and several" {
    setup_poll
    local arguments
    for arguments in 'kvm' '-t 2 kvm' 'kvm -t 2' '-l "save = x, poll" kvm'; do
        run poll one_vmm_sh "$arguments"
        echo "$arguments: $output"
        [ "$status" -eq 0 ]
        [[ $output == *"POLL SUCCESS 1 STATE=a"* ]]
    done
    run poll one_vmm_sh -t 2 -l 'save = x, reboot' kvm
    echo "$output"
    [[ $output == *"POLL SUCCESS 1 STATE=a"* ]]
    run poll "$ROOT/lib/mads dir/one_vmm_sh" -t 2 kvm
    [[ $output == *"POLL SUCCESS 1 STATE=a"* ]]
}

@test "one_vmm_sh does so with standard error closed and signals blocked or ignored" {
    setup_poll
    mkdir -p "$ROOT/var"
    run poll bash -c 'trap "" PIPE TERM; exec one_vmm_sh "-t 2 kvm" 2>&-'
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"POLL SUCCESS 1 STATE=a"* ]]
    [ -s "$ROOT/var/one_vmm_kvm.log" ]
}

@test "one_vmm_ssh is one_vmm_exec: what -l names runs here, the rest does not" {
    setup_poll
    run poll one_vmm_ssh "-l poll kvm"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"POLL SUCCESS 1 STATE=a"* ]]
    run one_vmm_ssh --version
    [ "$status" -eq 0 ]
    [[ $output == "one_vmm_exec (one-vmm)"* ]]
}

@test "a wrong option: a message and status 2" {
    names
    run one_vmm_sh "-t 0 kvm"
    [ "$status" -eq 2 ]
    [[ $output == *"-t takes a whole number"* ]]
    run one_vmm_ssh
    [ "$status" -eq 2 ]
    [[ $output == *"directory is missing"* ]]
    run one_vmm_sh
    [ "$status" -eq 2 ]
}

@test "the host as first argument of all scripts, and as last of poll, when asked for" {
    names
    recorder vmm/kvm/poll
    poll one_vmm_sh "kvm" >/dev/null
    poll one_vmm_sh "--host-first kvm" >/dev/null
    poll one_vmm_sh "--poll-host kvm" >/dev/null
    cat "$ROOT/calls"
    diff "$ROOT/calls" - <<E2
$ROOT/var/remotes/vmm/kvm/poll one-1 h 1 h
$ROOT/var/remotes/vmm/kvm/poll h one-1 h 1 h
$ROOT/var/remotes/vmm/kvm/poll one-1 h 1 h h
E2
}
