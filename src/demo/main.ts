/** The page: two people, what can be done to them, and what comes of it. */
import { burstButton } from "./burst.ts";
import { counter } from "./counter.ts";
import { place } from "./element.ts";
import { inspector } from "./inspect/inspector.ts";
import { Ledger } from "./ledger.ts";
import { meter } from "./meter.ts";
import { open } from "./opening.ts";
import { Pane } from "./pane.ts";
import { Person } from "./person.ts";
import { type Plug, plugButton } from "./plug.ts";
import { sessionIn } from "./session.ts";
import { tabs } from "./tabs/tabs.ts";
import { Usage } from "./usage.ts";

const session = sessionIn(location, history);
const ledger = new Ledger(
  session.people.map(({ user }) => user),
  Date.now,
);
const people = session.people.map((someone) => new Person(someone, session, ledger));
const panes = people.map((person) => new Pane(person, session));
const [first, second] = people as [Person, Person];

place("counter").append(counter(ledger));
place("panes").append(...panes.map(({ element }) => element));

const news = place("news");
const say = (sentence: string) => {
  news.textContent = sentence;
};
const usage = new Usage(session.room, first.tokens);
const { plug } = (await (await fetch("/demo/config")).json()) as { plug: Plug | null };
place("actions").append(
  plugButton({ plug, people, ledger, say }),
  burstButton({ from: first, to: second, usage, say }),
);
place("meter").append(meter(people, usage));
place("more").append(tabs([first, second], session), inspector(people));
void open(people, panes);
