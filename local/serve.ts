/** Small HTTP servers on the loopback address: every local service is one. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Served {
  port: number;
  /** e.g. `http://127.0.0.1:41234`, no slash at the end. */
  url: string;
  /** Stops listening and cuts what is still open. */
  close(): Promise<void>;
}

export interface ServeOptions {
  /** 0: any free port. */
  port?: number;
  /** When `port` is taken, take any other instead of failing: for ports that are only remembered, not asked for. */
  orAnother?: boolean;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Starts a server. Rejects with the system's error (`code` EADDRINUSE when the port is taken). An error that the handler throws is answered with 500. */
export async function serve(handler: Handler, options: ServeOptions = {}): Promise<Served> {
  const server = createServer((request, response) => {
    // A caller that goes away in the middle is no error of ours.
    request.on("error", () => {});
    Promise.resolve()
      .then(() => handler(request, response))
      .catch((error: unknown) => {
        process.stderr.write(`local service: ${error instanceof Error ? error.stack : String(error)}\n`);
        if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
        response.end('{"message":"Internal Server Error"}');
      });
  });
  // The SDK keeps connections open; a server that closes idle ones first makes rare resets.
  server.keepAliveTimeout = 65_000;
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  try {
    await listen(options.port ?? 0);
  } catch (error) {
    if (!options.orAnother) throw error;
    await listen(0);
  }
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether a port of the loopback address can be had now; for services that can't look for another one themselves. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Reads a request's body; null when it is longer than `limit` bytes (the rest is thrown away). */
export async function readBody(request: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size <= limit) chunks.push(bytes);
    else chunks.length = 0;
  }
  return size > limit ? null : Buffer.concat(chunks);
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { "content-type": "application/json", "content-length": String(body.length), ...headers });
  response.end(body);
}
