import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface WorkerMetrics {
  countStep(type: string, end: string, seconds: number): void;
  countDelivery(outcome: string): void;
  render(): Promise<{ contentType: string; text: string }>;
}

export function createWorkerMetrics(): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const steps = new Histogram({
    name: 'polyreel_step_seconds',
    help: 'Duration of step attempts',
    labelNames: ['type', 'end'],
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800],
    registers: [registry],
  });
  const deliveries = new Counter({
    name: 'polyreel_webhook_attempts_total',
    help: 'Webhook attempts by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return {
    countStep: (type, end, seconds) => steps.observe({ type, end }, seconds),
    countDelivery: (outcome) => deliveries.inc({ outcome }),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
