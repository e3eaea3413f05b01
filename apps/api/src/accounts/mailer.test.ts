import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMailer } from './mailer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polyreel-mail-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const mail = { to: 'you@example.com', subject: 'Grüße', text: `token:\n\nvg_ev_${'a'.repeat(43)}\n\nünïcode\n` };

/** Speaks as much SMTP as a delivery needs; resolves with the message. */
async function startReceiver() {
  const received = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    let body: string[] | null = null;
    socket.write('220 loopback\r\n');
    createInterface({ input: socket }).on('line', (line) => {
      if (body !== null && line !== '.') return void body.push(line);
      if (body !== null) {
        received.resolve(body.join('\n'));
        body = null;
        return void socket.write('250 kept\r\n');
      }
      if (/^DATA/i.test(line)) {
        body = [];
        return void socket.write('354 go on\r\n');
      }
      if (/^QUIT/i.test(line)) return void socket.end('221 bye\r\n');
      return void socket.write('250 yes\r\n');
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, received: received.promise, close: () => server.close() };
}

describe('mail', () => {
  it('as a file is whole, for its owner alone, and the log gets its name and not its text', async () => {
    const named: string[] = [];
    const target = path.join(folder, 'mail');
    const mailer = createMailer({ mode: 'file', folder: target, from: 'genie@example.com' }, (file) => named.push(file));
    await mailer?.send(mail);
    const [name = ''] = await readdir(target);
    const file = path.join(target, name);
    expect(named).toEqual([file]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('To: you@example.com');
    expect(text).toMatch(/^vg_ev_a{43}$/m);
    expect(await readdir(target)).toHaveLength(1);
  });

  it('goes out by SMTP', async () => {
    const receiver = await startReceiver();
    try {
      const url = `smtp://127.0.0.1:${receiver.port}`;
      await createMailer({ mode: 'smtp', url, from: 'genie@example.com' }, () => undefined)?.send(mail);
      expect(await receiver.received).toContain('To: you@example.com');
    } finally {
      receiver.close();
    }
  });

  it('that cannot go out says so, without the text of the fault', async () => {
    const receiver = await startReceiver();
    receiver.close();
    const mailer = createMailer(
      { mode: 'smtp', url: `smtp://127.0.0.1:${receiver.port}`, from: 'a@example.com' },
      () => undefined,
    );
    await expect(mailer?.send(mail)).rejects.toMatchObject({ kind: 'backend_unavailable', code: 'mail_not_sent' });
  });

  it('is none where the operator wants none', () => {
    expect(createMailer({ mode: 'off' }, () => undefined)).toBeNull();
  });
});
