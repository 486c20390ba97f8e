# The door: webhooks in, wants and nudges out. It needs neither the Docker socket nor any password of a registry.
ARG BASE=node:24-bookworm-slim
# The console is files once it is built; what builds it stays behind.
FROM ${BASE} AS console
WORKDIR /opt/slipway
COPY . .
RUN npm ci --workspace packages/console --ignore-scripts --no-audit --no-fund && npm run build -w packages/console

FROM ${BASE} AS dependencies
WORKDIR /opt/slipway
COPY . .
RUN npm ci --omit=dev --workspace services/ingest --workspace packages/cli --ignore-scripts --no-audit --no-fund

FROM ${BASE}
ENV NODE_ENV=production \
    SLIPWAY_CONFIG=/etc/slipway/slipway.yaml
COPY --from=dependencies /opt/slipway /opt/slipway
COPY --from=console /opt/slipway/packages/console/dist /opt/slipway/packages/console/dist
WORKDIR /opt/slipway
# A number, so that engines and supervisors can see that it is not root.
USER 1000:1000
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
# Asks where the configuration says that the public listener is; 8080 is its default.
ENV SLIPWAY_HEALTH_URL=http://127.0.0.1:8080/healthz
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "--eval", "fetch(process.env.SLIPWAY_HEALTH_URL).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/ingest/src/main.ts"]
