/** How somebody is connected, in a word and a colour. */
import type { ConnectionState, TransportName } from "../client/index.ts";
import { el } from "./element.ts";

export const TRANSPORTS: Readonly<Record<TransportName, string>> = { websocket: "WebSocket", sse: "SSE", poll: "Poll" };

/** What a state says to somebody who does not know the SDK. */
export function wordsOf(state: ConnectionState): string {
  switch (state.name) {
    case "connected":
      return TRANSPORTS[state.transport];
    case "connecting":
      return "connecting";
    case "waiting":
      return "waiting";
    case "closed":
      return `closed ${state.code}`;
    default:
      return state satisfies never;
  }
}

export class Badge {
  readonly element = el("span", { class: "badge", role: "status" });

  show(state: ConnectionState): void {
    this.element.textContent = wordsOf(state);
    this.element.dataset.state = state.name;
    this.element.dataset.transport = state.name === "connected" ? state.transport : "";
  }
}
