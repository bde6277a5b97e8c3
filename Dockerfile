# syntax=docker/dockerfile:1
# The service as a container: no shell, no root, and a root file system that may be read-only.
# docs/DEPLOYMENT.md says how it is run.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin scim-connector \
 && cp target/release/scim-connector /usr/local/bin/scim-connector

# glibc and the public certificate authorities, and no more.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /usr/local/bin/scim-connector /usr/local/bin/scim-connector
# A number, so that a cluster can tell that it is not root.
USER 65532:65532
ENV SCIM_CONNECTOR_LISTEN=0.0.0.0:3000
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 \
    CMD ["/usr/local/bin/scim-connector", "health"]
ENTRYPOINT ["/usr/local/bin/scim-connector"]
CMD ["serve"]
