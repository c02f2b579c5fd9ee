/** Prices over Server-Sent Events, as a page without any library would read them. */
import { el } from "../element.ts";
import { fieldsOf } from "../fields.ts";
import { post } from "../post.ts";
import type { Use } from "./tabs.ts";

interface Price {
  readonly symbol: string;
  readonly price: number;
}

const SYMBOLS = ["EDGE", "WIRE", "ROOM"] as const;
/** ms between two rounds of prices; prices in a line. */
const EVERY = 500;
const KEPT = 40;
const [WIDTH, HEIGHT] = [160, 32];

export const ticker: Use = (panel, [reader, publisher], session) => {
  const room = `${session.room}-ticker`;
  const rows = new Map(SYMBOLS.map((symbol) => [symbol as string, row(symbol)]));
  const state = el("p", { class: "about", role: "status" });
  panel.append(el("ul", { class: "ticker" }, ...[...rows.values()].map(({ element }) => element)), state);

  let isOver = false;
  let source: EventSource | null = null;
  let last = "";
  const follow = async () => {
    try {
      const { ticket } = await post<{ ticket: string }>("/v1/tickets", reader.tokens, { channel: `room:${room}` });
      if (isOver) return;
      source = new EventSource(
        `/v1/rooms/${room}/events?ticket=${ticket}&${last === "" ? "rewind=120" : `after=${last}`}`,
      );
      source.addEventListener("welcome", () => {
        state.textContent = `EventSource is open: ${reader.someone.name} reads what ${publisher.someone.name} publishes.`;
      });
      source.addEventListener("message", ({ data, lastEventId }) => {
        last = lastEventId;
        const { symbol, price } = fieldsOf(fieldsOf(JSON.parse(data)).data);
        rows.get(String(symbol))?.add(Number(price));
      });
      source.addEventListener("error", () => {
        state.textContent = "EventSource comes back by itself …";
        // A proxy's 502 ends it for good: then it takes another ticket.
        if (source?.readyState === EventSource.CLOSED) again();
      });
    } catch {
      again();
    }
  };
  const again = () => setTimeout(() => !isOver && follow(), 1000);

  const prices = new Map<string, number>(SYMBOLS.map((symbol) => [symbol, 100]));
  const publish = () => {
    const batch = SYMBOLS.map((symbol) => {
      const price = Math.max(1, (prices.get(symbol) ?? 100) + (Math.random() - 0.5) * 4);
      prices.set(symbol, price);
      return { data: { symbol, price: Math.round(price * 100) / 100 } satisfies Price };
    });
    post(`/v1/rooms/${room}/messages`, publisher.tokens, batch).catch(() => undefined);
  };
  void follow();
  const timer = setInterval(publish, EVERY);
  return () => {
    isOver = true;
    clearInterval(timer);
    source?.close();
  };
};

function row(symbol: string): { element: HTMLElement; add: (price: number) => void } {
  const value = el("strong", { text: "–" });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  svg.append(line);
  const prices: number[] = [];
  return {
    element: el("li", {}, el("span", { text: symbol }), svg, value),
    add: (price) => {
      prices.push(price);
      if (prices.length > KEPT) prices.shift();
      const [least, most] = [Math.min(...prices), Math.max(...prices)];
      const y = (each: number) => HEIGHT - 2 - ((each - least) / (most - least || 1)) * (HEIGHT - 4);
      line.setAttribute("points", prices.map((each, index) => `${(index * WIDTH) / (KEPT - 1)},${y(each)}`).join(" "));
      value.textContent = price.toFixed(2);
    },
  };
}
