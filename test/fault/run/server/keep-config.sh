#!/bin/sh
# What miniflare starts in place of workerd (MINIFLARE_WORKERD_PATH): keeps the configuration that it is given, and runs it.
cat >"$FAULT_CONFIG" || exit 1
exec "$FAULT_WORKERD" "$@" <"$FAULT_CONFIG"
