# The service one-guests for systemd, and for machines without it.
systemdunitdir = $(prefix)/lib/systemd/system

systemdunit_DATA = etc/guests/one-guests.service
init_SCRIPTS = etc/guests/init/one-guests
EXTRA_DIST += etc/guests/one-guests.service.in etc/guests/one-guests.init.in
CLEANFILES += $(systemdunit_DATA) $(init_SCRIPTS)

FILL_IN_SBINDIR = $(MKDIR_P) etc/guests/init && $(SED) 's|@sbindir[@]|$(sbindir)|'

etc/guests/one-guests.service: $(top_srcdir)/etc/guests/one-guests.service.in Makefile
	$(AM_V_GEN)$(FILL_IN_SBINDIR) '$(top_srcdir)/etc/guests/one-guests.service.in' >'$@'

etc/guests/init/one-guests: $(top_srcdir)/etc/guests/one-guests.init.in Makefile
	$(AM_V_GEN)$(FILL_IN_SBINDIR) '$(top_srcdir)/etc/guests/one-guests.init.in' >'$@' && chmod +x '$@'
