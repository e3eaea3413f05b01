import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What is read from the database when somebody scrapes. */
export interface ScrapeSource {
  jobsByState(): Promise<Readonly<Record<string, number>>>;
  queueDepth(): Promise<Readonly<Record<string, number>>>;
  deliveriesByState(): Promise<Readonly<Record<string, number>>>;
}

export interface ApiMetrics {
  countRequest(surface: string, status: number, seconds: number): void;
  render(): Promise<{ contentType: string; text: string }>;
}

export function createApiMetrics(source: ScrapeSource): ApiMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'polyreel_http_requests_total',
    help: 'Answered requests',
    labelNames: ['surface', 'status'],
    registers: [registry],
  });
  const latency = new Histogram({
    name: 'polyreel_http_request_seconds',
    help: 'Time to answer',
    labelNames: ['surface'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  const gauge = (name: string, help: string, label: string, read: () => Promise<Readonly<Record<string, number>>>) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      async collect() {
        this.reset();
        for (const [key, value] of Object.entries(await read())) this.set({ [label]: key }, value);
      },
    });
  gauge('polyreel_jobs', 'Jobs by state', 'state', source.jobsByState);
  gauge('polyreel_queue_depth', 'Due steps by resource', 'resource', source.queueDepth);
  gauge('polyreel_webhook_deliveries', 'Webhook deliveries by state', 'state', source.deliveriesByState);
  return {
    countRequest(surface, status, seconds) {
      requests.inc({ surface, status: String(status) });
      latency.observe({ surface }, seconds);
    },
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
