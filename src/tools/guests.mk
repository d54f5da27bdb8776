# src/tools/guests: one-guests, the service
noinst_LIBRARIES += libguests.a
libguests_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBVIRT_CFLAGS)
libguests_a_SOURCES = \
	src/tools/guests/call.c    src/tools/guests/call.h \
	src/tools/guests/config.c  src/tools/guests/config.h \
	src/tools/guests/host.c    src/tools/guests/host.h \
	src/tools/guests/link.c    src/tools/guests/link.h \
	src/tools/guests/list.c    src/tools/guests/list.h \
	src/tools/guests/loop.c    src/tools/guests/loop.h \
	src/tools/guests/mailbox.c src/tools/guests/mailbox.h \
	src/tools/guests/runner.c  src/tools/guests/runner.h \
	src/tools/guests/say.c     src/tools/guests/say.h \
	src/tools/guests/service.c src/tools/guests/service.h \
	src/tools/guests/start.c   src/tools/guests/start.h \
	src/tools/guests/state.c   src/tools/guests/state.h \
	src/tools/guests/status.c  src/tools/guests/status.h \
	src/tools/guests/stop.c    src/tools/guests/stop.h \
	src/tools/guests/task.c    src/tools/guests/task.h
GUESTS_LIBS = libguests.a $(COMMON_LIBS) $(LIBVIRT_LIBS) -lpthread

# Where the stock service has its files, and where a service's own belong, whatever the prefix is.
GUESTS_DEFAULTS_FILE = /etc/default/libvirt-guests
GUESTS_STOCK_LIST    = /var/lib/libvirt/libvirt-guests
GUESTS_STATE_DIR     = /var/lib/one-guests
GUESTS_RUN_DIR       = /run/one-guests

sbin_PROGRAMS += one-guests
one_guests_SOURCES = src/tools/guests/main.c
one_guests_LDADD = $(GUESTS_LIBS)
one_guests_CPPFLAGS = $(AM_CPPFLAGS) $(LIBVIRT_CFLAGS) \
	-DGUESTS_DEFAULTS_FILE='"$(GUESTS_DEFAULTS_FILE)"' \
	-DGUESTS_STOCK_LIST='"$(GUESTS_STOCK_LIST)"' \
	-DGUESTS_STATE_DIR='"$(GUESTS_STATE_DIR)"' \
	-DGUESTS_RUN_DIR='"$(GUESTS_RUN_DIR)"'

dist_man_MANS += man/one-guests.8
include etc/guests/local.mk
