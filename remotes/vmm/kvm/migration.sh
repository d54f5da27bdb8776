# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Live migration; migrate and migrate_local differ only in the libvirt that they ask to do it.

# host_uri HOST: libvirt there, the same kind (system, session) as here.  More than a name would be
# read as more of the URI, whose parameters can name a command.
host_uri() {
    local host=$1 kind=${LIBVIRT_URI%%\?*}
    [[ $host =~ ^[A-Za-z0-9_.:][A-Za-z0-9_.:-]*$ ]] || fail "\"$host\" is no name of a host"
    [[ $host != *:* ]] || host="[$host]" # an IPv6 address
    printf '%s://%s/%s\n' "${QEMU_PROTOCOL:-qemu+ssh}" "$host" "${kind##*/}"
}

# job_line: from "virsh domjobinfo" on standard input, "percent|transferred|remaining".
job_line() {
    awk '
        function bytes(n, unit) {
            return n * 1024 ^ (unit == "B" ? 0 : index("KMGTPE", substr(unit, 1, 1)))
        }
        /^Data processed:/ { done = $3 " " $4 }
        /^Data remaining:/ { left = $3 " " $4; rest = bytes($3, $4) }
        /^Data total:/     { total = bytes($3, $4) }
        END { if (total) printf "%d|%s|%s\n", 100 * (total - rest) / total, done, left }'
}

# follow_migration ID OUTPUT: logs the progress until descriptor OUTPUT, which virsh writes its
# messages to, ends; MESSAGES then holds these.
follow_migration() {
    local line status percent moved left last=-1 logged=0 pause=0.2
    MESSAGES=
    while :; do
        IFS= read -r -t "$pause" -u "$2" line
        status=$?
        (( status != 0 )) || { MESSAGES+="$line "; continue; }
        (( status > 128 )) || break
        pause=1
        IFS='|' read -r percent moved left < <(vsh domjobinfo --domain "$1" 2>/dev/null | job_line) ||
            continue
        # Every second for small steps would bury the VM's log.
        (( percent >= last + 5 || percent < last || SECONDS >= logged + 10 )) || continue
        last=$percent logged=$SECONDS
        log_info "Migration: $percent % done, $moved transferred, $left remaining"
    done
}

