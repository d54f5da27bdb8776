# The Xen scripts.  In the tree xen3 and xen4 are links into xen-common, but for what differs;
# installed, each directory has files of its own.
XEN_ACTIONS = \
	attach_disk attach_nic cancel deploy detach_disk detach_nic lib.sh list.awk migrate poll \
	poll.awk prereconfigure reboot reconfigure reset restore save shutdown snapshot_create \
	snapshot_delete snapshot_revert
XEN3_INSTALLED = $(XEN_ACTIONS:%=remotes/vmm/xen3/%)
XEN4_INSTALLED = $(XEN_ACTIONS:%=remotes/vmm/xen4/%)

REMOTE_ALWAYS += $(XEN3_INSTALLED) $(XEN4_INSTALLED)
REMOTE_CONFIG += remotes/vmm/xen3/xenrc remotes/vmm/xen4/xenrc

EXTRA_DIST += remotes/vmm/xen-common
