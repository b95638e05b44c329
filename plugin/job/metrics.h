/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of metrics for Prometheus, as node_exporter's textfile collector reads
 * it: https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * It is made from the journals. Because old ones are deleted and a counter must
 * not go down, STATE_PATH/metrics.json keeps the sums, and which journals are
 * in them. */
#pragma once

#include "util/config.h"

/* Counts the jobs that ended since the last call, and replaces [DEFAULT]
 * metrics_file. Does nothing if that is not set. Only warns of an error:
 * nothing depends on it. Any thread and process may call it, at any time; it
 * waits while another one does the same. */
void vg_metrics_update (const VgConfig *config);
