#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hostile text in every argument of every action script of kvm, xen3 and xen4, and in the action
# data that they read.  What a script calls with a plain word shows where the argument arrives; the
# hostile text must arrive in the same places, byte for byte, and nothing else may be called.
# The arguments are those that a script's head names.

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR/build}"
export SRCDIR BUILDDIR

setup() {
    [ -x "$BUILDDIR/xpath" ] || skip "the xpath helper is not built"
    command -v xmllint >/dev/null || skip "needs libxml2-utils"
    export WORK=$BATS_TEST_TMPDIR/w FILES=$BATS_TEST_TMPDIR/files RECORD=$BATS_TEST_TMPDIR/record TMPDIR=$BATS_TEST_TMPDIR/tmp
    export CANARY=$BATS_TEST_TMPDIR/canary
    local bin tool
    mkdir -p "$WORK/bin" "$RECORD" "$TMPDIR" "$FILES"
    cp -RL "$SRCDIR/remotes" "$WORK/remotes"
    chmod -R u+w "$WORK/remotes"
    bin=$WORK/remotes/bin/$(uname -m)
    mkdir -p "$bin"
    cp "$BUILDDIR/xpath" "$bin/"
    cp "$BATS_TEST_DIRNAME/record" "$bin/poll"
    for tool in virsh xl xm xentop rbd; do cp "$BATS_TEST_DIRNAME/record" "$WORK/bin/$tool"; done
    printf 'PATH=%s:$PATH\nRBD=%s/rbd\n' "$WORK/bin" "$WORK/bin" >"$WORK/remotes/etc/vmm/kvm/kvmrc"
    sed -i -e "s|\"sudo |\"|; s|/usr/sbin/|$WORK/bin/|; s|_TIMEOUT=.*|_TIMEOUT=1|" "$WORK"/remotes/vmm/xen?/xenrc
    # shellcheck disable=SC2016 # that is what must not be expanded
    PAYLOADS=('$(touch "$CANARY")`touch "$CANARY"`'"';touch \"\$CANARY\";'"'";touch $CANARY;"|touch $CANARY&'
        $'-o\nEOT\ntouch "$CANARY"\n\tx'
        $'..]]><x y="z">&amp;&lt;<!-- %s%n * ? \\1 \\n & # \r \u00e9\U1f4a9')
}

# ACTION is the action data, with what stands in the disk and the NIC.
action() {
    printf '<VMM_DRIVER_ACTION_DATA><VM><ID>5</ID><TEMPLATE><DISK><ATTACH>YES</ATTACH>%s</DISK>' "$1"
    printf '<NIC><ATTACH>YES</ATTACH>%s</NIC></TEMPLATE></VM>' "$2"
    printf '<DATASTORE><TM_MAD>ceph</TM_MAD><TEMPLATE>%s</TEMPLATE></DATASTORE>' "$3"
    printf '</VMM_DRIVER_ACTION_DATA>'
}

# usual NAME: what stands in an argument of that name.
usual() {
    case $1 in
        DEPLOY_ID)                                   echo one-5 ;;
        HOST | DEST_HOST | DESTINATION_HOST)         echo host01 ;;
        SRC_HOST | SOURCE_HOST)                      echo host02 ;;
        VM_ID)                                       echo 5 ;;
        PATH | ISO_PATH)                             echo "$FILES/file" ;;
        FILE)                                        echo "$FILES/100/5/file" ;;
        DEPLOYMENT_FILE)                             echo "$FILES/file" ;;
        TARGET | TARGET_DEVICE)                      [ "$DRIVER" = kvm ] && echo hdb || echo xvdb ;;
        TARGET_INDEX)                                echo 1 ;;
        DRV_MESSAGE | DRV_ACTION)                    action | base64 -w 0 ;;
        MAC)                                         echo 02:00:00:00:00:05 ;;
        BRIDGE)                                      echo br0 ;;
        MODEL*)                                      echo virtio ;;
        VN_MAD)                                      echo ovswitch ;;
        SNAPSHOT | SNAPSHOT_ID | SNAPSHOT_NAME)      echo 7 ;;
        *) return 1 ;;
    esac
}

