// A socket that is read and nothing more: what no program that listens can do without.
import { WebSocket } from "ws";
import { type PathRun, servePath } from "../path-run.ts";

await servePath(receive, () => ({}));

function receive(run: PathRun): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(run.url, { perMessageDeflate: false, skipUTF8Validation: true });
    let frames = -1;
    socket.on("open", () => {
      const params = { channels: ["orderbook_delta"] };
      socket.send(JSON.stringify({ id: 1, cmd: "subscribe", params }));
    });
    socket.on("error", reject);
    socket.on("message", () => {
      // The first is the acknowledgement.
      if (frames >= 0) run.decided(frames);
      if (++frames < run.count) return;
      socket.terminate();
      run.stored();
      resolve();
    });
  });
}
