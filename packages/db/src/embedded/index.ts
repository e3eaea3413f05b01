export { embeddedPostgresMajor } from './binaries.ts';
export { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export type { ServerUser } from './server-user.ts';
