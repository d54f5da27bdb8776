#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The xpath helper under the name that action scripts call.  No Ruby: the work is done by the
# compiled helper.  OpenNebula's own xpath.rb, where there is one, stays in this place instead.
#
# Arguments: [-s|--stdin] [-b|--base64 TEXT] [-t|--subtree] XPATH...   see one-vmm-xpath(1)

# shellcheck source=../one_vmm.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../one_vmm.sh" || exit
helper=$(native_helper xpath) || exit
exec "$helper" "$@"
