import type { Charge, Principal } from '@polyreel/core';
import type { SurfaceDeps } from '../surface.ts';
import { surfaceName as surface } from './call.ts';
import { cycleAt, nextDay, secondsTime } from './cycle.ts';
import { type ModelName, type Settings, unlimitedCreditsShown, type UsageBody } from './schemas.ts';

const daySeconds = 86_400;

/** What a job of the model takes; nothing where it is free. */
export function chargeOf(model: ModelName, settings: Settings, now: Date): Charge | null {
  const credits = settings.VIVIDFLOW_PRICES[model];
  const monthly = settings.VIVIDFLOW_MONTHLY_CREDITS;
  if (credits === 0) return null;
  return { credits, allowance: monthly === 'unlimited' ? null : { credits: monthly, since: cycleAt(now).startsAt } };
}

export async function readUsage(deps: SurfaceDeps, settings: Settings, { accountId }: Principal): Promise<UsageBody> {
  const now = deps.clock.now();
  const cycle = cycleAt(now);
  const account = { accountId, surface };
  const monthly = settings.VIVIDFLOW_MONTHLY_CREDITS;
  const [taken, total, completed, failed, queued, recent] = await Promise.all([
    deps.ledger.taken({ ...account, since: cycle.startsAt }),
    deps.engine.count(account),
    deps.engine.count({ ...account, states: ['succeeded'] }),
    deps.engine.count({ ...account, states: ['failed', 'cancelled'] }),
    deps.engine.count({ ...account, states: ['queued', 'running'] }),
    deps.engine.count({ ...account, createdAfter: new Date(now.getTime() - daySeconds * 1000) }),
  ]);
  return {
    credits_remaining: monthly === 'unlimited' ? unlimitedCreditsShown : Math.max(0, monthly - taken),
    cycle_resets_on: secondsTime(cycle.endsAt),
    total_jobs: total,
    completed_jobs: completed,
    failed_jobs: failed,
    queued_jobs: queued,
    recent_24h_jobs: recent,
    daily_limit: settings.VIVIDFLOW_RATE_LIMITS.day?.limit ?? null,
    reset_time: secondsTime(nextDay(now)),
  };
}
