# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What our own scripts need and OpenNebula's scripts_common.sh, when that one is installed, lacks:
# the compiled helpers, XML that is escaped, and what the action data say of a disk or a NIC.
# scripts_common.sh sources it; so do scripts that must find these functions in any case.

ONE_VMM_REMOTES=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

# native_helper NAME: prints the path of the compiled helper NAME (poll, xpath): the one that was
# pushed with the remotes for this kind of machine, or the one installed on this host.
native_helper() {
    local file
    file=$ONE_VMM_REMOTES/bin/$(uname -m)/$1
    [ -x "$file" ] || file=$(type -P "one-vmm-$1") || {
        printf 'ERROR: %s: no helper "%s" on %s: neither %s (pushed with the remotes) nor %s\n' \
            "$(basename -- "$0")" "$1" "$(uname -n)" "$ONE_VMM_REMOTES/bin/$(uname -m)/$1" \
            "one-vmm-$1 in PATH; install one-vmm on the front-end for $(uname -m) and synchronise \
the hosts, or install its helpers on the host" >&2
        return 1
    }
    printf '%s\n' "$file"
}

# xpath ARGS...: reads values out of XML, with our helper or, without it, OpenNebula's own.
xpath() {
    local helper theirs=$ONE_VMM_REMOTES/datastore/xpath.rb
    if helper=$(native_helper xpath 2>/dev/null); then
        "$helper" "$@"
    elif [ -x "$theirs" ] && ! grep -q native_helper "$theirs"; then
        "$theirs" "$@"
    else
        native_helper xpath
    fi
}

