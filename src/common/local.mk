noinst_LIBRARIES += libcommon.a
libcommon_a_SOURCES = \
	src/common/base64.c src/common/base64.h \
	src/common/error.c  src/common/error.h \
	src/common/quote.c  src/common/quote.h \
	src/common/text.c   src/common/text.h
COMMON_LIBS = libcommon.a $(XML_LIBS) $(GLIB_LIBS)
