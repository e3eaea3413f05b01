#!/bin/sh
# Starts ComfyUI with what this server needs of it. Further flags: COMFYUI_FLAGS, or after the image's name.
set -eu

# The server never removes what it was sent and what it made. Whatever is older than KEEP_MINUTES has long been fetched.
clean() {
  while true; do
    find /data/input /data/output /data/temp -type f -mmin "+${KEEP_MINUTES:-720}" -delete 2>/dev/null || true
    find /data/input /data/output /data/temp -mindepth 1 -type d -empty -mmin +60 -delete 2>/dev/null || true
    sleep 1800
  done
}
clean &

# No foreign nodes, no paid nodes, no prompts in the files that are made, no page, nothing kept of what was asked.
# shellcheck disable=SC2086
exec /opt/venv/bin/python main.py \
  --listen 0.0.0.0 --port 8188 \
  --base-directory /data --front-end-root /opt/front-end \
  --disable-all-custom-nodes --disable-api-nodes --disable-metadata \
  --database-url sqlite:///:memory: \
  ${COMFYUI_FLAGS:-} "$@"
