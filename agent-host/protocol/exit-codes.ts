/** Process exit codes of the command line (contract). */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  gateFailed: 3,
  budgetExhausted: 4,
  auditBroken: 5,
  waitingForApproval: 6,
  cancelled: 130,
} as const;
