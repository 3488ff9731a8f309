import { createServer } from "node:http";

/** What one of the two services was asked. */
interface Asked {
  readonly url: string;
  readonly text: string;
}

export interface Messengers {
  /** Environment that sends alerts here. */
  readonly env: Readonly<Record<string, string>>;
  readonly telegram: readonly Asked[];
  readonly discord: readonly Asked[];
  close(): void;
}

export const BOT_TOKEN = "123456:AAH-canary-bot";
export const HOOK_TOKEN = "canary-hook-token";

/** Telegram and Discord on a port of this machine: the first message to Telegram is one too many, Discord answers as told. */
export async function startMessengers(discordStatus: number | "hang" = 204): Promise<Messengers> {
  const telegram: Asked[] = [];
  const discord: Asked[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const { url = "" } = request;
      const { content, text } = JSON.parse(body) as { content?: string; text?: string };
      if (url.startsWith("/bot")) {
        telegram.push({ url, text: text ?? "" });
        const isFirst = telegram.length === 1;
        const answer = isFirst ? { ok: false, parameters: { retry_after: 1 } } : { ok: true };
        response.writeHead(isFirst ? 429 : 200).end(JSON.stringify(answer));
        return;
      }
      discord.push({ url, text: content ?? "" });
      if (discordStatus !== "hang") response.writeHead(discordStatus).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    env: {
      TELEGRAM_BOT_TOKEN: BOT_TOKEN,
      TELEGRAM_CHAT_ID: "-100123",
      DISCORD_WEBHOOK_URL: `http://127.0.0.1:${port}/api/webhooks/1/${HOOK_TOKEN}`,
      KBT_ALERTS__TELEGRAM_URL: `http://127.0.0.1:${port}`,
      KBT_ALERTS__IN_SIM: "1",
    },
    telegram,
    discord,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
