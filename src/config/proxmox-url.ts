import * as z from 'zod';
import { readServerUrl } from '../api/server-url.ts';

/** The hosts of one cluster, comma-separated, each as `https://host:port/prefix`. */
export function proxmoxUrls(text: string, context: z.RefinementCtx): string[] {
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const urls: string[] = [];
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue;
    const { url, problem } = readServerUrl(entry.trim(), 8006);
    if (problem !== undefined) return refuse(problem);
    if (urls.includes(url)) return refuse(`${url} is there twice`);
    urls.push(url);
  }
  return urls.length > 0 ? urls : refuse('expected host, host:port or an https URL');
}
