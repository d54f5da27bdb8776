#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# one_vmm_try against the real driver, with scripts of the test's own.

load helper

@test "an action that succeeds: request, log, result, status 0" {
    make_script vmm/kvm/poll <<'S'
echo 'DEBUG: looking' >&2
echo 'something odd' >&2
echo 'STATE=a CPU=3'
S
    run "$TRY" kvm poll --host host01 --id 7 -- --all-local
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"POLL for VM 7"* ]]
    [[ $output =~ HOST\ +host01 ]]
    [[ $output =~ DEPLOY_ID\ +one-7 ]]
    [[ $output =~ [0-9]\.[0-9]{3}\ D\ looking ]]
    [[ $output =~ [0-9]\.[0-9]{3}\ I\ something\ odd ]]
    [[ $output =~ [0-9]\.[0-9]{3}\ POLL\ SUCCESS\ 7\ STATE=a\ CPU=3 ]]
}

@test "an action that fails: reason, status 1" {
    make_script vmm/kvm/shutdown <<'S'
echo 'ERROR: no such domain' >&2
exit 1
S
    run "$TRY" kvm shutdown -- --all-local
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"E no such domain"* ]]
    [[ $output == *"SHUTDOWN FAILURE 0 no such domain"* ]]
}

@test "log lines are shown while the script runs" {
    mkfifo "$ROOT/go"
    make_script vmm/kvm/poll <<'S'
echo 'still at it' >&2
read -r _ <"$ROOT/go"
echo STATE=a
S
    "$TRY" kvm poll -- --all-local >"$ROOT/out" 2>&1 &
    local try=$!
    wait_for_text "$ROOT/out" 'I still at it'
    [ "$(grep -c "POLL SUCCESS" "$ROOT/out")" -eq 0 ]
    echo >"$ROOT/go"
    wait "$try"
    grep -q 'POLL SUCCESS' "$ROOT/out"
}

@test "--plan shows what is then run, and runs nothing" {
    recorder vmm/kvm/{deploy,poll,save,migrate,attach_disk,attach_nic,snapshot_create} \
        vmm/kvm/{prereconfigure,reconfigure,resize_disk,exec} \
        vnm/dummy/{pre,post,clean} tm/shared/{context,premigrate,postmigrate,attach,resize}
    while read -r action options; do
        eval "set -- $options"
        rm -f "$ROOT/calls"
        "$TRY" --plan kvm "$action" "$@" -- --all-local >"$ROOT/plan"
        [ ! -e "$ROOT/calls" ]
        "$TRY" kvm "$action" "$@" -- --all-local >"$ROOT/out" || {
            cat "$ROOT/out"
            false
        }
        # The steps of the plan, without what only runs when one fails.
        grep -E "^   $ROOT/var" "$ROOT/plan" | sed 's/^   //' >"$ROOT/planned"
        # The deployment file is a copy, each time in another place.
        sed -i 's/one-vmm-try\.[A-Za-z0-9]*\/deployment/COPY/' "$ROOT/planned" "$ROOT/calls"
        diff "$ROOT/planned" "$ROOT/calls"
    done <<'L'
poll --deploy-id "it's one"
deploy --file "$ROOT/deployment.0" --vn-mad dummy --tm-command "CONTEXT shared  a b"
save --checkpoint "/tmp/a b"
migrate --dest host02 --vn-mad dummy --tm-command "MIGRATE shared a b" --release 5.2
attach_disk --disk /x/disk.1 --target vdb --tm-command "ATTACH shared x" --tm-rollback "DETACH shared x"
attach_nic --mac 02:00:00:00:00:01 --bridge br0 --vn-mad dummy --target one-0-1
snapshot-create --snapshot-id 4
resize_disk --disk-id 2 --size 200 --tm-command "RESIZE shared x"
exec --command "ls 'a b' \$HOME" --stdin ""
L
}

