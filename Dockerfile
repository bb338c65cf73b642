# docker build -t acedata-pay-mcp . && docker run -i --rm --env ACEDATACLOUD_PLATFORM_TOKEN acedata-pay-mcp
# The bases, each by the digest of its index of all platforms: a tag that moves moves no build. Where a newer one is wanted,
# `docker buildx imagetools inspect NAME:TAG` tells its digest.
ARG RUST=docker.io/library/rust:1.95.0-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082
ARG BASE=gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f

FROM ${RUST} AS build
ARG RUST
ARG BASE
RUN for base in "$RUST" "$BASE"; do \
        case $base in *@sha256:*) ;; *) echo "$base is not named by its digest" >&2; exit 1 ;; esac; \
    done
WORKDIR /src
COPY . .
RUN cargo build --release --locked

# The C library, the root certificates and a user without rights; no shell.
FROM ${BASE}
LABEL org.opencontainers.image.source="https://github.com/AceDataCloud/acedata-pay-mcp" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      io.modelcontextprotocol.server.name="io.github.AceDataCloud/acedata-pay-mcp"
COPY --from=build /src/LICENSE-APACHE /src/LICENSE-MIT /usr/share/doc/acedata-pay-mcp/
COPY --from=build /src/target/release/acedata-pay-mcp /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["acedata-pay-mcp"]
