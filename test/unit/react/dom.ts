/** A page for React: a document, and a root that renders within `act`. */
import { Window } from "happy-dom";

const window = new Window({ url: "https://app.example.com/" });
// React looks for them when it is loaded, so this comes before any import of it.
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });

const { act } = await import("react");
const { createRoot } = await import("react-dom/client");

export interface Page {
  render(node: React.ReactNode): Promise<void>;
  unmount(): Promise<void>;
  readonly text: string;
}

/** An empty page. */
export function openPage(): Page {
  const element = window.document.createElement("div");
  const root = createRoot(element as never);
  return {
    render: (node) => act(async () => root.render(node)),
    unmount: () => act(async () => root.unmount()),
    get text() {
      return element.textContent ?? "";
    },
  };
}

/** Lets happen what `cause` brings about, and renders it. */
export async function happens(cause: () => void): Promise<void> {
  await act(async () => cause());
}
