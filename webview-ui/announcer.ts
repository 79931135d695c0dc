import { type Announcement, announcementPauseMs } from "./announcements.ts";

/** Time as a parameter, so that the pause can be tested. */
export interface AnnouncerClock {
  nowMs(): number;
  /** Calls `act` after `ms`. */
  later(act: () => void, ms: number): void;
}

/** Speaks politely at most every two seconds, the newest state winning; what needs a person at once. */
export class Announcer {
  private lastMs = Number.NEGATIVE_INFINITY;
  private waiting: string | null = null;
  private readonly speak: (announcement: Announcement) => void;
  private readonly clock: AnnouncerClock;

  constructor(speak: (announcement: Announcement) => void, clock: AnnouncerClock) {
    this.speak = speak;
    this.clock = clock;
  }

  announce(announcement: Announcement): void {
    if (announcement.assertive) {
      this.speak(announcement);
      return;
    }
    const isWaiting = this.waiting !== null;
    this.waiting = announcement.text;
    if (isWaiting) return;
    const pauseMs = this.lastMs + announcementPauseMs - this.clock.nowMs();
    if (pauseMs <= 0) this.flush();
    else this.clock.later(() => this.flush(), pauseMs);
  }

  private flush(): void {
    if (this.waiting === null) return;
    this.speak({ text: this.waiting, assertive: false });
    this.waiting = null;
    this.lastMs = this.clock.nowMs();
  }
}