# call NAME VALUE: runs $SCRIPT with VALUE in the argument NAME, and the usual words in the others;
# sets status and the words of what was called.
call() {
    local name args=() value
    rm -rf "$RECORD" "$FILES/100" "$FILES"/file*
    mkdir -p "$RECORD" "$FILES/100/5"
    case $SCRIPT in */detach_* | */prereconfigure) touch "$RECORD/disk" "$RECORD/nic" ;; esac
    [[ $SCRIPT != */kvm/reconfigure ]] || touch "$RECORD/disk"
    export R_TARGET='' R_MAC='' R_SNAPSHOT='' R_DOMAIN=''
    for name in "${NAMES[@]}"; do
        value=$(usual "$name"; echo x) && value=${value%$'\n'x}
        if [ "$name" = "${1:-}" ]; then
            value=$2
            case $name in *FILE | *PATH) value=$FILES/100/5/$2 ;; esac
        fi
        case $name in
            TARGET*)   R_TARGET=$value ;;
            MAC)       R_MAC=$value ;;
            SNAPSHOT*) R_SNAPSHOT=$value ;;
            DEPLOY_ID) R_DOMAIN=$value ;;
            FILE)      case $SCRIPT in */restore | */save.ceph)
                           mkdir -p -- "$(dirname -- "$value")" && echo x >"$value" ;;
                       esac ;;
        esac
        args+=("$value")
    done
    status=0
    timeout 60 "$SCRIPT" "${args[@]}" <<<"$INPUT" >/dev/null 2>"$FILES/errors" || status=$?
    words=()
    [ ! -e "$RECORD/calls" ] || mapfile -d '' -t words <"$RECORD/calls"
    for value in "${!words[@]}"; do
        # Of these names only the form is known.
        [[ ! ${words[value]} =~ ^(snap-.*-)[0-9]{14}$ ]] || words[value]=${BASH_REMATCH[1]}TIME
        [[ ${words[value]} != "$TMPDIR"/tmp.* ]] || words[value]=TEMPORARY
    done
}

# may_refuse NAME PAYLOAD: what a script need not take.
may_refuse() {
    case $1 in
        TARGET* | DEST* | SOURCE_HOST | SNAPSHOT | DRV_*) return 0 ;;
        DEPLOY_ID | MAC | SNAPSHOT_NAME) [[ $2 == *$'\n'* || $2 == *' '* || $2 == *$'\r'* ]] ;;
        *) return 1 ;;
    esac
}

describe() { printf '%s: ' "${SCRIPT#"$WORK/remotes/vmm/"}" "$@"; echo; cat "$FILES/errors"; printf '<%q> ' "${words[@]}"; echo; }

