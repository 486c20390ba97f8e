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
ENV NODE_ENV=production \
    SLIPWAY_CONFIG=/etc/slipway/slipway.yaml
COPY --from=dependencies /opt/slipway /opt/slipway
WORKDIR /opt/slipway
STOPSIGNAL SIGTERM
CMD ["node", "services/worker/src/main.ts"]
