import { realClock } from '../clock.ts';
import { type Family, Metrics } from '../server/metrics.ts';
import type { TelemetrySettings } from '../telemetry/settings.ts';
import { startTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import type { Log } from './logger.ts';
import { version } from './version.ts';

/** Begins to send what the settings ask for. Loaded only where they ask for something. */
export function openTelemetry(
  settings: TelemetrySettings,
  log: Log,
  families: () => readonly Family[],
): Telemetry {
  let told = false;
  return startTelemetry(settings, {
    ...{ version, families, now: realClock.now },
    trouble(why) {
      // Once is enough: it would be said every few seconds else.
      if (!told)
        log.warn({ why }, 'the OpenTelemetry collector does not take what is sent; calls go on without it');
      told = true;
    },
    log: (facts, message) => log.info(facts, message),
  });
}

/** What is counted and followed on stdio, where no page shows it. */
export function watchStdio(
  settings: TelemetrySettings,
  log: Log,
): { metrics: Metrics; telemetry: Telemetry } {
  const metrics = new Metrics(realClock.now);
  return { metrics, telemetry: openTelemetry(settings, log, () => metrics.families({})) };
}
