import { requireFlag, takeWords, UsageError } from './arguments.ts';
import type { Command } from './command.ts';
import { withDatabase } from './with-database.ts';

export const auditDrop: Command = {
  words: 'audit drop',
  usage: '--before YYYY-MM-DD',
  summary: 'removes the months of the audit that lie wholly before a day; nothing else can remove rows of it',
  flags: ['before'],
  async run(context) {
    takeWords(context.args, []);
    const before = readDay(requireFlag(context.args, 'before'));
    return withDatabase(context, async ({ audit }) => {
      const months = await audit.dropMonthsBefore(before);
      context.stdout.write(months.map((name) => `${name}\n`).join(''));
      context.say(months.length === 0 ? 'no month of the audit lies wholly before that day' : `removed ${months.length}`);
      return 0;
    });
  },
};

/** The beginning of a day, in UTC as the months are. */
function readDay(text: string): Date {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text)
    throw new UsageError(`--before is a day such as 2026-01-01, not ${text}`);
  return day;
}
