# The action scripts; they are pushed to the hosts from $(oneremotesdir).  scripts/install-files
# tells what the kinds mean.
REMOTE_ALWAYS = \
	remotes/one_vmm.sh remotes/vmm/kvm/attach_disk remotes/vmm/kvm/attach_nic \
	remotes/vmm/kvm/cancel remotes/vmm/kvm/ceph.sh remotes/vmm/kvm/deploy \
	remotes/vmm/kvm/detach_disk remotes/vmm/kvm/detach_nic remotes/vmm/kvm/lib.sh \
	remotes/vmm/kvm/migrate remotes/vmm/kvm/migration.sh remotes/vmm/kvm/migrate_local \
	remotes/vmm/kvm/poll remotes/vmm/kvm/prereconfigure remotes/vmm/kvm/reboot \
	remotes/vmm/kvm/reconfigure remotes/vmm/kvm/reset remotes/vmm/kvm/restore \
	remotes/vmm/kvm/restore.ceph remotes/vmm/kvm/save remotes/vmm/kvm/save.ceph \
	remotes/vmm/kvm/shutdown remotes/vmm/kvm/snapshot_create \
	remotes/vmm/kvm/snapshot_delete remotes/vmm/kvm/snapshot_revert \
	remotes/vmm/example/attach_disk remotes/vmm/example/attach_nic \
	remotes/vmm/example/cancel remotes/vmm/example/deploy remotes/vmm/example/detach_disk \
	remotes/vmm/example/detach_nic remotes/vmm/example/lib.sh remotes/vmm/example/migrate \
	remotes/vmm/example/migrate_local remotes/vmm/example/poll \
	remotes/vmm/example/prereconfigure remotes/vmm/example/reboot \
	remotes/vmm/example/reconfigure remotes/vmm/example/reset remotes/vmm/example/restore \
	remotes/vmm/example/save remotes/vmm/example/shutdown \
	remotes/vmm/example/snapshot_create remotes/vmm/example/snapshot_delete \
	remotes/vmm/example/snapshot_revert

# OpenNebula has these too.
REMOTE_KEPT = \
	remotes/scripts_common.sh remotes/datastore/xpath.rb remotes/vnm/dummy/clean \
	remotes/vnm/dummy/post remotes/vnm/dummy/pre remotes/vnm/dummy/update_sg \
	remotes/tm/dummy/clone remotes/tm/dummy/context remotes/tm/dummy/cpds \
	remotes/tm/dummy/delete remotes/tm/dummy/failmigrate remotes/tm/dummy/ln \
	remotes/tm/dummy/mkimage remotes/tm/dummy/mkswap remotes/tm/dummy/mv \
	remotes/tm/dummy/mvds remotes/tm/dummy/postmigrate remotes/tm/dummy/premigrate \
	remotes/tm/dummy/resize remotes/tm/dummy/snap_create remotes/tm/dummy/snap_create_live \
	remotes/tm/dummy/snap_delete remotes/tm/dummy/snap_revert

REMOTE_CONFIG = remotes/vmm/kvm/kvmrc remotes/etc/vmm/kvm/kvmrc remotes/vmm/example/examplerc

EXTRA_DIST += scripts/install-files $(REMOTE_ALWAYS) $(REMOTE_KEPT) $(REMOTE_CONFIG)

include remotes/xen.mk

INSTALL_FILES = $(SHELL) $(top_srcdir)/scripts/install-files

install-data-local: install-remotes
uninstall-local: uninstall-remotes
.PHONY: install-remotes uninstall-remotes

install-remotes:
	$(INSTALL_FILES) script $(srcdir) '$(DESTDIR)$(oneremotesdir)' $(REMOTE_ALWAYS)
	$(INSTALL_FILES) keep   $(srcdir) '$(DESTDIR)$(oneremotesdir)' $(REMOTE_KEPT)
	$(INSTALL_FILES) config $(srcdir) '$(DESTDIR)$(oneremotesdir)' $(REMOTE_CONFIG)

uninstall-remotes:
	$(INSTALL_FILES) --uninstall script $(srcdir) '$(DESTDIR)$(oneremotesdir)' $(REMOTE_ALWAYS)
	$(INSTALL_FILES) --uninstall keep   $(srcdir) '$(DESTDIR)$(oneremotesdir)' $(REMOTE_KEPT)
	$(INSTALL_FILES) --uninstall config $(srcdir) '$(DESTDIR)$(oneremotesdir)' $(REMOTE_CONFIG)
