export { embeddedPostgresMajor } from './binaries.ts';
export { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export type { ServerUser } from './server-user.ts';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  findEmbeddedPostgres,
  makeDataDir,
  startEmbeddedPostgres,
} from './embedded-postgres.ts';
