/** What a subcommand gets of the process it runs in. */
export interface Terminal {
  write(text: string): void;
  /** Resolves at the first SIGINT or SIGTERM. */
  stopSignal: Promise<void>;
}
