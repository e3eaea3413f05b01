import { artifactSchema, type JobKind, type JobState, type JobView, type Warning, warningSchema } from '@polyreel/core';
import { z } from 'zod';

/** A row of `jobs` as `jobColumns` selects it. */
export interface JobRow {
  id: string;
  account_id: string;
  key_id: string | null;
  surface: string;
  external_id: string;
  kind: JobKind;
  state: JobState;
  progress_ratio: number;
  client_ref: unknown;
  error_code: string | null;
  error_message: string | null;
  artifacts: unknown;
  warnings: unknown;
  runners: string[];
  retries: number;
  milestones_done: number;
  milestones_total: number;
  callback_url: string | null;
  cancel_requested_at: Date | null;
  created_at: Date;
  updated_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  version: number;
}

const names = [
  'id',
  'account_id',
  'key_id',
  'surface',
  'external_id',
  'kind',
  'state',
  'progress_ratio',
  'client_ref',
  'error_code',
  'error_message',
  'artifacts',
  'warnings',
  'runners',
  'retries',
  'milestones_done',
  'milestones_total',
  'callback_url',
  'cancel_requested_at',
  'created_at',
  'updated_at',
  'started_at',
  'finished_at',
  'version',
];

/** Everything but the spec, which may be long. */
export const jobColumns = names.map((name) => `jobs.${name}`).join(', ');

const artifactsSchema = z.array(artifactSchema);
const warningsSchema = z.array(warningSchema);
const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** A step that hands on what an earlier one said adds it to the job again. */
const onceEach = (warnings: readonly Warning[]): Warning[] => [
  ...new Map(warnings.map((warning) => [JSON.stringify(warning), warning] as const)).values(),
];

export function toJobView(row: JobRow): JobView {
  return {
    id: row.id,
    accountId: row.account_id,
    keyId: row.key_id,
    surface: row.surface,
    externalId: row.external_id,
    kind: row.kind,
    state: row.state,
    progressRatio: row.progress_ratio,
    clientRef: row.client_ref,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    artifacts: isEmpty(row.artifacts) ? [] : artifactsSchema.parse(row.artifacts),
    warnings: isEmpty(row.warnings) ? [] : onceEach(warningsSchema.parse(row.warnings)),
    runners: row.runners,
    retries: row.retries,
    milestonesDone: row.milestones_done,
    milestonesTotal: row.milestones_total,
    callbackUrl: row.callback_url,
    cancelRequestedAt: row.cancel_requested_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    version: row.version,
  };
}
