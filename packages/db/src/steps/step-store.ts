import type { IdSource, StepStore } from '@polyreel/core';
import type { SqlPool } from '../sql/sql.ts';
import { claimStep } from './claim-step.ts';
import { failStep, handBackStep, succeedStep } from './finish-step.ts';
import { heartbeat } from './heartbeat.ts';
import { sweepSteps } from './sweep-steps.ts';

export function createStepStore(sql: SqlPool, ids: IdSource): StepStore {
  return {
    claim: (query) => claimStep(sql, query),
    heartbeat: (leases) => heartbeat(sql, leases),
    succeed: (lease, result, jobArtifacts) => succeedStep(sql, ids, lease, result, jobArtifacts),
    fail: (lease, failure, retryInSeconds) => failStep(sql, ids, lease, failure, retryInSeconds),
    handBack: (lease) => handBackStep(sql, ids, lease),
    sweep: (query) => sweepSteps(sql, ids, query),
  };
}
