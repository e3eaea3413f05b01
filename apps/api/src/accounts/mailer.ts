import { randomBytes } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import type { MailConfig } from '@polyreel/config';
import { DomainError, type Mail, type Mailer } from '@polyreel/core';
import { createTransport } from 'nodemailer';

const smtpTimeoutMs = 15_000;

/** Null: this server sends no mail. `onFile` is told where a mail lies, never what it says. */
export function createMailer(config: MailConfig, onFile: (file: string) => void): Mailer | null {
  switch (config.mode) {
    case 'off':
      return null;
    case 'smtp':
      return smtpMailer(config);
    case 'file':
      return fileMailer(config, onFile);
  }
}

const notSent = (cause: unknown): DomainError =>
  new DomainError('backend_unavailable', 'The mail could not be sent; ask for another one later', {
    code: 'mail_not_sent',
    retryAfterSeconds: 60,
    cause,
  });

function smtpMailer({ url, from }: { url: string; from: string }): Mailer {
  const limits = { connectionTimeout: smtpTimeoutMs, greetingTimeout: smtpTimeoutMs, socketTimeout: smtpTimeoutMs };
  const transport = createTransport({ url, ...limits, disableFileAccess: true, disableUrlAccess: true });
  return {
    async send(mail) {
      try {
        await transport.sendMail({ from, ...mail });
      } catch (cause) {
        throw notSent(cause);
      }
    },
  };
}

/** One file a mail, for its owner alone, whole or not there. Names sort by time. */
function fileMailer({ folder, from }: { folder: string; from: string }, onFile: (file: string) => void): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  return {
    async send(mail: Mail) {
      try {
        const sent = await transport.sendMail({ from, ...mail, textEncoding: 'quoted-printable' });
        const name = `${new Date().toISOString().replaceAll(':', '-')}-${randomBytes(6).toString('hex')}.eml`;
        const file = path.join(folder, name);
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeWhole(file, sent.message.toString());
        onFile(file);
      } catch (cause) {
        throw notSent(cause);
      }
    },
  };
}

async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.part`;
  const handle = await open(part, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
}
