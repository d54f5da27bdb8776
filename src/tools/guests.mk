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
	src/tools/guests/say.c     src/tools/guests/say.h \
	src/tools/guests/state.c   src/tools/guests/state.h \
	src/tools/guests/task.c    src/tools/guests/task.h
GUESTS_LIBS = libguests.a $(COMMON_LIBS) $(LIBVIRT_LIBS) -lpthread
