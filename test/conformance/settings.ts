// What is not the default at the shared server.

/** Messages that are kept of the rooms `few-…`. */
export const kept = 5;
/** Messages that are kept of the rooms `slow-…`. */
export const keptOfSlow = 495;
/** Connections of one user to one channel: many tests at once are of the same user, who has a socket to their own. */
export const perUser = 40;
/** ms to come back after a broken connection: longer than a machine under load may hold one up, or members come and go. */
export const grace = 3_000;
/** ms between two polls, for the same reason. */
export const pollGrace = 5_000;
/** ms. A stream that was cut is noticed when it is written to: the first write is taken, the second fails. */
export const commentEvery = 1_000;
