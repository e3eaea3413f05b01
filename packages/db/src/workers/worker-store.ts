import { type Capability, capabilitySchema, type SettingStore, type WorkerStore } from '@polyreel/core';
import { z } from 'zod';
import type { PrismaClient } from '../generated/client.ts';
import { viaPrisma } from '../sql/errors.ts';
import type { SqlPool } from '../sql/sql.ts';

const capabilitiesSchema = z.array(capabilitySchema);

/** Heartbeats are by the database's clock. */
export function createWorkerStore(sql: SqlPool): WorkerStore {
  return {
    async beat(worker) {
      await sql.run({
        text: `INSERT INTO workers (id, capabilities, hostname, version) VALUES ($1, $2, $3, $4)
          ON CONFLICT (id) DO UPDATE SET capabilities = excluded.capabilities, hostname = excluded.hostname, version = excluded.version,
            seen_at = now(), stopped_at = NULL`,
        values: [worker.id, JSON.stringify(worker.capabilities), worker.hostname, worker.version],
      });
    },
    async remove(workerId) {
      // The row stays: a backend that restarts still takes jobs, so its abilities count until the row is old.
      await sql.run({ text: 'UPDATE workers SET stopped_at = now() WHERE id = $1', values: [workerId] });
    },
    async capabilities(withinSeconds) {
      const rows = await sql.rows<{ capability: unknown }>({
        name: 'capabilities',
        text: `SELECT DISTINCT capability FROM workers, jsonb_array_elements(capabilities) AS capability
          WHERE seen_at > now() - $1 * interval '1 second'`,
        values: [withinSeconds],
      });
      return capabilitiesSchema.parse(rows.map((row) => row.capability)).toSorted(byText);
    },
    async countLive(withinSeconds) {
      const row = await sql.row<{ count: number }>({
        text: `SELECT count(*)::int AS count FROM workers WHERE stopped_at IS NULL AND seen_at > now() - $1 * interval '1 second'`,
        values: [withinSeconds],
      });
      return row?.count ?? 0;
    },
  };
}

/** One order whatever the rows', so that plans do not depend on which worker beat last. */
function byText(a: Capability, b: Capability): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

export function createSettingStore(prisma: PrismaClient): SettingStore {
  return {
    read: async (name) => (await viaPrisma(prisma.setting.findUnique({ where: { name } })))?.value ?? null,
    async ensure(name, value) {
      await viaPrisma(prisma.setting.createMany({ data: [{ name, value }], skipDuplicates: true }));
      return (await viaPrisma(prisma.setting.findUniqueOrThrow({ where: { name } }))).value;
    },
  };
}
