noinst_LIBRARIES += libcommon.a
libcommon_a_SOURCES = \
	src/common/base64.c src/common/base64.h \
	src/common/cancel.c src/common/cancel.h \
	src/common/error.c  src/common/error.h \
	src/common/fd.c     src/common/fd.h \
	src/common/log.c    src/common/log.h \
	src/common/quote.c  src/common/quote.h \
	src/common/session.c src/common/session.h \
	src/common/spawn.c  src/common/spawn.h \
	src/common/text.c   src/common/text.h
COMMON_LIBS = libcommon.a $(XML_LIBS) $(GLIB_LIBS)