# final_figures ID URI: logs what the completed migration took; the destination knows it.
final_figures() {
    local figures
    figures=$(virsh --connect "$2" domjobinfo --domain "$1" --completed 2>/dev/null | awk '
        /^Time elapsed:/   { total = $3 " " $4 }
        /^Total downtime:/ { down = $3 " " $4 }
        /^Data processed:/ { moved = $3 " " $4 }
        END { if (total) printf "%s in total, downtime %s, %s transferred\n", total, down, moved }')
    log_info "Migration completed${figures:+: $figures}"
}

# A domain's snapshots stay behind in libvirt, which refuses to migrate while there are any.  Only
# libvirt's record of them is moved: what they hold is in the disks.

# stash_snapshots ID DIRECTORY: takes the records out of libvirt into DIRECTORY.
stash_snapshots() {
    local id=$1 names name number=0
    names=$(vsh snapshot-list --domain "$id" --name 2>/dev/null)
    [ -n "$names" ] || return 0
    vsh snapshot-current --domain "$id" --name >"$2/current" 2>/dev/null
    while IFS= read -r name; do
        [ -n "$name" ] || continue
        (( ++number ))
        printf '%s\n' "$name" >"$2/$number.name"
        vsh snapshot-dumpxml --domain "$id" --snapshotname "$name" --security-info \
            >"$2/$number.xml" || return
    done <<<"$names"
    cat "$2"/*.name | while IFS= read -r name; do
        vsh snapshot-delete --domain "$id" --snapshotname "$name" --metadata >/dev/null || return
    done
}

# unstash_snapshots ID DIRECTORY URI: gives the records to libvirt at URI, parents before children.
unstash_snapshots() {
    local id=$1 uri=$3 current='' file errors progress=yes options
    [ -e "$2/current" ] || return 0
    current=$(<"$2/current")
    while [ -n "$progress" ]; do
        progress=
        for file in "$2"/*.xml; do
            [ -e "$file" ] || return 0
            options=()
            [ "$(<"${file%.xml}.name")" != "$current" ] || options=(--current)
            errors=$(virsh --connect "$uri" snapshot-create --domain "$id" --xmlfile "$file" \
                --redefine "${options[@]}" 2>&1 >/dev/null) || continue
            rm -f -- "$file"
            progress=yes
        done
    done
    log_error "Not all snapshots of $id could be moved: $errors"
}

# uuid_at ID URI, state_at ID URI: empty when the domain is not there, or nobody answers.
uuid_at()  { virsh --connect "$2" domuuid --domain "$1" 2>/dev/null | head -n 1; }
state_at() { virsh --connect "$2" domstate --domain "$1" 2>/dev/null | head -n 1; }

# has_no_job ID: whether libvirt is done with the migration, successful or not.
has_no_job() { ! vsh domjobinfo --domain "$1" 2>/dev/null | grep -q 'migration'; }

# is_only_here ID UUID URI: whether the destination answers, and does not have the domain (any more).
is_only_here() {
    local list
    list=$(virsh --connect "$3" list --all --uuid 2>/dev/null) && [[ $list != *"$2"* ]]
}

# clean_destination ID UUID URI: after a failure, removes what the migration left there.  Only that:
# the same domain, while the source still has its own.
clean_destination() {
    [ "$(uuid_at "$1" "$3")" = "$2" ] && [ -n "$(state_at "$1" "$LIBVIRT_URI")" ] || return 0
    virsh --connect "$3" destroy --domain "$1" >/dev/null 2>&1 &&
        log_info "Removed what the migration left at the destination"
}

# migrate_to ID DESTINATION_HOST: the whole migration, from the libvirt at LIBVIRT_URI.
migrate_to() {
    local id=$1 uri options output migration status uuid before stash
    uri=$(host_uri "$2") || exit
    read -ra options <<<"${MIGRATE_OPTIONS:-}"
    uuid=$(vsh domuuid --domain "$id" 2>&1) || fail "Could not migrate $id to $2: $uuid"
    uuid=${uuid%%[[:space:]]*}
    before=$(state_at "$id" "$LIBVIRT_URI")

    stash=$(mktemp -d) || fail "Could not migrate $id: no temporary directory"
    # shellcheck disable=SC2064 # the name as it is now
    trap "rm -rf -- '$stash'" EXIT
    stash_snapshots "$id" "$stash" || log_error "Could not set the snapshots of $id aside"

    coproc MIGRATION {
        exec virsh --connect "$LIBVIRT_URI" migrate --live "${options[@]}" \
            --domain "$id" --desturi "$uri" 2>&1
    }
    migration=$MIGRATION_PID
    exec {output}<&"${MIGRATION[0]}"
    trap 'kill "$migration" 2>/dev/null' TERM INT HUP
    follow_migration "$id" "$output"
    wait "$migration"
    status=$?

    # virsh may lose its connection at the very end, when the guest runs there already.
    if (( status != 0 )) && ! arrived "$id" "$uuid" "$uri"; then
        give_up "$id" "$uuid" "$uri" "$stash" "$before"
        (( status < 128 )) || MESSAGES+="cancelled (signal $(( status - 128 )))"
        fail "Could not migrate $id to $2: $MESSAGES"
    fi
    unstash_snapshots "$id" "$stash" "$uri"
    final_figures "$id" "$uri"
}

# arrived ID UUID URI: whether the domain runs at the destination and no more at the source.
arrived() {
    [ "$(uuid_at "$1" "$3")" = "$2" ] && [ "$(state_at "$1" "$3")" = running ] && is_gone "$1"
}

# give_up ID UUID URI STASH STATE: leaves the domain at the source as it was, in STATE, and nothing
# elsewhere.
give_up() {
    # When virsh was ended libvirt goes on by itself.
    vsh domjobabort --domain "$1" >/dev/null 2>&1
    wait_for 5 has_no_job "$1"
    clean_destination "$1" "$2" "$3"
    if [ "$5" = running ] && [ "$(state_at "$1" "$LIBVIRT_URI")" = paused ] &&
        is_only_here "$1" "$2" "$3"; then
        vsh resume --domain "$1" >/dev/null
    fi
    unstash_snapshots "$1" "$4" "$LIBVIRT_URI"
    log_info "$1 is $(state_at "$1" "$LIBVIRT_URI") at the source"
}
