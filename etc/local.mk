# What the administrator edits; scripts/install-files never replaces it.
ETC_CONFIG = \
	etc/vmm_exec/vmm_exec_kvm.conf etc/vmm_exec/vmm_exec_xen3.conf \
	etc/vmm_exec/vmm_exec_xen4.conf etc/vmm_exec/vmm_execrc

EXTRA_DIST += $(ETC_CONFIG)

install-data-local: install-etc
uninstall-local: uninstall-etc
.PHONY: install-etc uninstall-etc

install-etc:
	$(INSTALL_FILES) config $(srcdir) '$(DESTDIR)$(oneetcdir)' $(ETC_CONFIG)

uninstall-etc:
	$(INSTALL_FILES) --uninstall config $(srcdir) '$(DESTDIR)$(oneetcdir)' $(ETC_CONFIG)
