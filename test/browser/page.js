// What the author of a page would write to follow a room, three times. `hand` passes on to the test what came.

/** EventSource comes back by itself. */
export function followEvents(url) {
  const source = new EventSource(url);
  for (const name of ["welcome", "gap", "message"])
    source.addEventListener(name, ({ type, data, lastEventId }) => hand("event", { type, data, lastEventId }));
  source.addEventListener("error", () => hand("cut", "events", source.readyState));
}

/** A WebSocket is opened again after the last cursor. */
export function followSocket(url, token) {
  let epoch;
  let cursor;
  const connect = () => {
    const socket = new WebSocket(cursor ? `${url}?after=${cursor}` : url, ["edgewire.v1", `edgewire.token.${token}`]);
    socket.addEventListener("message", ({ data }) => {
      hand("frame", data);
      const frame = JSON.parse(data);
      if (frame.type === "welcome") {
        epoch = frame.cursor.split("-")[0];
        if (frame.resume === "live") cursor = frame.cursor;
      }
      if (frame.type === "messages") cursor = `${epoch}-${frame.messages.at(-1).seq}`;
    });
    socket.addEventListener("close", ({ code }) => {
      hand("cut", "socket", code);
      setTimeout(connect, 100);
    });
  };
  connect();
}

/** One fetch after the other, each with the cursor of the one before. */
export async function followPoll(url, token) {
  for (let cursor; ; ) {
    try {
      const response = await fetch(cursor ? `${url}?timeout=2&after=${cursor}` : url, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (!response.ok) throw new Error(`${response.status}`);
      const text = await response.text();
      hand("answer", text);
      cursor = JSON.parse(text).cursor;
    } catch {
      hand("cut", "poll", 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Posts JSON; the status and the parsed body, or the error's name. */
export async function post(url, token, body) {
  try {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    return { error: error.name };
  }
}
