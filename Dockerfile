# docker build -t acedata-pay-mcp . && docker run -i --rm --env ACEDATACLOUD_PLATFORM_TOKEN acedata-pay-mcp
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

# The C library, the root certificates and a user without rights; no shell.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.source="https://github.com/AceDataCloud/acedata-pay-mcp" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      io.modelcontextprotocol.server.name="io.github.AceDataCloud/acedata-pay-mcp"
COPY --from=build /src/LICENSE-APACHE /src/LICENSE-MIT /usr/share/doc/acedata-pay-mcp/
COPY --from=build /src/target/release/acedata-pay-mcp /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["acedata-pay-mcp"]
