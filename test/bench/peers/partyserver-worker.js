/** A room of partyserver, as its README shows one: it hibernates, and broadcasts what comes, the sender included. */
import { routePartykitRequest, Server } from "partyserver";

export class Rooms extends Server {
  static options = { hibernate: true };

  onMessage(_connection, message) {
    this.broadcast(message);
  }
}

export default {
  async fetch(request, env) {
    return (await routePartykitRequest(request, env)) ?? new Response("no such room", { status: 404 });
  },
};
