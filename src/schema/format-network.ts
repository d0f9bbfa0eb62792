import { type Formats, pattern } from './format.ts';

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}\\n?$`);

export const networkFormats: Formats = {
  'dns-name': pattern(DNS_NAME, 'value does not look like a valid DNS name'),
};
