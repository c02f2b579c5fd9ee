/** The WebSocket opening handshake from the client's side (RFC 6455 section 4.1). */
import { createHash, randomBytes } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export interface Handshake {
  request: string;
  /** @throws Error if `head`, the answer up to its empty line, is not the acceptance of this very request. */
  check(head: string): void;
}

export function handshake(options: {
  host: string;
  path: string;
  headers: readonly string[];
  offersDeflate: boolean;
}): Handshake {
  const key = randomBytes(16).toString("base64");
  const lines = [
    `GET ${options.path} HTTP/1.1`,
    `Host: ${options.host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...(options.offersDeflate ? ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"] : []),
    ...options.headers,
  ];
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  return {
    request: `${lines.join("\r\n")}\r\n\r\n`,
    check(head) {
      const [status = "", ...fields] = head.split("\r\n");
      if (!status.startsWith("HTTP/1.1 101")) throw new Error(`the handshake was answered ${JSON.stringify(status)}`);
      const values = new Map(fields.map((field) => splitField(field)));
      if (values.get("sec-websocket-accept") !== accept) throw new Error("the handshake was answered with a wrong key");
      const extensions = values.get("sec-websocket-extensions");
      if (extensions !== undefined) throw new Error(`the server negotiated ${extensions}: it must not compress`);
    },
  };
}

function splitField(field: string): [name: string, value: string] {
  const colon = field.indexOf(":");
  return [field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim()];
}
