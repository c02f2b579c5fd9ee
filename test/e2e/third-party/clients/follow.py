# Follows a room with Debian's python3-websockets: python3 follow.py <URL of the room> <token>
# Prints each frame in a line, and "cut" whenever the connection has ended.
import asyncio
import json
import sys

import websockets


async def follow(url, token):
    cursor = None
    while True:
        try:
            protocols = ["edgewire.v1", f"edgewire.token.{token}"]
            resume = "" if cursor is None else f"?after={cursor}"
            async with websockets.connect(f"{url}/connect{resume}", subprotocols=protocols) as socket:
                assert socket.subprotocol == "edgewire.v1"
                async for text in socket:
                    print(text, flush=True)
                    frame = json.loads(text)
                    if frame["type"] == "welcome":
                        epoch = frame["cursor"].split("-")[0]
                        if frame["resume"] == "live":
                            cursor = frame["cursor"]
                    if frame["type"] == "messages":
                        cursor = f"{epoch}-{frame['messages'][-1]['seq']}"
        except (OSError, websockets.WebSocketException) as error:
            print(repr(error), file=sys.stderr)
        print("cut", flush=True)
        await asyncio.sleep(0.1)


sys.stdout.reconfigure(encoding="utf-8")
asyncio.run(follow(sys.argv[1], sys.argv[2]))
