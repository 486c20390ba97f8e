# The hands: one for each Docker host. It runs as root, because it writes releases for other users and uses the Docker
# socket, which is root's anyway. It opens no port.
ARG BASE=node:24-bookworm-slim
FROM ${BASE} AS dependencies
WORKDIR /opt/slipway
COPY . .
RUN npm ci --omit=dev --workspace services/worker --workspace packages/cli --ignore-scripts --no-audit --no-fund

FROM ${BASE}
# The mutex and the way to the disk are programs of the base image; better to miss them now than in a deploy.
RUN command -v flock && command -v sync
# The last five keep its memory small: code that is compiled once, and nothing that only lies there for speed.
ENV NODE_ENV=production \
    SLIPWAY_CONFIG=/etc/slipway/slipway.yaml \
    NODE_COMPILE_CACHE=/var/lib/slipway/cache \
    NODE_OPTIONS=--max-semi-space-size=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    MALLOC_MMAP_THRESHOLD_=65536
COPY --from=dependencies /opt/slipway /opt/slipway
WORKDIR /opt/slipway
STOPSIGNAL SIGTERM
CMD ["node", "services/worker/src/main.ts"]