@test "--plan tells hosts, roll-backs, best effort, input and missing scripts" {
    run "$TRY" --plan kvm migrate --host host01 --dest host02 --vn-mad dummy \
        --tm-command 'MIGRATE shared host01 host02 /x 0 0' --release 7.4
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"recipe of OpenNebula 7.0 to 7.4"* ]]
    [[ $output == *"1. tm_premigrate (transfer manager driver) on the front-end"* ]]
    [[ $output == *"$ROOT/var/remotes/tm/shared/premigrate host01 host02 /x 0 0"* ]]
    [[ $output == *"there is no such script"* ]]
    [[ $output == *"2. pre (network driver) on host02"* ]]
    [[ $output == *"/var/tmp/one/vmm/kvm/migrate one-0 host02 host01 0 host01"* ]]
    [[ $output == *"when it fails:"*"tm_failmigrate"* ]]
    [[ $output == *"clean (network driver) on host01; best effort"* ]]
    [[ $output == *"base64 of: <VM><ID>0</ID>"* ]]
}

@test "the user's deployment file and what lies beside it stay as they are" {
    make_script vmm/kvm/deploy <<'S'
cat >"$1"
ls "$(dirname -- "$1")" | xargs
S
    echo '<VM><ID>3</ID></VM>' >"$ROOT/vm.xml"
    run "$TRY" kvm deploy --release 7.4 --vm "$ROOT/vm.xml" --file "$ROOT/deployment.0" -- --all-local
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output =~ LOCAL_DEPLOYMENT_FILE\ +([^ ]*/one-vmm-try\.[A-Za-z0-9]+)/deployment.0 ]]
    [ ! -e "${BASH_REMATCH[1]}" ]
    [ "$(cat "$ROOT/deployment.0")" = '<domain/>' ]
    [ "$(cat "$ROOT/vm.xml")" = '<VM><ID>3</ID></VM>' ]
    [[ $output == *"DEPLOY SUCCESS 3 deployment.0"* ]]
}

@test "every release has its own form and recipe" {
    while read -r release name; do
        run "$TRY" --plan kvm reboot --release "$release" -- --all-local
        [ "$status" -eq 0 ]
        [[ $output == *"recipe of OpenNebula $name"$'\n'* ]]
    done <<'L'
4.14 4.14
5.2 5.0 to 5.4
5.12 5.10 to 5.12
6.10 6.0 to 6.10
7.4 7.0 to 7.4
L
    run "$TRY" --plan kvm backup --release 6.10 --ds-mad rsync --tm-command 'BACKUP shared x'
    [ "$status" -eq 0 ]
    [[ $output == *"$ROOT/var/remotes/datastore/rsync/backup x"* ]]
}

@test "the recipes that this front-end is fixed to win, with a note" {
    echo 5.2.1 >"$ROOT/var/remotes/VERSION"
    run "$TRY" --plan kvm reboot --release 7.4 -- --all-local
    [ "$status" -eq 0 ]
    [[ $output == *"recipe of OpenNebula 5.0 to 5.4"* ]]
    [[ $output == *"note: the driver takes the recipes of OpenNebula 5.0 to 5.4"* ]]
}

@test "a request lacks something: the reason, from the driver and from --plan" {
    run "$TRY" --plan kvm save
    [ "$status" -eq 1 ]
    [[ $output == *"expecting CHECKPOINT_FILE"* ]]
    run "$TRY" kvm save -- --all-local
    [ "$status" -eq 1 ]
    [[ $output == *"SAVE FAILURE 0 Cannot perform SAVE, expecting CHECKPOINT_FILE"* ]]
}

@test "captured lines: decode, plan and replay, from a file and from standard input" {
    local data='<VMM_DRIVER_ACTION_DATA><HOST>h1</HOST><DEPLOY_ID>one-3</DEPLOY_ID><VM><ID>3</ID></VM></VMM_DRIVER_ACTION_DATA>'
    recorder vmm/kvm/poll vmm/kvm/reset
    {
        echo INIT
        echo "POLL 3 $(printf %s "$data" | base64 -w0)"
        echo "RESET 3 $(printf %s "$data" | base64 -w0)"
        echo FINALIZE
    } >"$ROOT/lines"

    run "$TRY" --decode "$ROOT/lines"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"POLL for VM 3"*"  <HOST>h1</HOST>"*"    <ID>3</ID>"*"RESET for VM 3"*FINALIZE ]]
    [ "$("$TRY" --decode <"$ROOT/lines")" = "$output" ]

    run "$TRY" --plan --replay "$ROOT/lines" kvm -- --all-local
    [ "$status" -eq 0 ]
    [[ $output == *"/vmm/kvm/poll one-3 h1 3 h1"*"/vmm/kvm/reset one-3 h1 3 h1"* ]]

    run "$TRY" --replay - kvm -- --all-local <"$ROOT/lines"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"POLL SUCCESS 3"*"RESET SUCCESS 3"* ]]
    [ "$(wc -l <"$ROOT/calls")" -eq 2 ]
}

