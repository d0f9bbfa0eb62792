/** How a person who is not at the client can approve a plan, as the settings have it. */
export interface ApprovalWays {
  /** What the person types before the plan's id. Absent where plans end with this process. */
  command?: string;
  /**
   * Present where only who knows the operator's secret may approve, so that the client's dialogue does not count: what
   * plans are locked with, see `makeLock`.
   */
  lock?(seed: string): Promise<string>;
  /** The page on which that person can approve. Absent where there is none. */
  link?(id: string): string | undefined;
}
