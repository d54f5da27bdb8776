/* SPDX-License-Identifier: Apache-2.0
 *
 * A request as the driver has it after reading, made from a piece of XML.
 */
#ifndef REQUEST_SAMPLE_H
#define REQUEST_SAMPLE_H

#include "driver/request.h"

typedef struct
{
  VmmConfig   config; /* remotes_dir is /remotes, host_dir /host */
  VmmOptions *options;
  VmmMessage *message;
  VmmPayload *payload;
  VmmRequest  request;
} RequestSample;

/* body: what stands in the root element. release: 502 is 5.2. arguments: of the driver. */
RequestSample *request_sample_new (const char *verb, const char *body, guint release,
                                   const char *arguments);

/* The captured line of a release ("5.2.1", "SAVE"). */
RequestSample *request_sample_captured (const char *captures, const char *verb, guint release,
                                        const char *arguments);

void request_sample_free (RequestSample *sample);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RequestSample, request_sample_free)

#endif
