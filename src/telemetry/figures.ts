import { BOUNDS, type Durations, type Family, type Point } from '../server/metrics.ts';
import { AggregationTemporality, DataPointType, type HrTime, type MetricData, ValueType } from './sdk.ts';

/** Since when was counted, and when this is so. */
export interface Period {
  startTime: HrTime;
  endTime: HrTime;
}

/**
 * The same figures, under the same names, as the page for Prometheus shows: counted since the start, not since the last
 * time.
 */
export function metricData(families: readonly Family[], time: Period): MetricData[] {
  return families.map((family) => asData(family, time));
}

function asData(family: Family, time: Period): MetricData {
  const { name, help, kind } = family;
  const unit = kind === 'histogram' ? 's' : '';
  const valueType = kind === 'histogram' ? ValueType.DOUBLE : ValueType.INT;
  const about = {
    descriptor: { name: `proxmox_mcp_${name}`, description: help, unit, valueType },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (family.kind === 'histogram')
    return {
      ...about,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: family.points.map(timed(time, histogram)),
    };
  const dataPoints = family.points.map(timed(time, (value: number) => value));
  return family.kind === 'counter'
    ? { ...about, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...about, dataPointType: DataPointType.GAUGE, dataPoints };
}

function timed<From, To>(time: Period, convert: (value: From) => To) {
  return ({ labels, value }: Point<From>) => ({ ...time, attributes: labels, value: convert(value) });
}

function histogram({ buckets, sum, count }: Durations) {
  return { buckets: { boundaries: BOUNDS, counts: [...buckets] }, sum, count };
}
