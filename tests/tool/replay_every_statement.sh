#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: slow
# release only: the suite's own run draws the same changes with the sanitizers
#
# Every single figure that a capture states, changed by itself, is the one that differs.
set -euo pipefail
MMINIT_EVERY_STATEMENT=1 "$MMINIT_BINARY_DIR/tests/test_replay_statements"
