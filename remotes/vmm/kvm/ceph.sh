# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0

# ceph_checkpoint VM_ID: from the action's XML on standard input, sets ceph, the rbd command with
# its options, and checkpoint, the image that holds the VM's checkpoint.
# shellcheck disable=SC2034 # both are for the caller
ceph_checkpoint() {
    local base=/VMM_DRIVER_ACTION_DATA/DATASTORE/TEMPLATE pool user conf key
    { IFS= read -r -d '' pool; IFS= read -r -d '' user; IFS= read -r -d '' conf
      IFS= read -r -d '' key; } < <(xpath "$base/POOL_NAME" "$base/CEPH_USER" "$base/CEPH_CONF" "$base/CEPH_KEY")
    checkpoint=${pool:-one}/one-sys-$1-checkpoint
    ceph=("$RBD")
    [ -z "$user" ] || ceph+=(--id "$user")
    [ -z "$conf" ] || ceph+=(--conf "$conf")
    [ -z "$key" ] || ceph+=(--keyfile "$key")
}
