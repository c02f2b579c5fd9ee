/** The edge's end of an inner socket: a test says what the object sends, and sees what it is sent. */
export class FakeSocket extends EventTarget {
  readonly sent: unknown[] = [];
  closed: { code: number; reason: string } | null = null;
  isAccepted = false;
  binaryType = "blob";

  accept(): void {
    this.isAccepted = true;
  }

  send(data: unknown): void {
    if (this.closed !== null) throw new TypeError("Can't call WebSocket send() after close().");
    this.sent.push(data);
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  /** The object sends something: bytes come as they do with `binaryType` set. */
  says(data: string | Uint8Array): void {
    const payload = typeof data === "string" ? data : data.slice().buffer;
    this.dispatchEvent(Object.assign(new Event("message"), { data: payload }));
  }

  ends(code: number, reason = ""): void {
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }

  fails(): void {
    this.dispatchEvent(new Event("error"));
  }
}
