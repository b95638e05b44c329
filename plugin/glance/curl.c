/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Maps libcurl's errors to ours, and to advice. */
#include "glance/curl.h"

#include <openssl/x509_vfy.h>

VgGlanceError
vg_curl_code (CURLcode result)
{
  switch (result) {
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_ENGINE_NOTFOUND:
    return VG_GLANCE_ERROR_CONFIG;
  case CURLE_UNSUPPORTED_PROTOCOL: /* also for HTTP/0.9 */
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_WRITE_ERROR:
    return VG_GLANCE_ERROR_PROTOCOL;
  default:
    return VG_GLANCE_ERROR_UNAVAILABLE;
  }
}

/* If the certificate chain is valid (libcurl has not recorded a result yet),
 * the host name doesn't match. */
static const char *
certificate_advice (long verified)
{
  switch (verified) {
  case X509_V_OK:
  case X509_V_ERR_UNSPECIFIED:
    return "use a host name that the certificate is valid for";
  case X509_V_ERR_CERT_HAS_EXPIRED:
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return "renew the certificate if this host's clock is right";
  default:
    return "set cafile (OS_CACERT) to the certificate of the authority that "
           "signed it";
  }
}

const char *
vg_curl_advice (CURLcode result, long verified, gboolean limited)
{
  switch (result) {
  case CURLE_PEER_FAILED_VERIFICATION:
    return certificate_advice (verified);
  case CURLE_SSL_CACERT_BADFILE:
    return "set cafile (OS_CACERT) to a readable file with PEM certificates";
  case CURLE_SSL_CONNECT_ERROR:
    return "check that the service uses TLS there (https://)";
  case CURLE_COULDNT_CONNECT:
  case CURLE_COULDNT_RESOLVE_HOST:
    return "check the URL, and that the service is running";
  case CURLE_OPERATION_TIMEDOUT:
    return limited ? "[glance] timeout sets how long to wait"
                   : "try again later";
  default:
    break;
  }
  switch (vg_curl_code (result)) {
  case VG_GLANCE_ERROR_CONFIG:
    return "check certfile and keyfile";
  case VG_GLANCE_ERROR_UNAVAILABLE:
    return "try again later";
  default:
    return "";
  }
}
