# src/tools/guests: one-guests, the service
noinst_LIBRARIES += libguests.a
libguests_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBVIRT_CFLAGS)
libguests_a_SOURCES = \
	src/tools/guests/config.c  src/tools/guests/config.h \
	src/tools/guests/say.c     src/tools/guests/say.h \
	src/tools/guests/state.c   src/tools/guests/state.h
GUESTS_LIBS = libguests.a $(COMMON_LIBS) $(LIBVIRT_LIBS) -lpthread
