export { grpcTransport, type GrpcTransport, type GrpcTransportOptions } from "./grpc-transport.ts";
export { measuredTransport } from "./measured-transport.ts";
export { openTls } from "./tls.ts";
export { upstreamError } from "./status.ts";
export { tokenFrom, type TokenSource } from "./token-source.ts";
