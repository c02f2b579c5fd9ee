import { Activity, type ActivityProps, createElement as h } from "react";
import { expect, test } from "vitest";
import type { Edgewire } from "../../../src/client/index.ts";
import { useRoom } from "../../../src/react/index.ts";
import { until } from "../../support/until.ts";
import { happens, openPage } from "./dom.ts";
import { fakeWire } from "./fake-wire.ts";

function Chat({ wire }: { wire: Edgewire }) {
  return h(
    "p",
    null,
    useRoom(wire, "lobby", { rewind: 5 })
      .messages.map(({ data }) => String(data))
      .join(","),
  );
}

test("a component that was hidden goes on where it was", async () => {
  const { wire, rooms } = fakeWire();
  const page = openPage();
  const show = (mode: "visible" | "hidden") => page.render(h(Activity, { mode } as ActivityProps, h(Chat, { wire })));
  await show("visible");
  await happens(() => rooms[0]?.say(1, 2));
  await show("hidden");
  await until(() => rooms[0]?.hasLeft === true, { what: "the room is left" });
  await show("visible");
  expect(rooms.map(({ options }) => options)).toEqual([{ rewind: 5 }, { rewind: 5, after: "k3f9x2ab-2" }]);
  await happens(() => rooms[1]?.say(3));
  expect(page.text).toBe("hello 1,hello 2,hello 3");
  await page.unmount();
});
