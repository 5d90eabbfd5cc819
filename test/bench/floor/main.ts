import { createServer } from "node:http2";

/** A server of nothing: what a call costs before Till does anything. */
const server = createServer();
server.on("stream", (stream) => {
  stream.resume();
  stream.on("end", () => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.end("x".repeat(200));
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");
