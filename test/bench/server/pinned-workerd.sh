#!/bin/sh
# What miniflare starts in place of workerd (MINIFLARE_WORKERD_PATH). Every step replaces the one before, so the pid
# written here is workerd's own. Pinned from the start, so that all of its threads are; and ended by the kernel if the
# bench is killed so hard that it cannot do that itself.
echo $$ >"$BENCH_PID_FILE" || exit 1
set -- "$BENCH_WORKERD" "$@"
if [ -n "$BENCH_CORE" ]; then set -- taskset -c "$BENCH_CORE" "$@"; fi
if command -v setpriv >/dev/null 2>&1; then set -- setpriv --pdeathsig KILL "$@"; fi
exec "$@"