@test "broken input: the place is named, status 2" {
    printf 'INIT\nPOLL 3 PFZ$\n' >"$ROOT/lines"
    run "$TRY" --decode "$ROOT/lines"
    [ "$status" -eq 2 ]
    [[ $output == *"$ROOT/lines:2: the data, from column 8 on: not base64: byte 0x24 at offset 3"* ]]

    printf 'POLL 3 %s\n' "$(printf '<VMM_DRIVER_ACTION_DATA>\n <HOST>h</VM>' | base64 -w0)" >"$ROOT/lines"
    run "$TRY" --replay "$ROOT/lines" kvm
    [ "$status" -eq 2 ]
    [[ $output == *"$ROOT/lines:1: "*"line 2, column"* ]]

    printf '<VM>\n<ID>5\n' >"$ROOT/vm.xml"
    run "$TRY" kvm poll --vm "$ROOT/vm.xml"
    [ "$status" -eq 2 ]
    [[ $output == *"$ROOT/vm.xml:3:1: "* ]]

    run "$TRY" --decode "$ROOT/none"
    [ "$status" -eq 2 ]
    [[ $output == *"$ROOT/none: No such file"* ]]
}

@test "wrong options: a message, status 2" {
    local words
    while IFS= read -r words; do
        # shellcheck disable=SC2086 # the line is split on purpose
        run "$TRY" $words
        echo "$words: $status $output"
        [ "$status" -eq 2 ]
        [[ $output == *"try one_vmm_try --help"* ]]
    done <<'L'

kvm
kvm dance
kvm poll again
kvm poll --no-such-option
kvm poll --limit 0
kvm poll --release old
kvm poll --set HOST
--replay x
--decode --plan x
--replay x kvm --host h
--replay x kvm --file f
--decode x --vm f
L
    run "$TRY" kvm poll --set 'VM/DISK[1]/X=y'
    [ "$status" -eq 2 ]
    [[ $output == *"not a path of element names"* ]]
}

@test "no answer within --limit: status 3, and what ran is ended" {
    make_script vmm/kvm/poll <<'S'
echo $$ >"$ROOT/pid"
exec sleep 1000
S
    run "$TRY" kvm poll --limit 1 -- --all-local
    echo "$output"
    [ "$status" -eq 3 ]
    [[ $output == *"no answer to POLL within 1 seconds"* ]]
    wait_for_end "$(cat "$ROOT/pid")"
}

@test "a driver that is none, dies or is missing: status 3" {
    run "$TRY" --driver /bin/false kvm poll
    [ "$status" -eq 3 ]
    [[ $output == *"the driver ended"* ]]
    run "$TRY" --driver "$ROOT/none" kvm poll
    [ "$status" -eq 3 ]
    [[ $output == *"$ROOT/none"* ]]
    printf '#!/bin/sh\nread -r x; echo "INIT SUCCESS - -"; read -r x; kill -9 $$\n' >"$ROOT/dying"
    chmod 755 "$ROOT/dying"
    run "$TRY" --driver "$ROOT/dying" kvm poll
    echo "$output"
    [ "$status" -eq 3 ]
    [[ $output == *"the driver ended"* ]]
    [[ $output == *"signal 9"* ]]
}

@test "colours on a terminal only, and not with NO_COLOR" {
    command -v script >/dev/null || skip "script(1) is missing; install the package bsdutils"
    recorder vmm/kvm/poll
    export TERM=xterm
    run "$TRY" kvm poll -- --all-local
    [[ $output != *$'\033'* ]]
    run script -qec "'$TRY' kvm poll -- --all-local" /dev/null
    [[ $output == *$'\033[1;32m'*"POLL SUCCESS"* ]]
    NO_COLOR=1 run script -qec "'$TRY' kvm poll -- --all-local" /dev/null
    [[ $output == *"POLL SUCCESS"* ]]
    [[ $output != *$'\033'* ]]
}