# compare NAME PAYLOAD PLAIN: what was called against the words in the array template.
compare() {
    local i want
    if [ -e "$CANARY" ]; then describe "$1" "$2" "was run by a shell"; return 1; fi
    for i in "${!words[@]}"; do
        want=${template[i]-nothing more}
        want=${want//"$3"/"$2"}
        [ "${words[i]}" = "$want" ] || { describe "$1" "$2" "'${words[i]}' instead of '$want'"; return 1; }
    done
    (( ${#words[@]} == ${#template[@]} )) || may_refuse "$1" "$2" || {
        describe "$1" "$2" "only ${#words[@]} words"; return 1; }
    (( status == 0 )) || grep -q '^ERROR MESSAGE' "$FILES/errors" || {
        describe "$1" "$2" "failed without a reason"; return 1; }
}

# every_argument: of $SCRIPT. Nothing is in the way of another one.
every_argument() {
    local name payload
    RECORD=$BATS_TEST_TMPDIR/${SCRIPT##*/}.record FILES=$BATS_TEST_TMPDIR/${SCRIPT##*/}.files
    mkdir "$FILES"
    read -ra NAMES < <(sed -n 's/^# Arguments: *//p' "$SCRIPT" | sed 's/[;,].*//')
    (( ${#NAMES[@]} > 0 )) || { echo "$SCRIPT names no arguments"; return 1; }
    for name in "${NAMES[@]}"; do
        usual "$name" >/dev/null || { echo "$SCRIPT: what is $name?"; return 1; }
    done
    INPUT=$(action | sed 's/ceph//')
    case $DRIVER/${SCRIPT##*/} in
        kvm/deploy)  INPUT='<domain/>' ;;
        xen*/deploy) INPUT="name = 'one-5'" ;;
        *.ceph)      INPUT=$(action '' '' '<POOL_NAME>p</POOL_NAME>') ;;
    esac
    call
    if [[ $DRIVER/${SCRIPT##*/} == xen*/snapshot_* ]]; then
        grep -q 'is not possible' "$FILES/errors" || return
    elif (( status != 0 || ${#words[@]} == 0 )); then
        describe "does not work"
        return 1
    fi
    for name in $(printf '%s\n' "${NAMES[@]}" | sort -u); do
        call "$name" Plain7
        template=("${words[@]}")
        for payload in "${PAYLOADS[@]}"; do
            call "$name" "$payload"
            compare "$name" "$payload" Plain7 || return
            # Hardly a script looks at these.
            [ "$name" != HOST ] && [ "$name" != VM_ID ] || break
        done
    done
}

# every_script DRIVER: some at a time.
every_script() {
    local n=0 out
    DRIVER=$1
    for SCRIPT in "$WORK/remotes/vmm/$1"/*; do
        [[ -x $SCRIPT && $(head -c 2 "$SCRIPT") == '#!' ]] || continue
        out=$BATS_TEST_TMPDIR/${SCRIPT##*/}.out
        (( ++n <= 6 )) || wait -n || :
        (every_argument || echo failed) >"$out" 2>&1 3>&- &
    done
    wait
    cat "$BATS_TEST_TMPDIR"/*.out
    (( n > 15 )) && [ -z "$(cat "$BATS_TEST_TMPDIR"/*.out)" ]
}

@test "the canary sings when a shell reads what it is sent" {
    for payload in "${PAYLOADS[@]:0:2}"; do
        sh -c "echo $payload" >/dev/null 2>&1 || :
        rm "$CANARY"
    done
}

@test "kvm: every argument of every script" { every_script kvm; }
@test "xen3: every argument of every script" { every_script xen3; }
@test "xen4: every argument of every script" { every_script xen4; }

# elements COUNT NAME...: <NAME>PlainNz</NAME> for each.
elements() { local name; for name; do printf '<%s>Plain%dz</%s>' "$name" "$(( ++n ))" "$name"; done; }

# every_element SCRIPT BODY NAME...: hostile text in all these elements of the action data at once.
every_element() {
    local payload n=0 xml i value data
    SCRIPT=$WORK/remotes/vmm/$1
    DRIVER=${1%%/*}
    read -ra NAMES <<<"$(sed -n 's/^# Arguments: *//p' "$SCRIPT" | sed 's/[;,].*//')"
    shift
    xml=$1
    INPUT=$xml
    data=$(base64 -w 0 <<<"$xml")
    call DRV_MESSAGE "$data"
    template=("${words[@]}")
    printf '%s\n' "${words[@]}" | grep -q 'Plain[0-9]*z' || { describe "takes none of it"; return 1; }
    for payload in "${PAYLOADS[@]}"; do
        value=${payload//'&'/"&amp;"} value=${value//'<'/"&lt;"} value=${value//'>'/"&gt;"} value=${value//$'\r'/"&#13;"}
        INPUT=${xml//Plain/"${value}"Plain}
        call DRV_MESSAGE "$(base64 -w 0 <<<"$INPUT")"
        compare DRV "${payload}Plain" Plain || return 1
        (( ${#words[@]} == ${#template[@]} )) || { describe "$payload" "called less"; return 1; }
    done
}

names_of() { sed -n "/^$1()/,/^}/p" "$WORK/remotes/one_vmm.sh" | grep -o '[A-Z_]*=[A-Z_]\+' | sed 's/.*=//' | sort -u; }

@test "kvm: every element of the disk that is attached" {
    mapfile -t all < <(names_of get_disk_information | grep -vxE 'TYPE|DISK_TYPE|CEPH_HOST|ISCSI_HOST|ATTACH')
    all+=({TOTAL,READ,WRITE}_{BYTES,IOPS}_SEC{,_MAX,_MAX_LENGTH})
    (( ${#all[@]} > 30 ))
    for type in FILE RBD ISCSI BLOCK; do
        every_element kvm/attach_disk "$(action "<TYPE>$type</TYPE>$(elements "${all[@]}")" '' '')"
    done
}

@test "kvm: every element of the NIC that is attached" {
    mapfile -t all < <(names_of get_nic_information)
    (( ${#all[@]} > 15 ))
    every_element kvm/attach_nic "$(action '' "$(elements "${all[@]}")" '')"
}

@test "kvm: every element of the datastore of a checkpoint" {
    for script in save.ceph restore.ceph; do
        every_element "kvm/$script" \
            "$(action '' '' "$(elements POOL_NAME CEPH_USER CEPH_CONF CEPH_KEY)")"
    done
}

@test "xen: the driver of a disk is a name, and the rest of the action data goes nowhere" {
    for DRIVER in xen3 xen4; do
        SCRIPT=$WORK/remotes/vmm/$DRIVER/attach_disk
        read -ra NAMES <<<"DEPLOY_ID PATH TARGET TARGET_INDEX DRV_ACTION VM_ID HOST"
        call DRV_ACTION "$(action '<DRIVER>tap:aio</DRIVER><READONLY>YES</READONLY>' | base64 -w 0)"
        [[ " ${words[*]} " == *" block-attach one-5 tap:aio:$FILES/file "*"xvdb r "* ]] || { describe "$status"; false; }
        for payload in 'raw,script=x' '-x' "${PAYLOADS[@]//[<&>]/}"; do
            call DRV_ACTION "$(action "<DRIVER>$payload</DRIVER>" | base64 -w 0)"
            [ ! -e "$CANARY" ]
            case $payload in
                -x) [[ " ${words[*]} " == *" -x:$FILES/file "* ]] ;;
                *)  (( status == 1 )) && grep -q 'is no driver' "$FILES/errors" &&
                    [[ ${words[*]} != *block-attach* ]] ;;
            esac
        done
    done
}
