# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A bare Debian of this machine's release in a directory, from the mirror that apt uses here.

# The mirror's address, as apt has it.
mirror() {
    # shellcheck disable=SC2016 # expanded by apt
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
        sed -n "s|^$(release) \(.*[^/]\)/*$|\1|p" | head -n 1
}

release() { (. /etc/os-release && printf '%s\n' "$VERSION_CODENAME"); }

mirror_answers() {
    local dir status=0

    dir=$(mktemp -d) || return
    /usr/lib/apt/apt-helper -qq download-file "$(mirror)/dists/$(release)/Release" "$dir/Release" \
        >/dev/null 2>&1 || status=1
    rm -rf -- "$dir"
    return "$status"
}

# Prints what keeps a machine from being made.
what_is_missing() {
    local program missing=()

    for program in apt-get debootstrap dpkg-buildpackage dh unshare; do
        PATH=$PATH:/usr/sbin type -P "$program" >/dev/null || missing+=("$program")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        echo "missing: ${missing[*]}"
    elif [ "$(id -u)" -ne 0 ]; then
        echo "not root, whom debootstrap needs"
    elif ! unshare -m -p -f true 2>/dev/null; then
        echo "namespaces are not permitted here"
    elif [ -z "$(mirror)" ] || ! mirror_answers; then
        echo "no mirror of Debian $(release) answers"
    fi
}

# make_machine DIRECTORY
make_machine() {
    local http_proxy

    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    [ -z "${http_proxy-}" ] || export http_proxy
    unshare -m -p -f --kill-child debootstrap --variant=minbase "$(release)" "$1" "$(mirror)" || {
        tail -n 20 "$1/debootstrap/debootstrap.log"
        return 1
    }
    rm "$1/etc/apt/sources.list"
    cp -a /etc/apt/. "$1/etc/apt/"
    cp -aL /usr/share/keyrings/. "$1/usr/share/keyrings/"
    cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/quick"
    on_machine apt-get -qq update
}

# on_machine COMMAND...: everything it starts ends with it.
on_machine() {
    # shellcheck disable=SC2016 # expanded by the shell inside
    unshare -m -p -f --kill-child sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' \
        "$MACHINE" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
        DEBIAN_FRONTEND=noninteractive "$@" </dev/null 3>&-
}

# Every file with its kind, rights, owner and contents, but for the records of dpkg, apt and ucf.
list_files() {
    (
        cd "$MACHINE" || exit
        find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./var/lib/dpkg \
            -o -path ./var/lib/apt -o -path ./var/lib/ucf -o -path ./var/cache/apt -o -path ./var/cache/debconf \
            -o -path ./var/cache/ldconfig -o -path ./var/log/apt -o -path './var/log/*.log' \
            -o -path ./etc/ld.so.cache \) -prune \
            -o -printf '%P %y %m %u:%g %l\n' -type f -fprintf "$1.files" '%p\0'
        xargs -0 sha256sum <"$1.files" | sed -E 's|^([0-9a-f]+)  \./(.*)|\2 \1|'
        rm -f -- "$1.files"
    ) | sort >"$1"
}
