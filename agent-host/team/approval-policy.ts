import type { ApprovalSubject } from "../protocol/approval.ts";
import type { ApproveMode } from "../protocol/run.ts";