# xml_esc TEXT: TEXT as it is written in an XML attribute or element.
xml_esc() {
    # A quoted pattern and a variable: how bash reads & and quotes there differs by release.
    local text=$1 amp='&amp;' lt='&lt;' gt='&gt;' apos='&apos;' quot='&quot;'
    local lf='&#10;' tab='&#9;' cr='&#13;'
    text=${text//'&'/"$amp"}
    text=${text//'<'/"$lt"}
    text=${text//'>'/"$gt"}
    text=${text//\'/"$apos"}
    text=${text//'"'/"$quot"}
    # As they stand, a parser makes blanks of these in an attribute.
    text=${text//$'\n'/"$lf"} text=${text//$'\t'/"$tab"} text=${text//$'\r'/"$cr"}
    printf '%s\n' "$text"
}

# get_source_xml HOSTS: <host> elements for "name:port name ...".
get_source_xml() {
    local host hosts
    read -ra hosts <<<"$1"
    for host in "${hosts[@]}"; do
        printf "<host name='%s'" "$(xml_esc "${host%%:*}")"
        [[ $host != *:* ]] || printf " port='%s'" "$(xml_esc "${host#*:}")"
        printf '/>'
    done
    printf '\n'
}

# _one_vmm_data: the action's XML, from DRV_ACTION (base64) or, when that is empty, standard input.
# Not as an argument for the helper: what the system allows for one is less than some VMs have.
_one_vmm_data() {
    if [ -n "${DRV_ACTION:-}" ]; then
        base64 --decode --ignore-garbage <<<"$DRV_ACTION"
    else
        cat
    fi
}

# _one_vmm_read KIND FILTER VARIABLE=NAME...: reads elements of the TEMPLATE/KIND that FILTER
# (ATTACH=YES, DISK_ID=4) selects into variables of those names, and the VM's id into VMID.
_one_vmm_read() {
    local kind=$1 filter=$2 pair value key=${2%%=*} base i=0 paths=() names=()
    shift 2
    value=${filter#*=}; value=${value#\'}; value=${value%\'}
    [[ $key =~ ^[A-Z_]+$ && $value =~ ^[A-Za-z0-9_.:-]*$ ]] || {
        log_error "no such filter for $kind: $filter"
        return 1
    }
    base="/VMM_DRIVER_ACTION_DATA/VM/TEMPLATE/${kind}[$key='$value']"
    paths=(/VMM_DRIVER_ACTION_DATA/VM/ID) names=(VMID)
    for pair; do
        names+=("${pair%%=*}")
        paths+=("$base/${pair#*=}")
    done
    while IFS= read -r -d '' value; do
        printf -v "${names[i++]}" %s "$value"
    done < <(_one_vmm_data | xpath --stdin "${paths[@]}")
    (( i == ${#names[@]} ))
}

# get_disk_information FILTER: what the action data say of one disk, in VMID DRIVER TYPE READONLY
# ... and, for the XML of libvirt, TYPE_XML DEVICE TYPE_SOURCE SOURCE SOURCE_ARGS SOURCE_HOST AUTH.
# shellcheck disable=SC2034 # all of them are for the caller
get_disk_information() {
    local name limits=(SIZE_IOPS_SEC=SIZE_IOPS_SEC)
    for name in {TOTAL,READ,WRITE}_{BYTES,IOPS}_SEC{,_MAX,_MAX_LENGTH}; do
        limits+=("$name=$name")
    done
    _one_vmm_read DISK "$1" DRIVER=DRIVER TYPE=TYPE READONLY=READONLY \
        SHAREABLE=SHAREABLE CACHE=CACHE DISCARD=DISCARD IMG_SRC=SOURCE DISK_ID=DISK_ID \
        CLONE=CLONE CEPH_HOST=CEPH_HOST CEPH_SECRET=CEPH_SECRET CEPH_USER=CEPH_USER \
        LUKS_SECRET=LUKS_SECRET ISCSI_HOST=ISCSI_HOST ISCSI_USAGE=ISCSI_USAGE \
        ISCSI_USER=ISCSI_USER ISCSI_IQN=ISCSI_IQN DISK_TYPE=DISK_TYPE POOL_NAME=POOL_NAME \
        SIZE=SIZE DISK_TARGET=TARGET DISK_TM_MAD=TM_MAD DISK_IO=IO ORDER=ORDER \
        IOTHREAD=IOTHREAD VIRTIO_BLK_QUEUES=VIRTIO_BLK_QUEUES "${limits[@]}" || return
    DRIVER=${DRIVER:-${DEFAULT_TYPE:-}}
    TYPE=${TYPE,,} READONLY=${READONLY,,} SHAREABLE=${SHAREABLE,,}
    TYPE_XML=file TYPE_SOURCE=file DEVICE=disk SOURCE_ARGS='' SOURCE_HOST='' AUTH=''
    case $TYPE in *cdrom) DEVICE=cdrom ;; esac
    case $TYPE/${DISK_TYPE^^} in
        block/*|*/BLOCK)
            TYPE_XML=block TYPE_SOURCE=dev ;;
        iscsi/*|*/ISCSI)
            SOURCE=${ISCSI_IQN:-$IMG_SRC}
            _one_vmm_network_disk iscsi "$ISCSI_HOST" "$ISCSI_USER" usage "$ISCSI_USAGE" ;;
        rbd*/*|*/RBD)
            case $TYPE/$CLONE in
                rbd*/YES|cdrom/YES|file/YES) SOURCE=$IMG_SRC-$VMID-$DISK_ID ;;
                rbd*|cdrom*|file*)           SOURCE=$IMG_SRC ;;
                *)                           SOURCE=$POOL_NAME/one-sys-$VMID-$DISK_ID ;;
            esac
            _one_vmm_network_disk rbd "$CEPH_HOST" "$CEPH_USER" uuid "$CEPH_SECRET" ;;
    esac
}

# _one_vmm_network_disk PROTOCOL HOSTS USER KIND SECRET
# shellcheck disable=SC2034 # set for the caller of get_disk_information
_one_vmm_network_disk() {
    local type=$1
    [ "$type" != rbd ] || type=ceph
    TYPE_XML=network TYPE_SOURCE=name
    SOURCE_ARGS="protocol='$1'"
    SOURCE_HOST=$(get_source_xml "$2")
    if [ -n "$3" ] && [ -n "$5" ]; then
        AUTH="<auth username='$(xml_esc "$3")'><secret type='$type' $4='$(xml_esc "$5")'/></auth>"
    fi
}

# get_nic_information FILTER: what the action data say of one NIC.
get_nic_information() {
    _one_vmm_read NIC "$1" NIC_ID=NIC_ID BRIDGE=BRIDGE BRIDGE_TYPE=BRIDGE_TYPE \
        VN_MAD=VN_MAD MAC=MAC NIC_TARGET=TARGET SCRIPT=SCRIPT MODEL=MODEL IP=IP FILTER=FILTER \
        VIRTIO_QUEUES=VIRTIO_QUEUES VROUTER_IP=VROUTER_IP INBOUND_AVG_BW=INBOUND_AVG_BW \
        INBOUND_PEAK_BW=INBOUND_PEAK_BW INBOUND_PEAK_KB=INBOUND_PEAK_KB \
        OUTBOUND_AVG_BW=OUTBOUND_AVG_BW OUTBOUND_PEAK_BW=OUTBOUND_PEAK_BW \
        OUTBOUND_PEAK_KB=OUTBOUND_PEAK_KB ORDER=ORDER
}
