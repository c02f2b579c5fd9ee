/** Whose page this is: two people with made-up names, and rooms that only this session has. It is in the address. */

export interface Someone {
  /** 1 or 2. */
  readonly person: number;
  /** As the service knows them. */
  readonly user: string;
  readonly name: string;
}

export interface Session {
  readonly id: string;
  /** The room that both are in. */
  readonly room: string;
  readonly people: readonly [Someone, Someone];
}

const NAMES = [
  ["Mira", "Jonas"],
  ["Aiko", "Tomás"],
  ["Leila", "Anders"],
  ["Inês", "Kofi"],
  ["Noor", "Emil"],
  ["Zofia", "Ravi"],
] as const;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz012345";
const ID = /^[a-z0-9]{16}$/;

/** The session in the address; a new one is written into it. A second page with the same address shares it. */
export function sessionIn(location: Location, history: History): Session {
  const given = location.hash.slice(1);
  const id = ID.test(given) ? given : randomId(16);
  if (id !== given) history.replaceState(null, "", `#${id}`);
  const names = NAMES[id.charCodeAt(0) % NAMES.length] ?? NAMES[0];
  const someone = (person: 1 | 2): Someone => {
    return { person, user: `demo-${id}-${person}`, name: names[person - 1] as string };
  };
  return { id, room: `demo-${id}`, people: [someone(1), someone(2)] };
}

/** Not `randomUUID`, which a page that a phone has over plain HTTP is not given. */
export function randomId(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
