/**
 * Between the edge and an object, on the inner WebSocket of a stream: a reader that is behind is not fed by how much is
 * unsent (the edge takes everything at once, and its buffer has no bound) but when the edge asks for the next page.
 */

/** From the object, after a page: there is more. */
export const MORE = "more";
/** From the edge: the reader has taken what it had. */
export const PULL = "pull";
