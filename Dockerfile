# syntax=docker/dockerfile:1
# One image with every program of the platform; the command chooses which runs.

# The web player, which is built into the router.
FROM node:22-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund --ignore-scripts
COPY schema/api.graphql ../schema/api.graphql
COPY web .
# Types and tests are CI's.
RUN npm run bundle

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
COPY --from=web /src/web/dist web/dist
# Queries are checked against the committed .sqlx folders.
ENV SQLX_OFFLINE=true
# The cache mounts keep the registry and what was built; the programs are copied out of them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked \
        -p polyphony-accounts -p polyphony-catalog -p polyphony-playlists -p polyphony-media \
        -p polyphony-notifier -p polyphony-cli \
 && cargo build --release --locked -p polyphony-router \
 && mkdir /programs \
 && cp target/release/accounts target/release/catalog target/release/playlists target/release/media \
       target/release/notifier target/release/polyphony target/release/router /programs/

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl ffmpeg tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home polyphony
COPY --from=build /programs/ /usr/local/bin/
USER polyphony
WORKDIR /home/polyphony
# GraphQL of the router and of the subgraphs, what clients fetch from media, and health and metrics.
EXPOSE 4000 4101 4102 4103 4104 4107 5000 5101 5102 5103 5104 5105 5106
# Reaps what FFmpeg leaves and passes signals on.
ENTRYPOINT ["tini", "--"]
CMD ["router"]
