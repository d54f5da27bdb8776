# "make deb": debhelper builds a Debian package from a copy of the release, in deb/.  This directory is
# the copy's debian/.
DEB_VERSION = $(PACKAGE_VERSION)-1
DEB_SOURCE = deb/$(PACKAGE)-$(PACKAGE_VERSION)
EXTRA_DIST += \
	scripts/deb/changelog.in scripts/deb/control scripts/deb/copyright \
	scripts/deb/one-vmm.lintian-overrides \
	scripts/deb/one-vmm.postinst scripts/deb/one-vmm.postrm \
	scripts/deb/one-vmm.preinst scripts/deb/one-vmm.prerm scripts/deb/rules

.PHONY: deb install-by-kind
deb:
	rm -rf deb $(PACKAGE)_*.deb
	$(MKDIR_P) deb
	$(MAKE) distdir distdir=$(DEB_SOURCE)
	cp -R $(DEB_SOURCE)/scripts/deb $(DEB_SOURCE)/debian
	$(SED) -e 's/@VERSION[@]/$(DEB_VERSION)/' -e "s/@DATE[@]/$$(LC_ALL=C date -R -u -r $(srcdir)/NEWS)/" \
		$(srcdir)/scripts/deb/changelog.in >$(DEB_SOURCE)/debian/changelog
	cd $(DEB_SOURCE) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		DEB_BUILD_OPTIONS="noautodbgsym $$DEB_BUILD_OPTIONS" dpkg-buildpackage -b -J -us -uc
	mv deb/$(PACKAGE)_$(DEB_VERSION)_*.deb .

clean-local: clean-deb
.PHONY: clean-deb
clean-deb:
	rm -rf deb $(PACKAGE)_*.deb

# What one-vmm.postinst gives to scripts/install-files on the machine: a directory for each kind.
install-by-kind:
	$(INSTALL_FILES) script $(srcdir) '$(DESTDIR)$(pkgdatadir)/script' $(REMOTE_ALWAYS)
	$(INSTALL_FILES) script $(srcdir) '$(DESTDIR)$(pkgdatadir)/keep' $(REMOTE_KEPT)
	$(INSTALL_FILES) script $(srcdir) '$(DESTDIR)$(pkgdatadir)/config' $(REMOTE_CONFIG)
	$(INSTALL_FILES) script $(srcdir) '$(DESTDIR)$(pkgdatadir)/etc' $(ETC_CONFIG)
	$(INSTALL_SCRIPT) $(srcdir)/scripts/install-files '$(DESTDIR)$(pkgdatadir)'
