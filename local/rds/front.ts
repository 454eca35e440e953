/**
 * The endpoint of the instance: a TCP port that exists only while the instance is up, takes TLS only, checks the login, and then pipes to PostgreSQL.
 * Messages after PostgreSQL's documentation, "Message Formats".
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { Certificates } from "./certificates.ts";
import { checkLogin, type Doorkeeper } from "./login.ts";
import type { Door } from "./postgres.ts";

export interface FrontOptions {
  certificates: Certificates;
  login: Doorkeeper;
  /** The real server. */
  door: Door;
  /** Hears why a login failed. */
  onRefusal: (user: string, why: string) => void;
  /** Hears how many clients are connected, whenever that changes; null: the endpoint is gone. */
  onConnections?: (count: number | null) => void;
}

export interface Front {
  /** Listens on the endpoint's port. Throws the system's error when another process has taken it. */
  open(): Promise<void>;
  /** Takes no new connections; those that are there stay. */
  shut(): Promise<void>;
  /** Cuts what is still connected. */
  cut(): void;
}

const sslRequest = 80877103;
const gssRequest = 80877104;
const cancelRequest = 80877102;
/** A client has so long to say who it is. */
const loginMs = 10_000;

export function makeFront(options: FrontOptions): Front {
  const context = createSecureContext({ cert: options.certificates.certificate, key: options.certificates.key });
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  let server: Server | null = null;
  let clients = 0;
  const count = (change: number) => {
    clients += change;
    if (server) options.onConnections?.(clients);
  };
  return {
    async open() {
      if (server) return;
      const opening = createServer({ noDelay: true }, (socket) => {
        keep(socket);
        const late = setTimeout(() => socket.destroy(), loginMs);
        socket.on("close", () => clearTimeout(late));
        greet(socket, { ...options, context, keep, count })
          .catch(() => socket.destroy())
          .finally(() => clearTimeout(late));
      });
      await new Promise<void>((resolve, reject) => {
        opening.once("error", reject);
        opening.listen(options.login.port, options.login.host, () => {
          opening.off("error", reject);
          resolve();
        });
      });
      server = opening;
      options.onConnections?.(clients);
    },
    async shut() {
      server?.close();
      server = null;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
      options.onConnections?.(null);
    },
  };
}

interface Greeting extends FrontOptions {
  context: SecureContext;
  keep: (socket: Socket) => void;
  /** Told of each client that has logged in (1), and of its end (-1). */
  count: (change: number) => void;
}

/** From the first byte to the pipe. Rejects when the client goes away or talks nonsense. */
async function greet(raw: Socket, greeting: Greeting): Promise<void> {
  let packet = await startupPacket(raw);
  let socket = raw;
  while (code(packet) === gssRequest || code(packet) === sslRequest) {
    if (code(packet) === gssRequest) {
      raw.write("N");
      packet = await startupPacket(raw);
      continue;
    }
    if (socket !== raw) throw new Error("TLS within TLS");
    raw.write("S");
    socket = new TLSSocket(raw, { isServer: true, secureContext: greeting.context });
    greeting.keep(socket);
    packet = await startupPacket(socket);
  }
  if (code(packet) === cancelRequest) return pipe(socket, packet, greeting);
  const { user = "", database = user } = parameters(packet);
  if (socket === raw) {
    return refuse(socket, "28000", `no pg_hba.conf entry for host "${raw.remoteAddress}", user "${user}", database "${database}", no encryption`);
  }
  if (user === "") return refuse(socket, "28000", "no PostgreSQL user name specified in startup packet");
  socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
  try {
    await checkLogin(greeting.login, user, await password(socket));
  } catch (error) {
    greeting.onRefusal(user, error instanceof Error ? error.message : String(error));
    const master = user === greeting.login.masterUser;
    return refuse(socket, master ? "28P01" : "28000", `${master ? "password" : "PAM"} authentication failed for user "${user}"`);
  }
  greeting.count(1);
  socket.on("close", () => greeting.count(-1));
  return pipe(socket, packet, greeting);
}

/** Hands the client's first packet on, then everything in both directions. */
function pipe(client: Socket, packet: Buffer, greeting: Greeting): void {
  const server = connect(greeting.door);
  greeting.keep(server);
  server.on("close", () => client.end());
  client.on("close", () => server.destroy());
  server.write(packet);
  client.pipe(server);
  server.pipe(client);
}

function refuse(socket: Socket, sqlState: string, message: string): void {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  socket.end(Buffer.concat([head, fields]));
}

function code(packet: Buffer): number {
  return packet.readInt32BE(4);
}

/** Length and code, then names and values, each ended by a zero byte. */
function parameters(packet: Buffer): Record<string, string> {
  const words = packet.subarray(8).toString("utf8").split("\0");
  const found: Record<string, string> = {};
  for (let i = 0; i + 1 < words.length && words[i]; i += 2) found[words[i] ?? ""] = words[i + 1] ?? "";
  return found;
}

async function startupPacket(socket: Socket): Promise<Buffer> {
  const head = await read(socket, 4);
  const length = head.readInt32BE(0);
  if (length < 8 || length > 10_000) throw new Error("not a startup packet");
  return Buffer.concat([head, await read(socket, length - 4)]);
}

async function password(socket: Socket): Promise<string> {
  const head = await read(socket, 5);
  const length = head.readInt32BE(1) - 4;
  if (head.toString("latin1", 0, 1) !== "p" || length < 1 || length > 10_000) throw new Error("no password message");
  return (await read(socket, length)).toString("utf8").replace(/\0$/, "");
}

/** Exactly so many bytes; the rest stays in the socket. */
async function read(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(size);
    if (bytes?.length === size) return bytes;
    if (bytes || socket.destroyed || socket.readableEnded) throw new Error("the client went away");
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ["readable", "end", "close"]) socket.off(event, done);
        resolve();
      };
      for (const event of ["readable", "end", "close"]) socket.on(event, done);
    });
  }
}
