# PHP as Debian ships it: the one base of the php-fpm container and of every source image,
# so that a new version of the site is built in seconds and runs on what it was tried on.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends php8.2-cli php8.2-fpm php8.2-mysql php8.2-opcache \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
