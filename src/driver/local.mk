noinst_LIBRARIES += libdriver.a
libdriver_a_CPPFLAGS = $(AM_CPPFLAGS) $(SSH2_CFLAGS)
libdriver_a_SOURCES = \
	include/vmm-limits.h \
	src/driver/command.c   src/driver/command.h \
	src/driver/config.h \
	src/driver/local.c     src/driver/local.h \
	src/driver/outcome.c   src/driver/outcome.h \
	src/driver/transport.h
DRIVER_LIBS = libdriver.a $(COMMON_LIBS) $(SSH2_LIBS)
